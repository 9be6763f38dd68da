"""Pictures per second: ours in batches, diffusers' pipeline one at a time, and the UNet alone.

    python benchmarks/generate.py --lora FILE [--pictures 16] [--rounds 5] [--batch 16]

All draw with the same LoRA, prompts, seeds, steps and guidance, in turns, so that all see the same
machine. `plain` is what a short script does: `StableDiffusionPipeline`, `load_lora_weights`, one
prompt a call. The floor is the UNet's forward passes of our batches with nothing around them.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import diffusers
import torch
from step_benchmark.machine import machine

from lora_wizard.lora import attach_file, load_lora
from lora_wizard.models.base import BaseModel, base_path, load_base
from lora_wizard.models.conditioning import encode_prompts
from lora_wizard.models.sampling import sample

PROMPTS = (
    "hoshino mio",
    "hoshino mio, kimono, red kimono, garden",
    "hoshino mio, maid, black dress, city",
    "hoshino mio, full body, classroom",
)
NEGATIVE = "lowres, bad anatomy"
STEPS = 20
GUIDANCE = 5.0
AIM = 1.3
_diffusers: Any = diffusers  # its classes are untyped


@click.command()
@click.option("--lora", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--base", default="paperdoll", show_default=True, help="`paperdoll` or a folder.")
@click.option("--pictures", default=16, show_default=True, type=click.IntRange(1))
@click.option("--batch", default=16, show_default=True, type=click.IntRange(1))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
def main(lora: Path, base: str, pictures: int, batch: int, rounds: int) -> None:
    """Measure how fast pictures are made."""
    for name, fact in machine().items():
        click.echo(f"{name}: {fact}")
    prompts = [PROMPTS[number % len(PROMPTS)] for number in range(pictures)]
    model = load_base(base)
    attach_file(model.unet, model.text_encoders, load_lora(lora))
    seconds = measure(
        {
            "ours, batched": lambda: ours(model, prompts, batch),
            "ours, one at a time": lambda: ours(model, prompts, 1),
            "plain pipeline": plain(base, lora, prompts),
            "floor": floor(model, prompts, batch),
        },
        rounds,
    )
    report(seconds, pictures)


def ours(model: BaseModel, prompts: list[str], batch: int) -> None:
    """Our sampler."""
    sample(
        model,
        prompts,
        seeds=range(len(prompts)),
        negative=NEGATIVE,
        steps=STEPS,
        guidance=GUIDANCE,
        batch=batch,
    )


def plain(base: str, lora: Path, prompts: list[str]) -> Callable[[], None]:
    """Diffusers' own pipeline with the LoRA loaded its own way."""
    pipeline = _diffusers.StableDiffusionPipeline.from_pretrained(
        str(base_path(base)),
        dtype=torch.float32,
        safety_checker=None,
        requires_safety_checker=False,
    )
    pipeline.scheduler = _diffusers.DDIMScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.load_lora_weights(str(lora.parent), weight_name=lora.name)

    def run() -> None:
        for seed, prompt in enumerate(prompts):
            pipeline(
                prompt,
                negative_prompt=NEGATIVE,
                num_inference_steps=STEPS,
                guidance_scale=GUIDANCE,
                generator=torch.Generator().manual_seed(seed),
            )

    return run


def floor(model: BaseModel, prompts: list[str], batch: int) -> Callable[[], None]:
    """The forward passes of our batches, with inputs that lie ready."""
    side = model.native_size // model.pixels_per_latent
    with torch.inference_mode():
        hidden = encode_prompts(model, prompts[:1])[0].hidden
    runs = []
    for start in range(0, len(prompts), batch):
        doubled = 2 * len(prompts[start : start + batch])
        latents = torch.randn(doubled, int(model.unet.config.in_channels), side, side)
        runs.append((latents, hidden.expand(doubled, -1, -1).contiguous()))

    @torch.inference_mode()
    def run() -> None:
        for latents, states in runs:
            for step in range(STEPS):
                model.unet(latents, step * 50, encoder_hidden_states=states, return_dict=False)

    return run


def measure(variants: Mapping[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each variant in each round, in turns; a first round warms up and is not kept."""
    for run in variants.values():
        run()
    gc.collect()
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    names = list(variants)
    for turn in range(rounds):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            began = time.perf_counter()
            variants[name]()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def report(seconds: Mapping[str, list[float]], pictures: int) -> None:
    """Each variant's speed, and its ratio to ours in the same round (median of the rounds)."""
    mine = seconds["ours, batched"]
    for name, taken in seconds.items():
        ratio = statistics.median(other / own for other, own in zip(taken, mine, strict=True))
        speed = pictures / statistics.median(taken)
        click.echo(f"{name:20} {speed:6.2f} pictures/s   {ratio:5.2f}x the time of ours, batched")
    gain = statistics.median(
        other / own for other, own in zip(seconds["plain pipeline"], mine, strict=True)
    )
    click.echo(
        f"batched against plain: {gain:.2f}x; aim {AIM}: {'met' if gain >= AIM else 'not met'}"
    )


if __name__ == "__main__":
    main()
