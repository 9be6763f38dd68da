"""What every table of a recipe has in common, and how its cross-checks report.

Types are strict: `rank = "128"` is a mistake to point at, not a number to guess.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

CHECK = "recipe_check"
"""Type of the pydantic error that carries the findings of a cross-check."""


def _lines(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]
"""Texts in a list; one alone may stand without its brackets."""


class Table(BaseModel, frozen=True, extra="forbid", strict=True, allow_inf_nan=False):
    """One table of the recipe: frozen, no unknown keys, no infinities."""


def setting(
    default: Any, why: str, *, unit: str = "", schema: str | None = None, **limits: Any
) -> Any:
    """A field with its default, why one would change it, and its unit in the JSON schema.

    Args:
        default: The one default that this value has in the whole project.
        why: One sentence or two: what the setting changes, and when to change it.
        unit: The unit of a number; empty for words and switches.
        schema: A range that the limits of pydantic cannot say, in words.
        **limits: `ge`, `gt`, `le`, `lt`, `multiple_of`, `pattern`, `min_length`.
    """
    extra: dict[str, Any] = {"unit": unit} if unit else {}
    if schema:
        extra["range"] = schema
    return Field(default, description=why, json_schema_extra=extra or None, **limits)


def refuse(findings: list[tuple[str, str, str]]) -> None:
    """Raise the findings of a cross-check as one error that pydantic understands.

    Args:
        findings: `(key, what, fix)` each; the key is relative to the table.

    Raises:
        PydanticCustomError: Where there is any finding. `context["findings"]` holds them all.
    """
    if not findings:
        return
    text = "; ".join(f"{key}: {what}. {fix}" for key, what, fix in findings)
    raise PydanticCustomError(CHECK, "{text}", {"text": text, "findings": findings})
