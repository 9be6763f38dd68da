"""Everything between the recipe and the first step: pictures, model, LoRA, caches.

The pictures are read before the model, so that a wrong folder is told in a second, not in a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from lora_wizard.dataset import Dataset, scan
from lora_wizard.errors import LoraFileError, TrainingError
from lora_wizard.lora import LoraFile, LoraNetwork, attach, load_lora
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.quantise import quantise
from lora_wizard.models.residence import ASIDE, brought, making_room, resting_place
from lora_wizard.models.text import tokens_cut
from lora_wizard.recipe import Recipe
from lora_wizard.runs import Note, Phase
from lora_wizard.train.batches import BatchSchedule
from lora_wizard.train.latents import LatentCache, encode_dataset
from lora_wizard.train.optimizers import with_faster_ups
from lora_wizard.train.packing import pack_base
from lora_wizard.train.precision import TYPES
from lora_wizard.train.remarks import remarks
from lora_wizard.train.texts import CachedTexts, Texts, TrainedTexts

Tell = Callable[[Note | Phase], None]


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
    base = load_base(
        recipe.model.base,
        family=recipe.model.family,
        v_prediction=recipe.model.v_prediction,
        vae=recipe.model.vae,
        zero_terminal_snr=recipe.model.zero_terminal_snr,
        device=ASIDE if recipe.training.quantise != "none" else accelerator.device,
        resting=resting_place(accelerator.device),
        dtype=TYPES[precision],
    )
    if recipe.training.quantise != "none":
        # Text encoders that are not trained come and go, which whole ones do faster.
        encoders = base.text_encoders if recipe.network.parts != "unet" else ()
        quantise([base.unet, *encoders], recipe.training.quantise, accelerator.device)
    if recipe.network.parts != "unet":  # they are trained, so they stay
        for encoder in base.text_encoders:
            encoder.to(accelerator.device)
    for note in base.notes:
        tell(Note("info", note))
    _check_resolution(recipe, base)
    _check_objective(recipe, base, tell)
    network = attach(base.unet, base.text_encoders, recipe.network, seed=recipe.training.seed)
    if earlier is not None:
        _take_over(network, earlier, base)
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
    texts: Texts
    clip_skip, length = recipe.model.clip_skip, recipe.data.caption_tokens
    if any(group["name"].startswith("text_encoder") for group in groups):
        texts = TrainedTexts(base, clip_skip, length)
    else:
        tell(Phase("caching_text"))
        texts = CachedTexts(base, clip_skip, batches, accelerator.process_index, length)
    return Prepared(
        recipe, dataset, batches, base, network, groups, latents, texts, precision, held_out, packed
    )


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
        network.load_tensors(earlier.tensors, partial=True)
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


def _check_objective(recipe: Recipe, base: BaseModel, tell: Tell) -> None:
    """What can be known only once the model says what it predicts."""
    if base.prediction_type == "v_prediction":
        return
    if recipe.loss.scale_v_like_noise:
        raise TrainingError(
            f"{base.name} predicts noise, so its loss needs no scaling to be like that of noise",
            where="loss.scale_v_like_noise",
            fix="Set it to false; or model.v_prediction = true where the file is mistaken",
        )
    if base.noise_scheduler.config.rescale_betas_zero_snr:
        what = f"{base.name} predicts noise on a schedule that ends in pure noise: "
        tell(Note("warning", what + "there its answer is known beforehand, and teaches nothing"))


def _check_resolution(recipe: Recipe, base: BaseModel) -> None:
    unit = base.pixels_per_latent * 2 ** (len(base.unet.config.block_out_channels) - 1)
    wrong = [side for side in recipe.data.resolution if side % unit]
    if wrong:
        raise TrainingError(
            f"{base.name} trains on multiples of {unit} pixels, not on {wrong[0]}",
            where="data.resolution",
            fix=f"Use {max(unit, round(wrong[0] / unit) * unit)}",
        )
