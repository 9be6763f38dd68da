"""Preset files: it finds, lists and checks them.

A preset file is TOML: a table `[preset]` that says what it is for, tables such as `[preset.ja]`
that say it in another language, and any part of a recipe. One's own, in
`$XDG_CONFIG_HOME/lora-wizard/presets`, come before shipped ones of the same name.
A preset holds no absolute path: it is made to be passed on.
"""

import difflib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lora_wizard.errors import LoraWizardError, PresetError, Problem, RecipeError
from lora_wizard.language import LANGUAGES, Language
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.reading import key_lines, parse_toml, read_text, recipe_from_data

Origin = Literal["shipped", "own"]
HeadKey = Literal["title", "summary", "evidence"]

HEAD_KEYS = ("title", "summary", "evidence")
"""The keys of `[preset]`; the first two must be there."""

_TRANSLATIONS: tuple[Language, ...] = tuple(one for one in LANGUAGES if one != "en")
"""Tables in `[preset]` with the same keys, each of which may be missing."""

PATH_KEYS = (
    "model.base",
    "model.vae",
    "data.images",
    "data.regularisation",
    "network.continue_from",
    "validation.images",
)
"""Settings that name a file or folder: in a preset they are empty."""
EVERYWHERE = "paperdoll"
"""The one base that every machine has."""
_ABSOLUTE = re.compile(
    r"[\s'\"<]*([/\\~]|\.\.?[/\\]|[a-z]:[/\\]|file:|\$\{?\w+\}?[/\\]|%\w+%)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Preset:
    """One preset file, read and checked."""

    name: str
    """The file's name without `.toml`; what `--preset` takes."""
    title: str
    summary: str
    """For whom it is, in a sentence or two."""
    evidence: str
    """What is known of its results; may be empty in one's own."""
    recipe: Recipe
    path: Path
    origin: Origin
    translations: Mapping[Language, Mapping[str, str]] = field(default_factory=dict)
    """Title, summary and evidence in other languages, as far as the file has them."""

    def words(self, key: HeadKey, language: Language) -> str:
        """The title, summary or evidence in a language, or as the file has it otherwise."""
        return self.translations.get(language, {}).get(key) or str(getattr(self, key))


@dataclass(frozen=True, slots=True)
class PresetList:
    """What the folders hold: the presets by name, and the files that are none."""

    presets: tuple[Preset, ...]
    broken: tuple[PresetError, ...]


def own_folder() -> Path:
    """Where one's own presets lie; it need not exist."""
    configured = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    # The XDG rules: a relative path there is to be ignored.
    base = configured if configured.is_absolute() else Path.home() / ".config"
    return base / "lora-wizard" / "presets"


def shipped_folder() -> Path:
    """Where the shipped presets lie: in the installed package, or at the root of a checkout."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "shipped_presets"
    return installed if installed.is_dir() else here.parents[1] / "presets"


def list_presets() -> PresetList:
    """All presets, one's own first, each name once. A broken file does not hide the others."""
    presets, broken = [], []
    for path, origin in _files().values():
        try:
            presets.append(read_preset(path, origin=origin))
        except PresetError as error:
            broken.append(error)
    return PresetList(tuple(presets), tuple(broken))


def find_preset(name: str) -> Preset:
    """The preset of that name; a path that ends in `.toml` is taken as a file.

    Raises:
        PresetError: There is none, or its file is broken.
    """
    if name.endswith(".toml"):
        return read_preset(Path(name), origin="own")
    files = _files()
    if name not in files:
        near = difflib.get_close_matches(name, files, n=1)
        fix = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(files))}."
        raise PresetError(f"there is no preset {name!r}", fix=fix)
    path, origin = files[name]
    return read_preset(path, origin=origin)


