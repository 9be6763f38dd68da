"""Line breaks in everything that Rich and Textual wrap: the rules of `language.line_breaks`.

Both break lines at spaces only, which leaves Japanese broken anywhere, and neither has a setting
for it. They share one function that decides where a line ends; it is replaced where it is used.
"""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

from rich._wrap import divide_line
from rich.cells import cell_len

from lora_wizard.language import break_offsets

__all__ = ["use_line_breaks"]

_NAME = "divide_line"


def use_line_breaks(module: ModuleType) -> None:
    """Lets a module that wraps text (`rich.text`, `textual.content`) break Japanese lines rightly.

    Raises:
        AttributeError: The module decides about its lines in another way than it used to.
    """
    if not hasattr(module, _NAME):
        raise AttributeError(f"{module.__name__} has no {_NAME}")
    vars(module)[_NAME] = _divide


def _divide(text: str, width: int, fold: bool = True) -> list[int]:
    """As Rich's own function: the indices at which a line is to be broken."""
    if text.isascii():
        return divide_line(text, width, fold)
    return list(_offsets(text, width, fold))


@lru_cache(maxsize=512)
def _offsets(text: str, width: int, fold: bool) -> tuple[int, ...]:
    return tuple(break_offsets(text, width, cell_len, fold=fold))
