"""Trains the tiny CLIP: `python -m lora_eval.clip.paperdoll.train --out FILE --base FOLDER`.

The loss is SigLIP's (Zhai et al., 2023, eq. 1) with the truth of every pair in the batch in place
of its diagonal: tags are shared by many pictures, and a text is true of all that show it.

By that alone outfits and hair styles are not learned in this time: as long as their words lie at
one place, pictures have no reason to be told apart by them, and the other way round. So linear
classifiers of the attributes, thrown away in the end, pull at the pictures' embeddings too.
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
from lora_wizard.output import echo
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES
from lora_wizard.paperdoll.reader.augment import degraded
from lora_wizard.paperdoll.reader.network import reading_loss
from lora_wizard.paperdoll.reader.pictures import Pictures, make_pictures
from lora_wizard.paperdoll.reader.reconstruct import load_autoencoder, reconstructed
from lora_wizard.parsing import parse_json

Report = Callable[..., None]
LATENT_NOISE = 0.15
READING_SHARE = 2.0
"""Weight of the classifiers' loss beside the pairs'."""
TOKEN_SPREAD = 0.3
"""Standard deviation of new token embeddings: far from each other, unlike open_clip's 0.02."""
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
    batch: int = 128
    texts: int = 64
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
    model = _open_clip.create_model(add_configuration(CONFIGURATION))
    with torch.no_grad():
        model.token_embedding.weight[:-2].normal_(0, TOKEN_SPREAD)  # not of a text's two ends
    return model


def train_model(plan: Plan, pool: Pictures, report: Report) -> Any:
    """A model trained on the pool; token embeddings that no text used are zero."""
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)
    model = new_model().train()
    model.visual.to(memory_format=torch.channels_last)
    tokenizer = _open_clip.get_tokenizer(CONFIGURATION.stem)
    used = torch.zeros(model.token_embedding.num_embeddings, dtype=torch.bool)
    steps = len(pool) // plan.batch
    classifiers = new_classifiers()
    parameters = [*model.parameters(), *classifiers.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=plan.rate, weight_decay=0.02, fused=True)
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
            images = embedded_pictures(model, pictures)
            truth = truth_table(words[chosen], named)
            scores = [classify(images) for classify in classifiers]
            loss = pair_loss(model, images, tokens, truth)
            loss = loss + READING_SHARE * reading_loss(scores, words[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        report("epoch", number=epoch + 1, loss=total.item() / steps)
    with torch.no_grad():
        model.token_embedding.weight[~used] = 0
    return model.eval()


def new_classifiers() -> torch.nn.ModuleList:
    """A linear classifier of each attribute's words, on embeddings of length 1."""
    width = parse_json(CONFIGURATION.read_text(encoding="utf-8"))["embed_dim"]
    made = [torch.nn.Linear(width, len(words)) for words in ATTRIBUTES.values()]
    for linear in made:
        torch.nn.init.normal_(linear.weight)
    return torch.nn.ModuleList(made)


def embedded_pictures(model: Any, pictures: Tensor) -> Tensor:
    """Embeddings `(n, width)` of length 1 each, of pictures `(n, 3, 64, 64)` in 0..1."""
    mean = torch.tensor(_open_clip.OPENAI_DATASET_MEAN).view(1, 3, 1, 1)
    deviation = torch.tensor(_open_clip.OPENAI_DATASET_STD).view(1, 3, 1, 1)
    ready = ((pictures - mean) / deviation).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        images: Tensor = model.encode_image(ready)
    return F.normalize(images.float(), dim=-1)


def pair_loss(model: Any, images: Tensor, tokens: Tensor, truth: tuple[Tensor, Tensor]) -> Tensor:
    """SigLIP's loss over all pairs whose truth can be told, per picture.

    Args:
        images: `(n, width)` of length 1 each.
        tokens: `(texts, 77)` int64.
        truth: `(n, texts)` bool whether true, and whether that can be told.
    """
    true, told = truth
    with torch.autocast("cpu", torch.bfloat16):
        texts = model.encode_text(tokens, normalize=True)
    logits = model.logit_scale.exp() * images @ texts.float().T + model.logit_bias
    losses = F.binary_cross_entropy_with_logits(logits, true.float(), reduction="none")
    return (losses * told).sum() / len(images)


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
        echo(line)

    report("plan", **asdict(plan), autoencoder=base is not None)
    _save(out, train_model(plan, training_pool(plan, base, report), report))
    _test(out, base, report, tests)


if __name__ == "__main__":
    main()
