"""What differs from the start, and the command line that does the same without a screen.

Pure, but for one look: where a flow began with no preset or recipe file, the command begins with
the default preset, which is read to see what differs from it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lora_wizard.composing import DEFAULT_PRESET, EMBEDDED
from lora_wizard.flow.beginning import standard_recipe
from lora_wizard.flow.state import Begin, Flow
from lora_wizard.questions import Question
from lora_wizard.questions.naming import name_from_folder
from lora_wizard.recipe import EMBEDDED_SIZE, Recipe, with_settings
from lora_wizard.recipe.recipe import known_keys

_OPTIONS = {"data.images": "--images", "data.regularisation": "--reg", "model.base": "--base"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not as in the recipe compared with."""

    key: str
    before: Any
    after: Any


def differences(before: Recipe, after: Recipe) -> tuple[Difference, ...]:
    """Every setting that differs, in the order of a recipe file."""
    found = []
    for key in known_keys():
        old, new = _at(before, key), _at(after, key)
        if old != new:
            found.append(Difference(key, old, new))
    return tuple(found)


def changed(flow: Flow) -> tuple[Difference, ...]:
    """What differs from the preset or file that the flow began with."""
    return differences(flow.begin.recipe, flow.recipe)


def changed_questions(flow: Flow) -> frozenset[str]:
    """Keys of the questions whose answers differ from the start: what the review marks."""
    keys = {one.key for one in changed(flow)}
    return frozenset(one.key for one in flow.reviewed if keys & set(one.settles))


def is_from_file(flow: Flow, question: Question) -> bool:
    """Whether an answer is what a recipe or another program's file says, not a usual value."""
    if flow.begin.kind not in ("file", "import") or flow.is_given(question.key):
        return False
    start, plain = flow.begin.recipe, Recipe()
    own = [key for key in question.settles if _at(start, key) != _at(plain, key)]
    return bool(own) and all(_at(flow.recipe, key) == _at(start, key) for key in own)


def command_words(begin: Begin, recipe: Recipe, *, output: str = "") -> tuple[str, ...]:
    """The words of `lora-wizard train` that train this recipe, with only what differs."""
    words = ["lora-wizard", "train"]
    if begin.kind == "file":
        words.append(begin.name)
    elif begin.kind == "preset" and begin.name != DEFAULT_PRESET:
        words += ["--preset", begin.name]
    start = begin.recipe if begin.kind in ("preset", "file") else standard_recipe()
    options = {}
    for key, option in _OPTIONS.items():
        if _at(recipe, key) and _at(recipe, key) != _at(start, key):
            options[key] = str(_at(recipe, key))
            words += [option, options[key]]
    plain = _plain(start, recipe, options)
    if recipe.saving.name != plain.saving.name:
        words += ["--name", recipe.saving.name]
    if begin.kind != "file":  # `train` takes a recipe as it is, and fills a preset in
        words += ["--trigger", recipe.data.trigger]
    if output:
        words += ["--out", output]
    settings = _settings(plain, recipe)
    if begin.kind != "file":
        settings |= _filled_in(plain, recipe)
        settings.pop("data.trigger", None)
    for key, text in settings.items():
        words += ["--set", f"{key}={text}"]
    return tuple(words)


def command_line(flow: Flow) -> str:
    """The same as one line for a shell."""
    return shlex.join(command_words(flow.begin, flow.recipe, output=flow.output))


def _plain(start: Recipe, recipe: Recipe, options: Mapping[str, str]) -> Recipe:
    """What the command makes of its options alone: sizes of the embedded base, and a name."""
    settings = dict(options)
    if recipe.model.base == EMBEDDED and start.data.resolution == Recipe().data.resolution:
        settings |= EMBEDDED_SIZE
    if "data.images" in options and start.saving.name == Recipe().saving.name:
        settings["saving.name"] = name_from_folder(options["data.images"])
    return with_settings(start, settings)


def _filled_in(plain: Recipe, recipe: Recipe) -> dict[str, str]:
    """Settings that `train` would else suggest anew: said even where they are the preset's."""
    by_steps = recipe.training.epochs is None  # repeats are suggested for these only
    keys = ["data.repeats"] if by_steps or recipe.data.repeats != plain.data.repeats else []
    keys += ["saving.every_epochs"] if recipe.saving.every_epochs else []
    keys += ["sampling.every_epochs"] if recipe.sampling.every_epochs else []
    return {key: _toml(_at(recipe, key)) for key in keys}


def _settings(plain: Recipe, recipe: Recipe) -> dict[str, str]:
    found = {}
    for one in differences(plain, recipe):
        if one.key == "saving.name":
            continue
        if one.after is None and one.key in ("training.epochs", "training.steps"):
            continue  # giving the other one drops it
        found[one.key] = _toml(one.after)
    return found


def _toml(value: Any) -> str:
    """A value as `--set` reads it: quoted texts, for a bare one could be taken for a number."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        quoted = (_quoted(each) if isinstance(each, str) else _toml(each) for each in value)
        return f"[{', '.join(quoted)}]"
    if isinstance(value, str):
        return value if value.isalnum() or value in _BARE else _quoted(value)
    return repr(value)


def _quoted(text: str) -> str:
    """A text as TOML quotes it: as JSON does, and DEL may not stand in it either."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_BARE = frozenset({"cosine_with_restarts", "constant_with_warmup", "text_encoder"})


def _at(recipe: Recipe, key: str) -> Any:
    table, _, name = key.rpartition(".")
    return getattr(getattr(recipe, table) if table else recipe, name)
