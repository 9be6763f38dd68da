"""Files of other trainers: read as a recipe, and written from one, so that nobody is locked in.

A format is a table from its keys to ours in a module of its own, listed in `registry`. Only JSON
and TOML are read; nothing in a file is run, no path in it is followed, no secret is kept or shown.
"""

from lora_wizard.interchange.exporting import Exported, Subset, export_sd_scripts
from lora_wizard.interchange.importing import UnknownFormatError, read_foreign
from lora_wizard.interchange.mapping import Mapped, mapping
from lora_wizard.interchange.registry import FORMATS, Format, recognise
from lora_wizard.interchange.rows import Imported, Outcome, Row

__all__ = [
    "FORMATS",
    "Exported",
    "Format",
    "Imported",
    "Mapped",
    "Outcome",
    "Row",
    "Subset",
    "UnknownFormatError",
    "export_sd_scripts",
    "mapping",
    "read_foreign",
    "recognise",
]
