"""The JSON files of a diffusers folder, checked before the libraries read them.

A configuration says how many layers a model has. One that says a billion would be built until the
memory is full, so counts have limits, far above those of any model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lora_wizard.errors import ModelError
from lora_wizard.files import read_regular
from lora_wizard.parsing import ParseError, parse_json

_LARGEST = 5_000_000
"""Bytes. Configurations are a few thousand; only a tokenizer's files are larger."""
_COUNTS = {
    "num_hidden_layers": 200,
    "layers_per_block": 64,
    "transformer_layers_per_block": 64,
    "reverse_transformer_layers_per_block": 64,
    "num_layers": 200,
    "down_block_types": 16,
    "up_block_types": 16,
    "block_out_channels": 16,
}
"""Settings that decide how many layers are built; of a list, its length counts as well."""


def read_model_json(file: Path) -> dict[str, Any]:
    """The object that a JSON file of a model's folder holds.

    Raises:
        ModelError: it cannot be read, or is no such file.
    """
    try:
        content = parse_json(read_regular(file, most=_LARGEST), nan=True)
        if not isinstance(content, dict):
            raise ParseError("it is not an object")
    except OSError as error:
        raise _unusable(file, error.strerror or str(error)) from error
    except ParseError as error:
        raise _unusable(file, str(error)) from error
    return content


def require_sane_configuration(file: Path) -> None:
    """Ends with an error where a part's configuration cannot be read, or asks for too much.

    Raises:
        ModelError: so it is.
    """
    config = read_model_json(file)
    for key, most in _COUNTS.items():
        value = config.get(key)
        numbers = [len(value), *value] if isinstance(value, list) and "layers" in key else [value]
        if isinstance(value, list) and "layers" not in key:
            numbers = [len(value)]
        if any(isinstance(one, int) and one > most for one in numbers):
            raise _unusable(file, f"{key} is {str(value)[:40]}, more than {most}")


def _unusable(file: Path, reason: str) -> ModelError:
    return ModelError(
        f"It cannot be used as a model's configuration ({reason})",
        where=str(file),
        fix="Copy the folder again",
    )
