"""Alpha where the tensors do not have it: in the header of diffusers' files, or beside PEFT's.

peft scales a layer's change by alpha / rank, or by alpha / sqrt(rank) where the LoRA is
rank-stabilised (Kalajdzievski, 2023), which is another alpha over the rank. Sources: peft's
`LoraConfig`, diffusers' `lora_adapter_metadata`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lora_wizard.errors import LoraFileError
from lora_wizard.files import UnusableFileError, read_regular
from lora_wizard.lora.names import PREFIXES, diffusers_path, part_of
from lora_wizard.parsing import ParseError, finite_number, parse_json

HEADER_KEY = "lora_adapter_metadata"
CONFIG = "adapter_config.json"
_PEFTS_OWN = "adapter_model"
"""The name, without its ending, that peft gives its files."""
_LONGEST_CONFIG = 1 << 20


@dataclass(frozen=True, slots=True)
class Scales:
    """What a header or a file beside says of alpha."""

    table: Mapping[str, Any] = field(default_factory=dict)
    """Settings of peft, each for one part under `unet.NAME`, or for all under `NAME`."""

    def alpha(self, name: str, rank: int) -> float | None:
        """Alpha of a layer in the sense of alpha / rank; None where nothing is said.

        Args:
            name: Canonical.
            rank: Of the layer.
        """
        part = part_of(name)
        path = diffusers_path(name) or name
        told = finite_number(self._of(part, "lora_alpha"))
        pattern = self._of(part, "alpha_pattern")
        if isinstance(pattern, dict):
            # A key of peft's stands for the layers whose path ends in it, whole steps only.
            fitting = (
                number
                for key, value in pattern.items()
                if f".{path}".endswith(f".{key}") and (number := finite_number(value)) is not None
            )
            told = next(fitting, told)
        if told is None:
            return None
        return float(told) * (rank**0.5 if self.is_stabilised(part) else 1.0)

    def said(self, part: str) -> float | None:
        """`lora_alpha` of a part as it is written."""
        return finite_number(self._of(part, "lora_alpha"))

    def is_stabilised(self, part: str) -> bool:
        """Whether a part is a rank-stabilised LoRA."""
        return self._of(part, "use_rslora") is True

    def _of(self, part: str, key: str) -> Any:
        return self.table.get(f"{part}.{key}", self.table.get(key))


def scales_in_header(metadata: Mapping[str, str]) -> Scales:
    """What a header says.

    Raises:
        ParseError: It has the key, and what stands there cannot be read.
    """
    told = metadata.get(HEADER_KEY)
    table = None if told is None else parse_json(told)
    if not isinstance(table, dict):
        return Scales()
    flat = {
        f"{part}.{key}": value
        for part in PREFIXES
        for key, value in (table.get(part) or {}).items()
        if isinstance(table.get(part), dict)
    }
    return Scales(table | flat)


def scales_beside(path: Path, ranks: set[int]) -> Scales:
    """What `adapter_config.json` beside a file of peft's says; nothing where it is not there.

    Args:
        path: Of the LoRA. Under another name than peft's own, the settings must have its rank:
            they may be another file's.
        ranks: Those of its layers.

    Raises:
        LoraFileError: It is there and cannot be read.
    """
    beside = path.with_name(CONFIG)
    if not beside.exists():
        return Scales()
    try:
        table = parse_json(read_regular(beside, most=_LONGEST_CONFIG))
    except (ParseError, UnusableFileError, OSError) as error:
        raise LoraFileError(
            f"{CONFIG} beside it, which holds its alpha, cannot be read ({error})",
            where=str(path),
            fix="Get that file again, or move it away: alpha is then taken to be the rank",
        ) from error
    if not isinstance(table, dict):
        return Scales()
    is_its_own = path.stem == _PEFTS_OWN or finite_number(table.get("r")) in ranks
    return Scales(table) if is_its_own else Scales()
