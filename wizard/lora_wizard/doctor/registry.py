"""All checks in the order in which they are told. A new one is a function and its line here."""

from collections.abc import Iterator, Mapping

from lora_wizard.doctor.device import check_gpu, check_torch
from lora_wizard.doctor.findings import Check, Finding, Level, Situation
from lora_wizard.doctor.logout import check_logout
from lora_wizard.doctor.room import check_disk, check_memory, check_runs, check_volume
from lora_wizard.doctor.software import check_extras, check_folders, check_packages, check_python
from lora_wizard.doctor.terminal import check_connection, check_terminal
from lora_wizard.errors import LoraWizardError

__all__ = ["CHECKS", "examine"]

CHECKS: Mapping[str, Check] = {
    "python": check_python,
    "packages": check_packages,
    "extras": check_extras,
    "gpu": check_gpu,
    "torch": check_torch,
    "memory": check_memory,
    "disk": check_disk,
    "volume": check_volume,
    "folders": check_folders,
    "runs": check_runs,
    "terminal": check_terminal,
    "connection": check_connection,
    "logout": check_logout,
}


def examine(situation: Situation, checks: Mapping[str, Check] = CHECKS) -> Iterator[Finding]:
    """What all checks find, as it is found. One that the system hinders does not stop the rest."""
    for name, check in checks.items():
        try:
            yield from check(situation)
        except (OSError, LoraWizardError) as error:
            values = {"check": name, "said": str(error)}
            yield Finding("hindered", "by_system", Level.WARNING, values)
