"""What a run leaves: LoRA files on the way and at the end, each proved to load before it counts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from lora_wizard.dataset import Dataset, batches_per_epoch, dataset_facts
from lora_wizard.dataset.facts import FolderCount
from lora_wizard.lora import (
    LoraNetwork,
    TrainingFacts,
    base_hashes,
    check_loads_in_diffusers,
    minimal_metadata,
    save_lora,
    training_metadata,
)
from lora_wizard.models.base import BaseModel
from lora_wizard.recipe import Recipe
from lora_wizard.runs import RunFolder
from lora_wizard.train.batches import BatchSchedule
from lora_wizard.train.schedules import warmup_steps


class Saver:
    """Writes the LoRA as it is now, in kohya's format with its metadata."""

    def __init__(
        self,
        folder: RunFolder,
        recipe: Recipe,
        base: BaseModel,
        dataset: Dataset,
        batches: BatchSchedule,
        *,
        precision: str,
        processes: int,
    ) -> None:
        self._folder, self._recipe, self._base = folder, recipe, base
        self._dataset, self._batches = dataset, batches
        self._precision, self._processes = precision, processes
        self._started = time.time()
        self._hashes = _hashes(base.path)
        self._vae_hashes = _hashes(base.vae_path)

    def checkpoint_path(self, step: int, *, epoch_ended: bool) -> Path:
        """kohya's names: `NAME-000002.safetensors` after epoch 2, else `NAME-step00000400`."""
        name = self._recipe.saving.name
        if epoch_ended:
            epoch = step // self._batches.steps_per_epoch
            return self._folder.checkpoints / f"{name}-{epoch:06d}.safetensors"
        return self._folder.checkpoints / f"{name}-step{step:08d}.safetensors"

    def save(self, network: LoraNetwork, path: Path, *, step: int) -> str:
        """Writes and checks a file; returns its path relative to the run.

        Raises:
            LoraFileError: values are not finite, the disk refuses, or diffusers would not load it.
        """
        recipe = self._recipe
        facts = self._facts(step)
        make = training_metadata if recipe.saving.metadata == "full" else minimal_metadata
        tensors = network.file_tensors()
        save_lora(path, tensors, make(recipe, facts), precision=recipe.saving.precision)
        check_loads_in_diffusers(path, self._base.unet, self._base.text_encoders)
        return str(path.relative_to(self._folder.path))

    def _facts(self, step: int) -> TrainingFacts:
        facts = dataset_facts(self._dataset, trigger=self._recipe.data.trigger)
        held_out = self._dataset.held_out
        buckets = {
            str(number): {"resolution": list(bucket.resolution), "count": bucket.count}
            for number, bucket in enumerate(facts.buckets)
        }
        mixed = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}
        return TrainingFacts(
            family=self._base.family,
            v_prediction=self._base.prediction_type == "v_prediction",
            zero_terminal_snr=bool(self._base.noise_scheduler.config.rescale_betas_zero_snr),
            base_name=self._base.path.name if self._base.path.is_file() else self._base.name,
            base_hash=self._hashes[0],
            base_new_hash=self._hashes[1],
            vae_name=None if self._base.vae_path is None else self._base.vae_path.name,
            vae_hash=self._vae_hashes[0],
            vae_new_hash=self._vae_hashes[1],
            images=facts.training_pictures,
            regularisation_images=facts.regularisation_pictures,
            validation_images=len(held_out.pictures) if held_out is not None else 0,
            batches_per_epoch=batches_per_epoch(
                self._dataset, batch_size=self._recipe.training.batch_size
            ),
            epochs=self._batches.epochs,
            dataset_dirs=_dirs(facts.training_folders),
            regularisation_dirs=_dirs(facts.regularisation_folders),
            tag_frequency=facts.tag_frequency,
            bucket_info={"buckets": buckets, "mean_img_ar_error": facts.mean_aspect_error},
            session_id=int(self._started),
            started_at=self._started,
            finished_at=time.time(),
            total_steps=self._batches.total_steps,
            warmup_steps=warmup_steps(self._batches.total_steps, self._recipe.training),
            steps=step,
            epoch=min(self._batches.epochs, -(-step // self._batches.steps_per_epoch)),
            mixed_precision=mixed[self._precision],  # type: ignore[arg-type]
            processes=self._processes,
        )


def _hashes(path: Path | None) -> tuple[str, str] | tuple[None, None]:
    """Of a model in one file; a folder has none."""
    return (None, None) if path is None or not path.is_file() else base_hashes(path)


def _dirs(folders: Mapping[str, FolderCount]) -> dict[str, dict[str, int]]:
    return {
        name: {"n_repeats": count.repeats, "img_count": count.pictures}
        for name, count in folders.items()
    }
