"""Everything between the recipe and the first step: pictures, model, LoRA, caches.

The pictures are read before the model, so that a wrong folder is told in a second, not in a minute.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from lora_wizard.dataset import Dataset, scan
from lora_wizard.errors import LoraFileError
from lora_wizard.lora import LoraFile, LoraNetwork, attach, load_lora
from lora_wizard.models.base import BaseModel
from lora_wizard.models.residence import brought, making_room
from lora_wizard.models.text import tokens_cut
from lora_wizard.recipe import Recipe
from lora_wizard.runs import Note, Phase
from lora_wizard.train.batches import BatchSchedule
from lora_wizard.train.latents import LatentCache, encode_dataset
from lora_wizard.train.loading import Tell, load_model
from lora_wizard.train.optimizers import with_faster_ups
from lora_wizard.train.packing import pack_base
from lora_wizard.train.remarks import remarks
from lora_wizard.train.texts import CachedTexts, Texts, TrainedTexts


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the loop works on."""

    recipe: Recipe
    dataset: Dataset
    batches: BatchSchedule
    base: BaseModel
    network: LoraNetwork
    groups: list[dict[str, Any]]
    latents: LatentCache
    texts: Texts
    precision: str
    held_out: LatentCache | None = None
    """The pictures that are only measured by."""
    packed: bool = False
    """Whether the base is laid out for the processor."""

    @property
    def drops(self) -> bool:
        """Whether chance is at work in the network, by torch's global generators."""
        return any(adapter.drops for adapter in self.network.modules.values())


def read_pictures(recipe: Recipe, tell: Tell) -> Dataset:
    """Scans the folders and passes on what is to be said of them.

    Raises:
        DatasetError: with everything that is wrong.
    """
    dataset = scan(recipe.data, recipe.validation)
    for note in dataset.notes:
        tell(Note("info", note))
    for remark in remarks(recipe):
        tell(remark)
    limit = recipe.data.caption_tokens
    cut = {
        one.caption: max(tokens_cut(line, limit) for line in one.caption.split("\n"))
        for one in dataset.pictures
    }
    longest = max(cut.values(), default=0)
    if longest > 0:
        count = sum(tokens > 0 for tokens in cut.values())
        tell(Note("warning", f"{count} captions are longer than {limit} tokens; what stands "
                             f"behind (up to {longest} tokens) is not learned"))  # fmt: skip
    return dataset


def prepare(
    recipe: Recipe,
    dataset: Dataset,
    accelerator: Accelerator,
    precision: str,
    tell: Tell,
    *,
    resumed: bool = False,
    packed: bool | None = None,
) -> Prepared:
    """Loads the model, puts a LoRA on it and fills the caches.

    Args:
        precision: `fp32`, `bf16` or `fp16`: what the base computes in.
        tell: passes on how far it is.
        resumed: the LoRA's values come from a saved state, not from `network.continue_from`.
        packed: whether the base is laid out for the processor; None for where it can be.

    Raises:
        ModelError: the base cannot be loaded or trained on.
        LoraFileError: the LoRA to continue from is missing, damaged or does not fit.
        TrainingError: the resolution does not fit the model, or its VAE overflows.
        DatasetError: a picture changed since the scan.
    """
    tell(Phase("loading"))
    path = Path(recipe.network.continue_from)
    earlier = load_lora(path) if recipe.network.continue_from and not resumed else None
    base = load_model(recipe, accelerator.device, precision, tell)
    network = attach(base.unet, base.text_encoders, recipe.network, seed=recipe.training.seed)
    if earlier is not None:
        _take_over(network, earlier, base)
        for note in earlier.notes:
            tell(Note("warning", f"{earlier.path.name}: {note}"))
    batches = BatchSchedule(dataset, recipe, accelerator.num_processes)
    with making_room([base.unet, *base.text_encoders]), brought([base.vae], accelerator.device):
        latents = encode_dataset(
            base,
            dataset,
            recipe.data,
            on_progress=lambda done, total: tell(Phase("caching_latents", done, total)),
        )
        held_out = _encode_held_out(base, dataset, recipe)
    groups = with_faster_ups(
        network.parameter_groups(recipe.training, recipe.network.block_rates),
        [adapter.up for adapter in network.modules.values()],
        recipe.training.lora_plus_ratio,
    )
    if recipe.training.gradient_checkpointing:
        base.unet.enable_gradient_checkpointing()
        base.unet.train()
    packed = packed is not False and _pack(base, dataset, recipe, tell)
    network.train(True)
    texts = _texts(base, batches, groups, recipe, accelerator.process_index, tell)
    return Prepared(
        recipe, dataset, batches, base, network, groups, latents, texts, precision, held_out, packed
    )


def _texts(
    base: BaseModel,
    batches: BatchSchedule,
    groups: list[dict[str, Any]],
    recipe: Recipe,
    rank: int,
    tell: Tell,
) -> Texts:
    clip_skip, length = recipe.model.clip_skip, recipe.data.caption_tokens
    if any(group["name"].startswith("text_encoder") for group in groups):
        return TrainedTexts(base, clip_skip, length)
    tell(Phase("caching_text"))
    return CachedTexts(base, clip_skip, batches, rank, length)


def _pack(base: BaseModel, dataset: Dataset, recipe: Recipe, tell: Tell) -> bool:
    buckets = Counter[tuple[int, int]]()
    for picture in dataset.pictures:
        buckets[picture.bucket] += picture.repeats
    (width, height), _ = buckets.most_common(1)[0]
    unit, channels = base.pixels_per_latent, base.unet.config.in_channels
    batch = recipe.training.batch_size
    packed, note = pack_base(base, (batch, channels, height // unit, width // unit))
    if note is not None:
        tell(note)
    return packed


def _encode_held_out(base: BaseModel, dataset: Dataset, recipe: Recipe) -> LatentCache | None:
    if dataset.held_out is None:
        return None
    upright = recipe.data.model_copy(update={"flip": False})
    return encode_dataset(base, dataset.held_out, upright, on_progress=lambda done, total: None)


def _take_over(network: LoraNetwork, earlier: LoraFile, base: BaseModel) -> None:
    try:
        network.load_modules(earlier.modules)
    except LoraFileError as error:
        made_for = earlier.metadata.get("ss_base_model_version", "")
        raise LoraFileError(
            "training cannot continue from this LoRA: it does not fit"
            + (f" (it was made for {made_for})" if made_for else ""),
            where=str(earlier.path),
            fix=f"It must be made for a model of the kind of {base.name}, and the recipe must have "
            f"its network.rank ({earlier.rank}), its convolutions and its parts",
            problems=error.problems,
        ) from error
