"""What a prompt suite says. Frozen, checked values; reading files is done beside this module."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from lora_wizard.recipe.watching import NEGATIVE_PROMPT

TRIGGER = "{trigger}"
"""Stands in a prompt where the character is named."""
OUTFIT_TRIGGER = "{outfit}"
"""Stands where a trigger of a trained outfit is named; drawn once for each that is known."""

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
"""Lower-case letters, digits and hyphens: it becomes part of file names."""
Strength = Annotated[float, Field(ge=-4, le=4)]
Framing = Literal["", "full body", "cowboy shot", "upper body", "portrait", "close-up"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Asked(_Frozen):
    """What a prompt asks for, in tags. Empty where it asks for nothing of that kind."""

    outfit: str = ""
    background: str = ""
    framing: Framing = ""
    subjects: int = Field(default=1, ge=0, le=9)
    """How many people are to be seen."""
    closed_eyes: bool = False


class SuitePrompt(_Frozen):
    """One prompt of a suite."""

    id: Identifier
    text: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    """In A1111's syntax, with `{trigger}` where the character is named."""
    asks: Asked = Asked()

    @property
    def names_character(self) -> bool:
        """Whether the character (or a trained outfit) is called by a trigger."""
        return TRIGGER in self.text or OUTFIT_TRIGGER in self.text


class Suite(_Frozen):
    """Prompts, and how pictures are made of them."""

    format: Literal[1]
    name: Identifier
    title: Annotated[str, StringConstraints(min_length=1)]
    negative: str = NEGATIVE_PROMPT
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, le=2**32 - 1)], ...], Field(min_length=1)]
    strengths: Annotated[tuple[Strength, ...], Field(min_length=1)] = (1.0,)
    sampler: Literal["ddim", "euler_a", "dpmpp_2m"] = "ddim"
    steps: int = Field(default=20, ge=1, le=1000)
    guidance: float = Field(default=7.0, ge=1, le=50)
    width: int = Field(default=0, ge=0)
    """In pixels; 0 for the model's own size."""
    height: int = Field(default=0, ge=0)
    clip_skip: int = Field(default=1, ge=1, le=12)
    prompts: Annotated[tuple[SuitePrompt, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        """No two pictures may mean the same, or have the same file."""
        told: dict[str, list[object]] = {
            "two prompts have the id": [prompt.id for prompt in self.prompts],
            "seeds hold twice": list(self.seeds),
            "strengths hold twice": list(self.strengths),
        }
        for what, values in told.items():
            twice = sorted({str(each) for each in values if values.count(each) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)}")
        numbered = [p.id for p in self.prompts if OUTFIT_TRIGGER in p.text]
        for prompt in self.prompts:
            stem, _, number = prompt.id.rpartition("-")
            if stem in numbered and number.isdigit():
                raise ValueError(f"{prompt.id} is what {stem} becomes for an outfit trigger")
        return self

    @property
    def pictures(self) -> int:
        """How many a LoRA makes, where no outfit triggers are known."""
        plain = [prompt for prompt in self.prompts if OUTFIT_TRIGGER not in prompt.text]
        return len(plain) * len(self.seeds) * len(self.strengths)
