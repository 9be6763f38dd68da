"""What a training of the base is to do, written beside its state: every worker reads the same.

The plan may grow from start to start (more samples), but its sizes are fixed by the first start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from lora_wizard.errors import ModelError
from lora_wizard.paperdoll.base.modules import Sizes
from lora_wizard.runs.atomic import atomic_write

LOG_NAME = "log.jsonl"
PLAN_NAME = "plan.json"
COMMANDS_NAME = "training-command.txt"
"""In a model's folder, and in the state of a training that began from a model's weights."""
TRAINING_LOG_NAME = "training-log.jsonl"
"""What the log is called in a model's folder."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much each stage sees, counted over all workers and all starts."""

    vae_samples: int
    """Drawings for the autoencoder."""
    text_steps: int
    """Steps of the text encoder, 48 captions a worker each."""
    pictures: int
    """Drawings whose latents the denoiser learns from, again and again."""
    samples: int
    """Latents for the denoiser."""
    decoder_samples: int
    """Drawings for the refinement of the decoder, last of all; 0 for none."""
    vae_batch: int
    """Drawings a worker and step."""
    batch: int
    """Latents a worker and step."""


ON_CPU = Amounts(
    vae_samples=50_000,
    text_steps=2_600,
    pictures=40_000,
    samples=400_000,
    decoder_samples=30_000,
    vae_batch=16,
    batch=16,
)
"""About four hours with two workers on two cores at 64 px."""
ON_GPU = Amounts(
    vae_samples=400_000,
    text_steps=4_000,
    pictures=200_000,
    samples=4_000_000,
    decoder_samples=200_000,
    vae_batch=32,
    batch=256,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One training of the base, from drawings to a model's folder."""

    sizes: Sizes
    amounts: Amounts
    state: Path
    """The folder of states, latents and the log; it is gone on from where it exists."""
    out: Path
    """Where the finished model goes."""
    command: str
    """The command line, kept beside the weights."""

    @property
    def log(self) -> Path:
        """The training log, one JSON object a line."""
        return self.state / LOG_NAME


_ADAPTER = TypeAdapter(Plan)


def write_plan(plan: Plan) -> Path:
    """Puts the plan into its state folder, which is made, and returns its file.

    Raises:
        ModelError: the folder holds a training of other sizes.
        RunError: the folder cannot be written.
    """
    path = plan.state / PLAN_NAME
    if path.exists():
        _refuse_other_sizes(read_plan(path).sizes, plan)
    plan.state.mkdir(parents=True, exist_ok=True)
    atomic_write(path, _ADAPTER.dump_json(plan, indent=1))
    return path


def as_begun(plan: Plan) -> Plan:
    """The plan that a training was last started with, in the places of `plan`.

    Raises:
        ModelError: no denoiser has been begun there, or one of other sizes.
    """
    if not (plan.state / "unet.pt").exists():
        raise ModelError(
            "no training has come as far as the denoiser here",
            where=str(plan.state),
            fix="Give the folder of a training with --state.",
        )
    path = plan.state / PLAN_NAME
    if not path.exists():
        return plan
    begun = read_plan(path)
    _refuse_other_sizes(begun.sizes, plan)
    return replace(begun, state=plan.state, out=plan.out)


def read_plan(path: Path) -> Plan:
    """The plan that `write_plan` wrote."""
    return _ADAPTER.validate_json(path.read_bytes())


def _refuse_other_sizes(begun: Sizes, plan: Plan) -> None:
    if begun != plan.sizes:
        raise ModelError(
            f"a model of {begun.picture} px and other sizes has been begun here",
            where=str(plan.state),
            fix=f"Choose another folder, or go on with --size {begun.picture}.",
        )
