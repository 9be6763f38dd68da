"""Trains the paperdoll detector: `python -m lora_eval.detect.paperdoll.train --out FILE`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from lora_eval.detect.paperdoll.accuracy import measured
from lora_eval.detect.paperdoll.backend import PaperdollDetector, open_paperdoll
from lora_eval.detect.paperdoll.network import DetectorNetwork
from lora_eval.detect.paperdoll.scenes import make_scenes
from lora_eval.detect.paperdoll.targets import Truth, detection_loss, targets
from lora_wizard.atomic import replacing
from lora_wizard.output import echo
from lora_wizard.paperdoll.reader.reconstruct import load_autoencoder, reconstructed

Report = Callable[..., None]
LATENT_NOISE = 0.15
"""Reconstructions get up to this much noise in their latents: so they look like samples."""
_TEST_SEED = 990_001


@dataclass(frozen=True, slots=True)
class Plan:
    """How the detector is trained."""

    pictures: int = 20000
    """Drawings in the pool."""
    reconstructed: float = 0.6
    """Share of them that is in the pool a second time, passed through the autoencoder."""
    epochs: int = 6
    batch: int = 128
    rate: float = 3e-3
    seed: int = 1


DEFAULT_PLAN = Plan()


def training_pool(plan: Plan, base: Path | None, report: Report) -> tuple[np.ndarray, list[Truth]]:
    """All pictures to learn from, and their boxes."""
    pixels, truths = make_scenes(plan.pictures, seed=plan.seed)
    report("drawn", pictures=len(pixels))
    if base is None:
        return pixels, truths
    count = round(plan.pictures * plan.reconstructed)
    again = reconstructed(
        load_autoencoder(base), pixels[:count], seed=plan.seed, latent_noise=LATENT_NOISE
    )
    report("reconstructed", pictures=count)
    return np.concatenate([pixels, again]), [*truths, *truths[:count]]


def train_network(
    plan: Plan, pixels: np.ndarray, truths: Sequence[Truth], report: Report
) -> DetectorNetwork:
    """A network trained on the pool."""
    torch.manual_seed(plan.seed)
    network = DetectorNetwork().to(memory_format=torch.channels_last)
    steps = len(pixels) // plan.batch
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=0.02, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.rate, total_steps=plan.epochs * steps, pct_start=0.15
    )
    generator = torch.Generator().manual_seed(plan.seed)
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    for epoch in range(plan.epochs):
        total = torch.zeros(())
        order = torch.randperm(len(pictures), generator=generator)
        for chosen in order[: steps * plan.batch].view(steps, plan.batch):
            ready = _varied(pictures[chosen].float() / 255, generator)
            wanted = targets([truths[index] for index in chosen.tolist()])
            if torch.rand((), generator=generator) < 0.5:
                ready, wanted = _mirrored(ready, wanted)
            with torch.autocast("cpu", torch.bfloat16):
                heat, sides = network(ready.contiguous(memory_format=torch.channels_last))
            loss = detection_loss(heat.float(), sides.float(), wanted)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        report("epoch", number=epoch + 1, loss=total.item() / steps)
    return network.eval()


def _varied(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Colours a little off, a part of the batch softened, a little noise. Boxes stay true."""
    shape = (len(pictures), 1, 1, 1)
    tint = 0.9 + 0.2 * torch.rand((len(pictures), 3, 1, 1), generator=generator)
    light = 0.1 * (torch.rand(shape, generator=generator) - 0.5)
    soft = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    share = (torch.rand(shape, generator=generator) - 0.5).clamp(min=0) * 1.6
    noise = 0.04 * torch.rand(shape, generator=generator)
    changed = pictures.lerp(soft, share) * tint + light
    return (changed + noise * torch.randn(pictures.shape, generator=generator)).clamp(0, 1)


def _mirrored(
    pictures: Tensor, wanted: tuple[Tensor, Tensor, Tensor]
) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    heat, sides, mask = (part.flip(-1) for part in wanted)
    return pictures.flip(-1), (heat, sides[:, :, [2, 1, 0, 3]], mask)


def _save(path: Path, network: DetectorNetwork) -> None:
    tensors = {
        name: tensor.detach().half().contiguous() if tensor.is_floating_point() else tensor.clone()
        for name, tensor in network.state_dict().items()
    }
    with replacing(path) as temporary:
        save_file(tensors, temporary)


def _test(detector: PaperdollDetector, base: Path | None, report: Report, count: int) -> None:
    pixels, truths = make_scenes(count, seed=_TEST_SEED)
    tests = {"drawings": pixels}
    if base is not None:
        tests["reconstructions"] = reconstructed(load_autoencoder(base), pixels, seed=_TEST_SEED)
    for name, pictures in tests.items():
        report("accuracy", of=name, **measured(detector.detect_pixels(pictures), truths))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--base", type=click.Path(path_type=Path), help="Folder with an autoencoder.")
@click.option("--pictures", default=DEFAULT_PLAN.pictures, help="Drawings to learn from.")
@click.option("--epochs", default=DEFAULT_PLAN.epochs, help="Times each picture is seen.")
@click.option("--tests", default=2000, help="Fresh pictures to state the accuracy on.")
@click.option("--threads", default=1, help="CPU threads.")
@click.option("--seed", default=DEFAULT_PLAN.seed, help="Fixes drawings and order.")
def main(
    out: Path, base: Path | None, pictures: int, epochs: int, tests: int, threads: int, seed: int
) -> None:
    """Train the paperdoll detector and write it, with its log beside it."""
    torch.set_num_threads(threads)
    plan = Plan(pictures=pictures, epochs=epochs, seed=seed)
    began = time.monotonic()
    out.parent.mkdir(parents=True, exist_ok=True)
    log = out.with_name(f"{out.stem}-log.jsonl")
    log.unlink(missing_ok=True)

    def report(stage: str, **facts: object) -> None:
        rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in facts.items()}
        line = json.dumps({"stage": stage, "seconds": round(time.monotonic() - began), **rounded})
        with log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        echo(line)

    report("plan", **asdict(plan), autoencoder=base is not None)
    pixels, truths = training_pool(plan, base, report)
    _save(out, train_network(plan, pixels, truths, report))
    _test(open_paperdoll(weights=out), base, report, tests)


if __name__ == "__main__":
    main()
