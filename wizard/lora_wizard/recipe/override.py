"""Single settings from the command line (`--set network.rank=16`) put into a recipe."""

from collections.abc import Mapping
from typing import Any

from lora_wizard.errors import RecipeError
from lora_wizard.parsing import ParseError, parse_toml
from lora_wizard.recipe.problems import Finding, as_problems, find_problems, unknown_key
from lora_wizard.recipe.recipe import Recipe, default_of, known_keys

UNSET = ("none", "unset")
"""Words that take a setting back to its default where that default is to have no value."""

EMBEDDED_SIZE: Mapping[str, str] = {
    "data.resolution": "64",
    "data.bucket_min": "32",
    "data.bucket_max": "128",
    "data.bucket_step": "16",
}
"""The embedded base draws 64 pixels: there the usual 512 would only be slow."""

YIELDS = {
    "training.epochs": "training.steps",
    "training.steps": "training.epochs",
    "training.scheduler": "training.warmup_ratio",
}
"""A setting given here, and the one in the recipe that gives way to it."""


def with_settings(recipe: Recipe, settings: Mapping[str, str]) -> Recipe:
    """A recipe with some settings changed.

    Values are TOML, or bare words where a text is meant: `400`, `true`, `[512, 768]`,
    `cosine`. `none` unsets what may be unset. Giving epochs drops the steps of the recipe and
    the other way round; the scheduler `constant` drops its warm-up.

    Args:
        recipe: What to start from; it stays as it is.
        settings: Dotted keys to values, as typed.

    Raises:
        RecipeError: With everything that is wrong with the settings.
    """
    known = set(known_keys())
    unknown = [unknown_key(key) for key in settings if key not in known]
    data = recipe.model_dump(exclude_none=True)
    for key in settings:
        if _gives_way(key, settings):
            table, _, name = YIELDS[key].partition(".")
            data[table].pop(name, None)
    for key, text in settings.items():
        if key in known:
            _put(data, key, text)
    findings: list[Finding] = unknown + find_problems(data)
    if findings:
        problems = as_problems(findings, {})
        message = "these settings cannot be used:" if len(problems) > 1 else "cannot be used:"
        raise RecipeError(message, where="--set", problems=problems)
    return Recipe.model_validate(data)


def _gives_way(key: str, settings: Mapping[str, str]) -> bool:
    if key not in YIELDS or YIELDS[key] in settings:
        return False
    return key != "training.scheduler" or _unquoted(settings[key]) == "constant"


def _put(data: dict[str, Any], key: str, text: str) -> None:
    table, _, name = key.rpartition(".")
    holder = data[table] if table else data
    default = default_of(key)
    if default is None and text.strip().lower() in UNSET:
        holder.pop(name, None)
    elif isinstance(default, str):
        holder[name] = _unquoted(text)
    else:
        holder[name] = _value(text)


def _unquoted(text: str) -> str:
    """A text setting as typed: `2024` and `true` are words here, and quotes are TOML's."""
    value = _value(text) if text.strip()[:1] in ("'", '"') else text
    return value if isinstance(value, str) else text


def _value(text: str) -> Any:
    try:
        parsed = parse_toml(f"value = {text}")
    except ParseError:
        return text
    # A line break in the text would smuggle in further keys: then it is only a text.
    return parsed["value"] if set(parsed) == {"value"} else text
