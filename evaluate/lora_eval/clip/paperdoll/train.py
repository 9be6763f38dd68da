"""Trains the tiny CLIP: `python -m lora_eval.clip.paperdoll.train --out FILE --base FOLDER`.

The loss is SigLIP's (Zhai et al., 2023, eq. 1) with the truth of every pair in the batch in place
of its diagonal: tags are shared by many pictures, and a text is true of all that show it.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from lora_eval.clip.loading import CONFIGURATION, add_configuration
from lora_eval.clip.model import open_clip_model
from lora_eval.clip.paperdoll.accuracy import head_separation, measured
from lora_eval.clip.paperdoll.pictures import make_heads
from lora_eval.clip.paperdoll.texts import random_text, truth_table
from lora_wizard.atomic import replacing
from lora_wizard.paperdoll.reader.augment import degraded
from lora_wizard.paperdoll.reader.pictures import Pictures, make_pictures
from lora_wizard.paperdoll.reader.reconstruct import load_autoencoder, reconstructed

Report = Callable[..., None]
LATENT_NOISE = 0.15
_TEST_SEED = 880_001
_open_clip: Any = open_clip  # untyped


@dataclass(frozen=True, slots=True)
class Plan:
    """How the tiny CLIP is trained."""

    pictures: int = 16000
    """Drawings in the pool."""
    heads: int = 5000
    """Heads cut out of drawings."""
    reconstructed: float = 0.5
    """Share of all that is there a second time, passed through the autoencoder."""
    epochs: int = 7
    batch: int = 256
    texts: int = 96
    """In each batch, of pictures in it by chance."""
    rate: float = 2e-3
    seed: int = 1


DEFAULT_PLAN = Plan()


def training_pool(plan: Plan, base: Path | None, report: Report) -> Pictures:
    """All pictures to learn from."""
    drawn = make_pictures(plan.pictures, seed=plan.seed + 40)
    heads = make_heads(plan.heads, seed=plan.seed)
    pixels = np.concatenate([drawn.pixels, heads.pixels])
    words = np.concatenate([drawn.words, heads.words])
    report("drawn", pictures=len(pixels))
    if base is None:
        return Pictures(pixels, words)
    order = np.random.default_rng(plan.seed).permutation(len(pixels))
    chosen = order[: round(plan.reconstructed * len(pixels))]
    again = reconstructed(
        load_autoencoder(base), pixels[chosen], seed=plan.seed, latent_noise=LATENT_NOISE
    )
    report("reconstructed", pictures=len(again))
    return Pictures(np.concatenate([pixels, again]), np.concatenate([words, words[chosen]]))


def new_model() -> Any:
    """An untrained model of the shipped configuration."""
    return _open_clip.create_model(add_configuration(CONFIGURATION))


def train_model(plan: Plan, pool: Pictures, report: Report) -> Any:
    """A model trained on the pool; token embeddings that no text used are zero."""
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)
    model = new_model().train()
    model.visual.to(memory_format=torch.channels_last)
    tokenizer = _open_clip.get_tokenizer(CONFIGURATION.stem)
    used = torch.zeros(model.token_embedding.num_embeddings, dtype=torch.bool)
    steps = len(pool) // plan.batch
    optimizer = torch.optim.AdamW(model.parameters(), lr=plan.rate, weight_decay=0.02, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.rate, total_steps=plan.epochs * steps, pct_start=0.15
    )
    generator = torch.Generator().manual_seed(plan.seed)
    pixels = torch.from_numpy(pool.pixels).permute(0, 3, 1, 2)
    words = torch.from_numpy(pool.words)
    for epoch in range(plan.epochs):
        total = torch.zeros(())
        order = torch.randperm(len(pool), generator=generator)
        for chosen in order[: steps * plan.batch].view(steps, plan.batch):
            of = chosen[: plan.texts].tolist()  # the order is random
            texts = [random_text(words[index].tolist(), rng) for index in of]
            tokens = tokenizer([text for text, _ in texts])
            used[tokens.flatten()] = True
            named = torch.from_numpy(np.stack([each for _, each in texts]))
            pictures = degraded(pixels[chosen], generator)
            loss = pair_loss(model, pictures, tokens, truth_table(words[chosen], named))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        report("epoch", number=epoch + 1, loss=total.item() / steps)
    with torch.no_grad():
        model.token_embedding.weight[~used] = 0
    return model.eval()


def pair_loss(model: Any, pictures: Tensor, tokens: Tensor, truth: tuple[Tensor, Tensor]) -> Tensor:
    """SigLIP's loss over all pairs whose truth can be told, per picture.

    Args:
        pictures: `(n, 3, 64, 64)` in 0..1.
        truth: `(n, texts)` bool whether true, and whether that can be told.
    """
    true, told = truth
    mean = torch.tensor(_open_clip.OPENAI_DATASET_MEAN).view(1, 3, 1, 1)
    deviation = torch.tensor(_open_clip.OPENAI_DATASET_STD).view(1, 3, 1, 1)
    ready = ((pictures - mean) / deviation).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        images = model.encode_image(ready, normalize=True)
        texts = model.encode_text(tokens, normalize=True)
    logits = model.logit_scale.exp() * images.float() @ texts.float().T + model.logit_bias
    losses = F.binary_cross_entropy_with_logits(logits, true.float(), reduction="none")
    return (losses * told).sum() / len(pictures)


def _save(path: Path, model: Any) -> None:
    tensors = {
        name: (tensor.half() if tensor.is_floating_point() else tensor)
        .detach()
        .clone(memory_format=torch.contiguous_format)
        for name, tensor in model.state_dict().items()
    }
    with replacing(path) as temporary:
        save_file(tensors, temporary)
        temporary.chmod(0o644)


def _test(path: Path, base: Path | None, report: Report, count: int) -> None:
    clip = open_clip_model(pretrained=str(path))
    drawn = make_pictures(count, seed=_TEST_SEED)
    tests = {"drawings": drawn}
    if base is not None:
        pixels = reconstructed(load_autoencoder(base), drawn.pixels, seed=_TEST_SEED)
        tests["reconstructions"] = Pictures(pixels, drawn.words)
    for name, pictures in tests.items():
        report("accuracy", of=name, **measured(clip, pictures))
    report("heads", **head_separation(clip, characters=max(2, count // 20), seed=_TEST_SEED))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--base", type=click.Path(path_type=Path), help="Folder with an autoencoder.")
@click.option("--pictures", default=DEFAULT_PLAN.pictures, help="Drawings to learn from.")
@click.option("--heads", default=DEFAULT_PLAN.heads, help="Heads to learn from.")
@click.option("--epochs", default=DEFAULT_PLAN.epochs, help="Times each picture is seen.")
@click.option("--tests", default=2000, help="Fresh pictures to state the accuracy on.")
@click.option("--threads", default=1, help="CPU threads.")
def main(
    out: Path, base: Path | None, pictures: int, heads: int, epochs: int, tests: int, threads: int
) -> None:
    """Train the tiny CLIP and write it, with its log beside it."""
    torch.set_num_threads(threads)
    plan = Plan(pictures=pictures, heads=heads, epochs=epochs)
    began = time.monotonic()
    out.parent.mkdir(parents=True, exist_ok=True)
    log = out.with_name(f"{out.stem}-log.jsonl")
    log.unlink(missing_ok=True)

    def report(stage: str, **facts: object) -> None:
        rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in facts.items()}
        line = json.dumps({"stage": stage, "seconds": round(time.monotonic() - began), **rounded})
        with log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        click.echo(line)

    report("plan", **asdict(plan), autoencoder=base is not None)
    _save(out, train_model(plan, training_pool(plan, base, report), report))
    _test(out, base, report, tests)


if __name__ == "__main__":
    main()
