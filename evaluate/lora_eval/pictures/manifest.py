"""The manifest of a folder of pictures: everything that judging and comparing need to know.

It is written before the first picture is made and never changed by making them, so that a run
that was killed and started again ends with the same file. It refuses to know what the pictures
show: that is for judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from lora_eval.suite.model import Asked

BASE = "base"
"""The contender that is the base model without any LoRA: the floor of every comparison."""


class PictureKey(NamedTuple):
    """What must be equal for pictures of two contenders to be compared as a pair."""

    prompt_id: str
    seed: int
    strength: float


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CharacterFacts(_Frozen):
    """What is known of the character that the LoRAs were trained on. Empty where unknown."""

    trigger: str = ""
    outfit_triggers: tuple[str, ...] = ()
    training_outfits: tuple[str, ...] = ()
    """Tags of the outfits in the training pictures, such as `school uniform`."""
    traits: tuple[str, ...] = ()
    """Tags of what always stays the same, such as `aqua hair`, `red eyes`, `side ponytail`."""
    training_images: str = ""
    """The folder of training pictures."""


class Contender(_Frozen):
    """One LoRA, or the base alone."""

    id: str
    """Short, unique and fit for a folder's name."""
    label: str
    """As the report calls it."""
    path: str = ""
    """The LoRA file; empty for the base."""
    sha256: str = ""
    factor: float = 1.0
    """Multiplies the suite's strengths (`--lora FILE:0.7`)."""
    series: str = ""
    """Equal for the epochs of one training, so that they form a curve."""
    epoch: int | None = None
    step: int | None = None
    rank: int | None = None
    alpha: float | None = None
    moved: float | None = None
    """How far the weights are from the base: norm of the change over norm of the weights."""


class Picture(_Frozen):
    """One picture and what was asked of it."""

    file: str
    """Relative to the folder of the manifest, with `/`."""
    contender: str
    prompt_id: str
    prompt: str
    """As drawn, the trigger filled in, without LoRA calls."""
    names_character: bool = True
    seed: int
    strength: float
    """As in the suite, before the contender's factor; 0 for the base."""
    asks: Asked = Asked()

    @property
    def key(self) -> PictureKey:
        """What it is paired by."""
        return PictureKey(self.prompt_id, self.seed, self.strength)


class Manifest(_Frozen):
    """Everything about one folder of pictures."""

    format: Literal[1] = 1
    suite: str
    suite_sha256: str
    """Of the suite's meaning (its checked values), not of its comments."""
    base: str
    base_sha256: str = ""
    vae_sha256: str = ""
    """Of another VAE than the base's own; empty for its own."""
    prediction: str = ""
    """What the user said of the base's prediction; empty where its files were believed."""
    negative: str = ""
    sampler: str = ""
    steps: int = 0
    guidance: float = 0.0
    width: int = 0
    height: int = 0
    clip_skip: int = 1
    precision: str = ""
    character: CharacterFacts = CharacterFacts()
    contenders: tuple[Contender, ...]
    """The base first, where it is there."""
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...] = ()
    """Sentences about what was left out or guessed."""

    @property
    def by_contender(self) -> Mapping[str, Contender]:
        """Contenders by their ids."""
        return {each.id: each for each in self.contenders}
