"""A recipe saved as a preset of one's own, or as a file to pass on.

What belongs to one machine or one LoRA is left out: paths, and the LoRA's name. Nothing that is
there is overwritten unasked.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import tomlkit

from lora_wizard.atomic import atomic_write
from lora_wizard.errors import PresetError
from lora_wizard.presets.reading import EVERYWHERE, PATH_KEYS, is_absolute, own_folder
from lora_wizard.recipe import EMBEDDED_SIZE, Recipe, recipe_to_toml, with_settings

PERSONAL = (
    *PATH_KEYS,
    "data.trigger",
    "data.repeats",
    "data.caption_prefix",
    "data.caption_suffix",
    "saving.name",
    "saving.comment",
    "sampling.prompts",
)
"""Settings of one machine, one character or one LoRA."""


MOST_NAME = 200
"""Bytes of a preset's name: file systems allow 255 for a file's, endings included."""


def shareable(recipe: Recipe) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe without what belongs to one machine or one character, and the keys taken out.

    That is paths, names, the trigger and prompts, how often a folder's pictures are seen, and the
    small size that the embedded base draws at: it comes back with that base. Any other text that
    is an absolute path goes too: presets are made to be passed on.
    """
    plain = Recipe()
    removed = []
    small = _has_embedded_size(recipe)
    data = recipe.model_dump(exclude_none=True)
    for table, values in data.items():
        if not isinstance(values, dict):
            continue
        for name, value in values.items():
            key, usual = f"{table}.{name}", getattr(getattr(plain, table), name)
            own = key in PERSONAL or _holds_path(value) or (small and key in EMBEDDED_SIZE)
            if value != usual and own:
                values[name] = usual
                removed.append(key)
    return Recipe.model_validate(data), tuple(removed)


def save_preset(
    name: str,
    recipe: Recipe,
    *,
    title: str = "",
    summary: str = "",
    overwrite: bool = False,
) -> Path:
    """Saves a recipe as a preset of one's own, without paths and the LoRA's name.

    Args:
        name: What `--preset` will take.
        recipe: What to save; see `shareable` for what is left out.
        title: One line; the name unless given.
        summary: For whom it is.
        overwrite: Whether a preset of that name may be replaced.

    Returns:
        The file.

    Raises:
        PresetError: the name is no file name, there is one of that name, or it cannot be written.
    """
    return write_preset(
        own_preset_path(name), recipe, title=title or name, summary=summary, overwrite=overwrite
    )


def own_preset_path(name: str) -> Path:
    """Where one's own preset of that name lies, whether it is there or not.

    Raises:
        PresetError: the name is no plain file name.
    """
    if not re.fullmatch(r"[\w][\w .-]*", name) or name != name.strip(". "):
        raise PresetError(
            f"{name!r} is no name for a preset",
            fix="Use letters, digits, - and _, such as mira-heads",
        )
    if (length := len(name.encode(errors="replace"))) > MOST_NAME:
        raise PresetError(
            f"a preset's name has at most {MOST_NAME} bytes, this one has {length}",
            where=f"{name[:40]}...",
            fix="Use a shorter name; a letter of Japanese counts 3 bytes",
        )
    return own_folder() / f"{name}.toml"


def write_preset(
    path: Path, recipe: Recipe, *, title: str, summary: str = "", overwrite: bool = False
) -> Path:
    """Writes a recipe as a preset file, whole or not at all; as `save_preset` otherwise.

    Raises:
        PresetError: there is such a file, or it cannot be written.
    """
    if os.path.lexists(path) and not overwrite:
        raise PresetError(
            "there is one of that name", where=str(path), fix="Use another name, or --overwrite"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, preset_text(recipe, title=title, summary=summary))
    except OSError as error:
        raise PresetError(
            f"cannot be written: {error.strerror or error}",
            where=str(path),
            fix="Check the folder and the room on the disk",
        ) from error
    return path


def preset_text(recipe: Recipe, *, title: str, summary: str = "") -> str:
    """A preset file: its head, and what differs from the defaults of `Recipe()`.

    Args:
        recipe: What to write; `shareable` is done with it.
        title: One line.
        summary: For whom it is; the title where empty.
    """
    head: dict[str, Any] = {"title": _line(title), "summary": _line(summary) or _line(title)}
    text = recipe_to_toml(shareable(recipe)[0], only_changed=True)
    version, _, rest = text.partition("\n")
    return f"{version}\n\n{tomlkit.dumps({'preset': head})}{rest}"


def _has_embedded_size(recipe: Recipe) -> bool:
    """Whether size and buckets are those that the embedded base gets by itself."""
    same = with_settings(recipe, EMBEDDED_SIZE).data == recipe.data
    return recipe.model.base == EVERYWHERE and same


def _holds_path(value: Any) -> bool:
    texts = value if isinstance(value, tuple | list) else (value,)
    return any(isinstance(one, str) and is_absolute(one) for one in texts)


def _line(words: str) -> str:
    # Halves of letters, as names of files may hold them, are no UTF-8.
    return " ".join(words.split()).encode(errors="replace").decode()
