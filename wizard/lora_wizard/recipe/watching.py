"""The tables `saving` and `sampling`: what is kept and shown along the way."""

import os
import re
from typing import Literal, Self

from pydantic import model_validator

from lora_wizard.recipe.table import Lines, Table, refuse, setting

NEGATIVE_PROMPT = (
    "lowres, bad anatomy, inaccurate limb, low quality, signature, watermark, username, blurry"
)
"""What the article drew its pictures with."""


LONGEST_NAME = 200
"""Bytes. A run adds up to 38: a dot, `-step00000000`, `.safetensors` and `.partial`."""


class SavingSettings(Table, frozen=True):
    """The file that is written, and when."""

    name: str = setting(
        "lora",
        "Name of the LoRA file, without folder and ending: it becomes `<lora:NAME:1>` in other "
        "programs.",
        min_length=1,
    )
    every_epochs: int = setting(
        0,
        "Keep a file every so many epochs, to choose the best afterwards; 0 keeps the last only.",
        unit="epochs",
        ge=0,
    )
    every_steps: int = setting(
        0, "Keep a file every so many steps; 0 for none.", unit="steps", ge=0
    )
    precision: Literal["fp16", "bf16", "fp32"] = setting(
        "fp16", "Numbers in the file. fp16 halves its size and is read everywhere."
    )
    comment: str = setting("", "A note in the file's metadata, such as its trigger words.")
    metadata: Literal["full", "minimal"] = setting(
        "full",
        "`full` notes settings, folder names and tags as other trainers do; `minimal` leaves out "
        "what may be private.",
    )
    tensorboard: bool = setting(
        False,
        "Whether the run is also written as TensorBoard's event files, in the run's folder "
        "`tensorboard`.",
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        findings = []
        if re.search(r'[/\\:*?"<>|\x00-\x1f]', self.name) or self.name.strip(". ") != self.name:
            what = f"{self.name!r} is not a plain file name"
            fix = "Use a name without folders, such as mira-v1; --out says where the run goes."
            findings.append(("name", what, fix))
        elif self.name.lower().endswith((".safetensors", ".pt", ".ckpt")):
            what = f"{self.name!r} has an ending"
            fix = f"Write {self.name.rsplit('.', 1)[0]!r}; .safetensors is added."
            findings.append(("name", what, fix))
        elif len(os.fsencode(self.name)) > LONGEST_NAME:
            what = f"it has {len(os.fsencode(self.name))} bytes; a file system takes 255 for a name"
            fix = f"Use at most {LONGEST_NAME}: Japanese letters have three each."
            findings.append(("name", what, fix))
        refuse(findings)
        return self


class SamplingSettings(Table, frozen=True):
    """The pictures drawn while training goes on."""

    prompts: Lines = setting(
        (), "What to draw, one picture each, with one seed so that steps can be compared."
    )
    negative: str = setting(NEGATIVE_PROMPT, "What the pictures should not show.")
    every_epochs: int = setting(0, "Draw every so many epochs; 0 for none.", unit="epochs", ge=0)
    every_steps: int = setting(0, "Draw every so many steps; 0 for none.", unit="steps", ge=0)
    steps: int = setting(
        20,
        "Denoising steps of a picture; more are slower and a little finer.",
        unit="steps",
        ge=1,
        le=1000,
    )
    guidance: float = setting(
        7.0, "How strongly the prompt is followed (CFG scale); 1 is without guidance.", ge=1, le=100
    )
    seed: int = setting(
        1, "Seed of the first prompt's picture; each further prompt adds 1.", ge=0, le=2**32 - 1
    )
    width: int = setting(
        0,
        "Width of a picture; 0 is the training resolution's.",
        unit="pixels",
        ge=0,
        le=4096,
        multiple_of=8,
    )
    height: int = setting(
        0,
        "Height of a picture; 0 is the training resolution's.",
        unit="pixels",
        ge=0,
        le=4096,
        multiple_of=8,
    )
