"""This trainer, and the floor below it: the same steps without a LoRA."""

from __future__ import annotations

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lora_wizard.lora import LoraNetwork
from lora_wizard.lora.targets import find_targets
from lora_wizard.runs import Step
from lora_wizard.train.computing import Computer
from lora_wizard.train.gradients import Gradients
from lora_wizard.train.loop import Trainer
from lora_wizard.train.prepare import Prepared, prepare
from lora_wizard.train.step import Stepper
from lora_wizard.train.texts import TrainedTexts

from .job import Job, ignore


class Ours:
    """`lora_wizard.train` as shipped, from `prepare` to the loop, asked to stop after each turn."""

    def __init__(self, job: Job) -> None:
        ready = prepare(job.recipe, job.dataset, job.accelerator, job.precision, ignore)
        self.trained = sum(
            parameter.numel() for group in ready.groups for parameter in group["params"]
        )
        self._losses: list[float] = []
        self._left = 0
        self._trainer = Trainer(ready, job.accelerator, self._take, self._wants_stop)

    def train(self, steps: int) -> list[float]:
        self._losses, self._left = [], steps
        self._trainer.run(between_steps=_nothing)
        return self._losses

    def _take(self, event: Step) -> None:
        self._losses.append(event.loss)

    def _wants_stop(self) -> bool:
        """Asked once in each step, so the loop ends behind the turn's last one."""
        self._left -= 1
        return self._left <= 0


class Floor:
    """Forward and backward of the frozen model: what a trainer on PyTorch's own layers costs least.

    It is the trainer's own step (noise, text encoder, U-Net, loss) on a model without a LoRA. The
    gradient goes back exactly as far as a LoRA's would: to the outputs of those adapted layers that
    come first, and not to their inputs. There is nothing to clip and no optimizer.
    """

    trained = 0

    def __init__(self, job: Job) -> None:
        base = job.base()
        latents = job.latents(base)
        bare = LoraNetwork({}, {})
        texts = TrainedTexts(base, job.recipe.model.clip_skip)
        ready = Prepared(
            job.recipe, job.dataset, job.batches(), base, bare, [], latents, texts, job.precision
        )
        nothing = Gradients([])
        self._stepper = Stepper(ready, 0, nothing, Computer(ready, nothing, ignore))
        self._step = 0
        self._first: set[nn.Module] = set()
        self._hooks: dict[nn.Module, RemovableHandle] = {
            target.layer: target.layer.register_forward_hook(self._begin_gradient)
            for target in find_targets(base.unet, base.text_encoders)
        }

    def train(self, steps: int) -> list[float]:
        losses = [self._stepper.backward(self._step + each) for each in range(steps)]
        self._step += steps
        self._drop_hooks()
        return [float(loss) for loss in losses]

    def _begin_gradient(self, layer: nn.Module, inputs: object, output: Tensor) -> None:
        if not output.requires_grad:
            output.requires_grad_()
            self._first.add(layer)

    def _drop_hooks(self) -> None:
        """Layers behind the first ones have their gradient anyway: no call for nothing."""
        for layer in self._hooks.keys() - self._first:
            self._hooks.pop(layer).remove()


def _nothing(trainer: Trainer) -> None:
    """Nothing falls due between two steps of a benchmark."""
