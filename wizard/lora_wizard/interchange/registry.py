"""Which foreign formats there are: the one place for a new one, after its own module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lora_wizard.interchange import (
    derrian,
    derrian_toml,
    gui_defaults,
    kohya_gui,
    sd_dataset,
    sd_scripts,
)
from lora_wizard.interchange.table import Table, with_defaults

Data = Mapping[str, Any]


def _nothing(data: Data) -> Data:
    return {}


@dataclass(frozen=True, slots=True)
class Format:
    """A foreign format."""

    name: str
    """Stands for it in the catalogue, and in lists."""
    is_json: bool
    recognises: Callable[[Data], bool]
    """Whether a file's content looks like it."""
    flatten: Callable[[Data], dict[str, Any]]
    """A file's settings by the names of `table`."""
    table: Table
    version: Callable[[Data], str]
    """The catalogue's key for the version that a file is of."""
    defaults: Callable[[Data], Data] = _nothing
    """What the program's window shows where a file does not name a setting, by its version."""
    dataset: Callable[[Data], Data] = _nothing
    """The folders of pictures, as a dataset TOML of sd-scripts has them; empty for none."""

    def table_for(self, data: Data) -> Table:
        """The table for a file, with the defaults of its version."""
        return with_defaults(self.table, self.defaults(data))


def _only(name: str) -> Callable[[Data], str]:
    return lambda data: name


FORMATS: tuple[Format, ...] = (
    Format("derrian", True, derrian.is_derrian, derrian.flatten, derrian.TABLE, derrian.version),
    Format(
        "kohya_gui",
        True,
        kohya_gui.is_kohya_gui,
        kohya_gui.flatten,
        kohya_gui.TABLE,
        kohya_gui.version,
        defaults=gui_defaults.defaults,
    ),
    Format(
        "derrian_toml",
        False,
        derrian_toml.is_derrian_toml,
        derrian_toml.flatten,
        derrian_toml.TABLE,
        _only("derrian_toml"),
        defaults=derrian_toml.defaults,
        dataset=derrian_toml.as_dataset,
    ),
    Format(
        "sd_dataset",
        False,
        sd_dataset.is_dataset,
        sd_dataset.flatten,
        sd_dataset.TABLE,
        _only("sd_dataset"),
        dataset=lambda data: data,
    ),
    Format(
        "sd_scripts",
        False,
        sd_scripts.is_config,
        sd_scripts.flatten,
        sd_scripts.TABLE,
        _only("sd_scripts"),
    ),
)
"""In the order in which they are tried; telling names come before common ones."""


def recognise(data: Data, *, is_json: bool) -> Format | None:
    """The format of a file by its content; None where it is none of them."""
    return next((one for one in FORMATS if one.is_json is is_json and one.recognises(data)), None)
