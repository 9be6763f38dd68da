"""What is known of the user's pictures, and what it says to a question. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lora_wizard.dataset import bucket_problems
from lora_wizard.dataset.advice import Advice, Facts, advise
from lora_wizard.errors import DatasetError
from lora_wizard.flow import Flow, ScanKey
from lora_wizard.questions import BY_KEY, Question, Value

__all__ = ["Material", "answers_of"]


@dataclass(frozen=True, slots=True)
class Material:
    """One look at the folders that the answers name."""

    key: ScanKey = ()
    """What was looked at; out of date where the flow's `scan_key` is another."""
    facts: Facts | None = None
    trouble: DatasetError | None = None
    """Why nothing can be trained on it, with everything that is wrong."""

    def fits(self, flow: Flow) -> bool:
        """Whether it is about the folders that the answers name now."""
        return self.key == flow.scan_key

    def advice(self, flow: Flow) -> tuple[Advice, ...]:
        """What the pictures say to the answers as they stand; nothing where they are unknown."""
        if self.facts is None or not self.fits(flow):
            return ()
        data = flow.recipe.data
        facts = replace(self.facts, data=data, bucket_problems=bucket_problems(data))
        return advise(facts, flow.recipe, flow.language)

    def advice_for(self, question: Question, flow: Flow) -> tuple[Advice, ...]:
        """The part that is about one question."""
        about = {question.key, *question.settles}
        return tuple(one for one in self.advice(flow) if about & set(one.questions))


def answers_of(changes: Mapping[str, Any]) -> dict[str, Value]:
    """Recipe keys and values of an advice as answers; what no question asks is left out."""
    found: dict[str, Value] = {}
    for key, value in changes.items():
        table, _, name = key.partition(".")
        if name in ("epochs", "steps") and table == "training":
            found["training.length"] = f"{value} {name}"
        elif key in BY_KEY:
            found[key] = tuple(value) if isinstance(value, list) else value
    return found
