"""The plain loop: diffusers and peft, put together as diffusers' own LoRA examples do it.

After `train_text_to_image_lora.py`, `train_dreambooth_lora.py` and, for SDXL, its
`train_dreambooth_lora_sdxl.py` (diffusers, examples/), with two things given to it that they lack:
cached latents, and targets and draws that are ours to the bit, so that both train the same numbers
on the same noise.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.optimization import get_scheduler
from diffusers.training_utils import cast_training_params
from peft import LoraConfig
from torch import Tensor, nn
from torch.nn import functional

from lora_wizard.lora.layers import Adapter
from lora_wizard.lora.targets import Target, find_targets
from lora_wizard.models.base import BaseModel
from lora_wizard.models.text import tokenise
from lora_wizard.train.batches import Shown
from lora_wizard.train.drawing import step_seed

from .job import Job


class PlainLoop:
    """One training loop as everybody writes it."""

    def __init__(self, job: Job) -> None:
        self._base = job.base()
        self._latents = job.latents(self._base)
        self._batches = job.batches()
        self._seed = job.recipe.training.seed
        self._largest_norm = job.recipe.training.max_grad_norm
        self._dtype: torch.dtype = self._base.unet.dtype
        self._step = 0
        put_peft_on(self._base, job)
        models = [self._base.unet, *self._base.text_encoders]
        for model in models:
            model.train()
        # The examples do this for fp16 and forget it for bf16, where a LoRA learns little more
        # than its own rounding. Ours learns in float32, and so does this one.
        cast_training_params(models, dtype=torch.float32)
        self._parameters = [
            parameter for model in models for parameter in model.parameters()
            if parameter.requires_grad
        ]  # fmt: skip
        self.trained = sum(parameter.numel() for parameter in self._parameters)
        self._optimizer = torch.optim.AdamW(
            self._parameters,
            lr=job.recipe.training.learning_rate,
            weight_decay=job.recipe.training.weight_decay,
        )
        self._schedule = get_scheduler("constant", self._optimizer)

    def train(self, steps: int) -> list[float]:
        return [self._train_step() for _ in range(steps)]

    def _train_step(self) -> float:
        (shown,) = self._batches.at(self._step)
        latents, noise, times = self._drawn(shown)
        noisy = self._base.noise_scheduler.add_noise(latents, noise, times)
        predicted = self._predict(noisy, times, shown)
        loss = functional.mse_loss(predicted.float(), noise.float(), reduction="mean")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, self._largest_norm)
        self._optimizer.step()
        self._schedule.step()
        self._optimizer.zero_grad()
        self._step += 1
        return loss.detach().item()

    def _drawn(self, shown: Shown) -> tuple[Tensor, Tensor, Tensor]:
        """Latents, noise and timesteps: the draws of `lora_wizard.train.step`, in its order."""
        device = self._base.device
        chance = torch.Generator(device).manual_seed(step_seed(self._seed, self._step, 0, 0))
        scale = self._base.latent_scale
        latents = self._latents.sample(shown.indexes, shown.flipped, scale, chance)
        noise = torch.randn(latents.shape, generator=chance, device=device)
        count = self._base.noise_scheduler.config.num_train_timesteps
        times = torch.randint(0, count, (len(latents),), generator=chance, device=device)
        return latents.to(self._dtype), noise.to(self._dtype), times

    def _predict(self, noisy: Tensor, times: Tensor, shown: Shown) -> Tensor:
        """Each model under autocast and its output in float32, as accelerate prepares them."""
        states, pooled = self._texts(shown)
        more: dict[str, Any] = {}
        if pooled is not None:
            sizes = self._latents.sizes(shown.indexes, self._base.device)
            added = {"text_embeds": pooled, "time_ids": sizes.to(self._dtype)}
            more["added_cond_kwargs"] = added
        with self._autocast():
            predicted: Tensor = self._base.unet(noisy, times, states, return_dict=False, **more)[0]
        return predicted

    def _texts(self, shown: Shown) -> tuple[Tensor, Tensor | None]:
        """The states of the captions; for SDXL those of both encoders, and the pooled ones."""
        each = [ids.to(self._base.device) for ids in tokenise(self._base, shown.captions)]
        if self._base.family != "sdxl":
            with self._autocast():
                states: Tensor = self._base.text_encoders[0](each[0], return_dict=False)[0]
            return states.float(), None
        hidden = []
        for encoder, ids in zip(self._base.text_encoders, each, strict=True):
            with self._autocast():
                output = encoder(ids, output_hidden_states=True)
            hidden.append(output.hidden_states[-2].float())
            pooled = output[0].float()
        return torch.cat(hidden, dim=-1), pooled

    def _autocast(self) -> torch.autocast:
        half = self._dtype != torch.float32
        return torch.autocast(self._base.device.type, self._dtype, enabled=half)


def put_peft_on(base: BaseModel, job: Job) -> None:
    """The LoRA of the job's recipe as peft has it, on the same layers and from the same start."""
    network = job.recipe.network
    targets = find_targets(base.unet, base.text_encoders, parts=network.parts)
    layers = {id(target.layer): target for target in targets}
    chance = torch.Generator().manual_seed(job.recipe.training.seed)
    # Text encoders first, as `attach` draws.
    for model in (*base.text_encoders, base.unet):
        found = {
            path: layers[id(module)]
            for path, module in model.named_modules()
            if id(module) in layers
        }
        model.add_adapter(
            LoraConfig(
                r=network.rank,
                lora_alpha=int(network.alpha),
                init_lora_weights="gaussian",
                target_modules=list(found),
            )
        )
        for path, target in found.items():
            _start(model.get_submodule(path), target, network.rank, chance)


@torch.no_grad()
def _start(layer: nn.Module, target: Target, rank: int, chance: torch.Generator) -> None:
    """A as our LoRA begins with, in place of peft's; B is zero in both."""
    adapter = Adapter(target.layer, rank, rank)
    adapter.initialise(chance)
    factors: Any = layer
    factors.lora_A["default"].weight.copy_(adapter.down)
