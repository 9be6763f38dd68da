"""Training the reader, from drawings alone: `python -m lora_wizard.paperdoll.reader.train`.

Pictures are drawn once, a share of them passed through an autoencoder, and all of them seen in
several epochs, damaged anew each time. About ten minutes on one CPU core.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor

from lora_wizard.errors import LoraWizardError
from lora_wizard.output import echo
from lora_wizard.paperdoll.base.modules import Autoencoder
from lora_wizard.paperdoll.reader.accuracy import accuracy, accuracy_by_framing, confusions
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES
from lora_wizard.paperdoll.reader.augment import degraded
from lora_wizard.paperdoll.reader.network import ReaderNetwork, reading_loss
from lora_wizard.paperdoll.reader.pictures import Pictures, make_pictures, plain_truth
from lora_wizard.paperdoll.reader.reading import Reader, load_reader
from lora_wizard.paperdoll.reader.reconstruct import (
    broken_by_latents,
    load_autoencoder,
    reconstructed,
)
from lora_wizard.paperdoll.reader.saving import save_reader

Report = Callable[..., None]
"""Called with a stage's name and its facts by keyword."""
SAMPLES_LIKE_NOISE = 0.15
"""Most noise in the latents of reconstructions, in their standard deviations: samples err more
than reconstructions do."""
_TEST_SEED = 1_000_003
"""Far from every training seed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the reader is trained."""

    pictures: int = 24000
    """Drawings in the pool."""
    reconstructed: float = 0.5
    """Share of the drawings that is in the pool a second time, reconstructed."""
    epochs: int = 6
    batch: int = 128
    rate: float = 4e-3
    """Highest learning rate."""
    seed: int = 1


DEFAULT_PLAN = Plan()


def training_pool(plan: Plan, autoencoder: Autoencoder | None, report: Report) -> Pictures:
    """All pictures to learn from."""
    drawn = make_pictures(plan.pictures, seed=plan.seed)
    report("drawn", pictures=len(drawn))
    if autoencoder is None:
        return drawn
    count = round(plan.pictures * plan.reconstructed)
    again = reconstructed(
        autoencoder, drawn.pixels[:count], seed=plan.seed, latent_noise=SAMPLES_LIKE_NOISE
    )
    report("reconstructed", pictures=count)
    bad = make_pictures(plan.pictures // 24, seed=plan.seed + 1, only="one")
    ruined = broken_by_latents(autoencoder, bad.pixels, seed=plan.seed)
    report("broken", pictures=len(ruined))
    words = plain_truth({"kind": "broken"}, len(ruined))
    return Pictures(
        np.concatenate([drawn.pixels, again, ruined]),
        np.concatenate([drawn.words, drawn.words[:count], words]),
    )


def train_network(plan: Plan, pool: Pictures, report: Report) -> ReaderNetwork:
    """A network trained on the pool."""
    torch.manual_seed(plan.seed)
    network = ReaderNetwork().to(memory_format=torch.channels_last)
    steps_an_epoch = len(pool) // plan.batch
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=0.02, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.rate, total_steps=plan.epochs * steps_an_epoch, pct_start=0.15
    )
    generator = torch.Generator().manual_seed(plan.seed)
    pixels = torch.from_numpy(pool.pixels).permute(0, 3, 1, 2)
    words = torch.from_numpy(pool.words)
    for epoch in range(plan.epochs):
        total = torch.zeros(())
        order = torch.randperm(len(pool), generator=generator)
        for chosen in order[: steps_an_epoch * plan.batch].view(steps_an_epoch, plan.batch):
            total += _step(network, optimizer, degraded(pixels[chosen], generator), words[chosen])
            schedule.step()
        report("epoch", number=epoch + 1, loss=total.item() / max(1, steps_an_epoch))
    return network.eval()


def _step(
    network: ReaderNetwork, optimizer: torch.optim.Optimizer, pictures: Tensor, words: Tensor
) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        scores = network(pictures.contiguous(memory_format=torch.channels_last))
    loss = reading_loss(scores, words)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.detach()


def report_accuracy(
    reader: Reader, autoencoder: Autoencoder | None, report: Report, *, count: int
) -> None:
    """Reports how well the reader reads fresh pictures, drawn and reconstructed."""
    drawn = make_pictures(count, seed=_TEST_SEED)
    tests = {"drawings": drawn}
    if autoencoder is not None:
        pixels = reconstructed(autoencoder, drawn.pixels, seed=_TEST_SEED)
        tests["reconstructions"] = Pictures(pixels, drawn.words)
    for name, pictures in tests.items():
        readings = reader.read_pixels(pictures.pixels)
        found = accuracy(readings, pictures)
        report("accuracy", of=name, **{label: share.value for label, share in found.items()})
        for attribute in ("hair_colour", "hair_style", "eye_colour", "outfit", "ornament"):
            parts = accuracy_by_framing(readings, pictures, attribute)
            report(
                "accuracy by framing",
                of=name,
                attribute=attribute,
                **{label: share.value for label, share in parts.items() if share.total},
            )
        for attribute in ATTRIBUTES:
            worst = dict(list(confusions(readings, pictures, attribute).items())[:6])
            report("confusions", of=name, attribute=attribute, **worst)


def _log_to(path: Path) -> Report:
    began = time.monotonic()
    path.unlink(missing_ok=True)

    def report(stage: str, **facts: object) -> None:
        rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in facts.items()}
        line = json.dumps({"stage": stage, "seconds": round(time.monotonic() - began), **rounded})
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        echo(line)

    return report


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--vae", type=click.Path(path_type=Path), help="Folder with a trained autoencoder.")
@click.option("--pictures", default=DEFAULT_PLAN.pictures, help="Drawings to learn from.")
@click.option("--epochs", default=DEFAULT_PLAN.epochs, help="Times each picture is seen.")
@click.option("--tests", default=4000, help="Fresh pictures to state the accuracy on.")
@click.option("--threads", default=1, help="CPU threads.")
@click.option("--seed", default=DEFAULT_PLAN.seed, help="Fixes drawings, order and damage.")
def main(
    out: Path, vae: Path | None, pictures: int, epochs: int, tests: int, threads: int, seed: int
) -> None:
    """Train the attribute reader and write it, with its log beside it."""
    torch.set_num_threads(threads)
    plan = Plan(pictures=pictures, epochs=epochs, seed=seed)
    try:
        autoencoder = None if vae is None else load_autoencoder(vae)
    except LoraWizardError as error:
        raise click.ClickException(str(error)) from error
    out.parent.mkdir(parents=True, exist_ok=True)
    report = _log_to(out.with_name(f"{out.stem}-log.jsonl"))
    report("plan", **asdict(plan), autoencoder=autoencoder is not None)
    network = train_network(plan, training_pool(plan, autoencoder, report), report)
    save_reader(out, network)
    report_accuracy(load_reader(out), autoencoder, report, count=tests)


if __name__ == "__main__":
    main()