def read_preset(path: Path, *, origin: Origin = "own") -> Preset:
    """Read and check one preset file.

    Raises:
        PresetError: With everything that is wrong with it.
    """
    where = str(path)
    try:
        text = read_text(path)
        data = parse_toml(text, where)
    except RecipeError as error:
        raise PresetError(error.message, where=where, fix=error.fix) from error
    head = data.pop("preset", None)
    lines = key_lines(text)
    problems = [*_head_problems(head, lines), *_path_problems(data, lines)]
    recipe = Recipe()
    try:
        recipe = recipe_from_data(data, text, where)
    except LoraWizardError as error:
        problems.extend(error.problems)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise PresetError(f"{count} in this preset:", where=where, problems=problems)
    head = head or {}
    translations = {one: _words(head[one]) for one in _TRANSLATIONS if one in head}
    return Preset(
        name=path.stem,
        recipe=recipe,
        path=path,
        origin=origin,
        translations=translations,
        **_words(head),
    )


def _words(table: Mapping[str, Any]) -> dict[str, str]:
    return {key: " ".join(str(table.get(key, "")).split()) for key in HEAD_KEYS}


def is_absolute(text: str) -> bool:
    """Whether a text is a path that only one machine has, whatever blanks stand before it."""
    visible = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return _ABSOLUTE.match(unicodedata.normalize("NFKC", visible)) is not None


def _files() -> dict[str, tuple[Path, Origin]]:
    folders: Sequence[tuple[Path, Origin]] = (
        (own_folder(), "own"),
        (shipped_folder(), "shipped"),
    )
    files: dict[str, tuple[Path, Origin]] = {}
    for folder, origin in folders:
        for path in sorted(folder.glob("*.toml")):
            files.setdefault(path.stem, (path, origin))
    return files


def _head_problems(head: Any, lines: dict[str, int]) -> Iterator[Problem]:
    if not isinstance(head, dict):
        what = "there is no table [preset]"
        yield Problem("preset", what, "Add [preset] with a title and a summary above the rest.")
        return
    for key in HEAD_KEYS[:2]:
        if key not in head:
            yield Problem("preset", f"it has no {key}", f'Add {key} = "..." to it.')
    for language in _TRANSLATIONS:
        if language in head and not isinstance(head[language], dict):
            where = _place(f"preset.{language}", lines)
            yield Problem(
                where, "it is not a table", f'Write [preset.{language}] and title = "..."'
            )
        else:
            yield from _text_problems(f"preset.{language}", head.get(language, {}), lines)
    plain = {key: value for key, value in head.items() if key not in _TRANSLATIONS}
    yield from _text_problems("preset", plain, lines, more=_TRANSLATIONS)


def _text_problems(
    table: str, head: Mapping[str, Any], lines: dict[str, int], *, more: Sequence[str] = ()
) -> Iterator[Problem]:
    """What is wrong with the keys of a table of texts; `more` are the tables that it may have."""
    known = (*HEAD_KEYS, *more)
    for key, value in head.items():
        where = _place(f"{table}.{key}", lines)
        if key not in HEAD_KEYS:
            near = difflib.get_close_matches(key, known, n=1)
            fix = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
            yield Problem(where, "there is no such key", fix)
        elif not isinstance(value, str) or not value.strip():
            yield Problem(where, "it is not a text", f'Write {key} = "..." with some words.')


def _path_problems(data: dict[str, Any], lines: dict[str, int]) -> Iterator[Problem]:
    for table, values in data.items():
        for key, value in values.items() if isinstance(values, dict) else ():
            for text in value if isinstance(value, list) else [value]:
                is_path = f"{table}.{key}" in PATH_KEYS and text not in ("", EVERYWHERE)
                if isinstance(text, str) and (is_path or is_absolute(text)):
                    what = f"{text!r} is a path of one machine"
                    fix = "Leave it out; it is given when the training starts."
                    yield Problem(_place(f"{table}.{key}", lines), what, fix)


def _place(key: str, lines: dict[str, int]) -> str:
    return f"{key} (line {lines[key]})" if key in lines else key
