"""How a batch becomes gradients: as PyTorch runs it, by compiled blocks, from recordings, or both.

What was asked for is tried before it is relied on. Whatever fails there, or later at a new shape of
batch, is told once, and everything goes on as PyTorch runs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Tensor

from lora_wizard.models.denoising import Conditions, predict
from lora_wizard.recipe.training import Compile
from lora_wizard.runs import Note, Phase
from lora_wizard.train.capture import Recorder, Recordings, cuda_recorder
from lora_wizard.train.compiling import compile_blocks, plain_again
from lora_wizard.train.drawing import Drawn
from lora_wizard.train.gradients import Gradients
from lora_wizard.train.loss import diffusion_loss
from lora_wizard.train.prepare import Prepared

Way = Literal["plain", "recorded", "compiled", "compiled and recorded"]
WAYS: tuple[Way, ...] = get_args(Way)
TRIALS = 3
"""Runs of each way when the fastest is looked for, after one that does not count."""
Tell = Callable[[Note | Phase], None]


class Computer:
    """Computes the gradients of batches.

    Args:
        ready: what is trained.
        gradients: of the learned numbers.
        tell: is told what takes long, and what failed.
        way: the way a resumed run computed; None to choose by the recipe.
        backend: of torch.compile.
        recorder: what records; None for CUDA graphs on a GPU, and nothing elsewhere.

    Attributes:
        way: How it computes now; None until the first batch has decided it.
        delay: Seconds that went into trials, compiling and recording so far.
    """

    def __init__(
        self,
        ready: Prepared,
        gradients: Gradients,
        tell: Tell,
        *,
        way: str | None = None,
        scale: Callable[[Tensor], Tensor] | None = None,
        backend: str = "inductor",
        recorder: Recorder | None = None,
    ) -> None:
        self._ready, self._gradients, self._tell = ready, gradients, tell
        self._scale, self._backend = scale, backend
        self._device = ready.base.device
        if recorder is None and self._device.type == "cuda":
            recorder = cuda_recorder(self._device)
        self._recorder = recorder
        self._velocity = ready.base.prediction_type == "v_prediction"
        self._blocks: list[torch.nn.Module] = []
        self._recordings: Recordings | None = None
        self._ready_shapes: set[tuple[object, ...]] = set()
        self.delay = 0.0
        self.way: Way | None = None
        asked = next((one for one in WAYS if one == way), None)
        chosen = asked or self._asked_for(ready.recipe.training.compile)
        if chosen is not None:
            self._take(chosen)

    def add_gradients(self, drawn: Drawn, among: int) -> Tensor:
        """Adds the gradients of a batch that is one `among` so many in its step.

        Returns:
            Its share of the step's loss: a scalar still on the device, without gradient.
        """
        if self.way is None:
            self._choose(drawn, among)
        if self.way != "plain" and (among, drawn.shape) not in self._ready_shapes:
            self._make_ready(drawn, among)
        return self._run(drawn, among)

    def gives_up(self, error: Exception) -> bool:
        """After an error in a step: whether it can be done again in the plain way."""
        if self.way in (None, "plain"):
            return False
        self._fail(self.way or "plain", error)
        self._take("plain")
        return True

    def _run(self, drawn: Drawn, among: int) -> Tensor:
        if self._recordings is not None:
            return self._recordings(drawn, among)
        return self._compute(drawn, among)

    def _compute(self, drawn: Drawn, among: int) -> Tensor:
        """Forward and backward. Looks at no value, so that it can be recorded."""
        ready, recipe = self._ready, self._ready.recipe
        if ready.drops:
            torch.manual_seed(drawn.seed)
        texts = ready.texts.encoded(drawn.captions)
        conditions = Conditions(texts.hidden, texts.pooled, drawn.sizes)
        predicted = predict(ready.base.unet, drawn.diffused.noisy, drawn.times, conditions)
        loss = diffusion_loss(
            predicted,
            drawn.diffused,
            drawn.alphas,
            training=recipe.training,
            loss=recipe.loss,
            regularisation=drawn.regularisation,
            progress=drawn.times / ready.base.noise_scheduler.config.num_train_timesteps,
            mask=drawn.mask,
            velocity=self._velocity,
            weighed_by=drawn.weighed_by,
        )
        loss = loss / among
        (loss if self._scale is None else self._scale(loss)).backward()
        return loss.detach()

    def _asked_for(self, compile: Compile) -> Way | None:
        """The way that the recipe means; None where it is to be measured.

        On a CPU `auto` is the plain way: compiled blocks gain 7 % there and take a minute.
        """
        cuda = self._device.type == "cuda"
        if compile == "off" or (compile == "auto" and not cuda):
            return "plain"
        if compile == "auto":
            return None
        return "compiled and recorded" if self._can_record() else "compiled"

    def _can_record(self) -> bool:
        """Dropouts and checkpointing play with random generators in ways that no graph repeats."""
        checkpointing = self._ready.recipe.training.gradient_checkpointing
        return self._recorder is not None and not self._ready.drops and not checkpointing

    def _take(self, way: Way) -> None:
        plain_again(self._blocks)
        self._blocks, self._recordings = [], None
        self._ready_shapes.clear()
        if "compiled" in way:
            models = [self._ready.base.unet, *self._ready.base.text_encoders]
            self._blocks = compile_blocks(models, backend=self._backend)
        if "recorded" in way and self._recorder is not None:
            self._recordings = Recordings(self._compute, self._gradients, self._recorder)
        self.way = way

    def _make_ready(self, drawn: Drawn, among: int) -> None:
        """The first batch of a shape, once for nothing: what is slow about it happens here."""
        began = time.perf_counter()
        self._tell(Phase("compiling"))
        with self._gradients.aside():
            self._run(drawn, among)
        self._wait()
        self._ready_shapes.add((among, drawn.shape))
        self._tell(Phase("training"))
        self.delay += time.perf_counter() - began

    def _choose(self, drawn: Drawn, among: int) -> None:
        """The way that is fastest for this batch, by trying."""
        began = time.perf_counter()
        self._tell(Phase("compiling"))
        seconds: dict[Way, float] = {}
        for way in WAYS:
            if "recorded" in way and not self._can_record():
                continue
            try:
                self._take(way)
                seconds[way] = self._timed(drawn, among)
            except Exception as error:
                if way == "plain":
                    raise
                self._fail(way, error)
        fastest = min(seconds, key=lambda way: seconds[way])
        self._take(fastest)
        said = ", ".join(f"{way} {taken * 1e3:.0f} ms" for way, taken in seconds.items())
        self._tell(Note("info", f"steps are computed in the fastest way: {fastest} ({said})"))
        self.delay += time.perf_counter() - began

    def _timed(self, drawn: Drawn, among: int) -> float:
        """Seconds of one run, the shortest of a few."""
        with self._gradients.aside():
            self._run(drawn, among)
            taken = []
            for _ in range(TRIALS):
                self._wait()
                began = time.perf_counter()
                self._run(drawn, among)
                self._wait()
                taken.append(time.perf_counter() - began)
        return min(taken)

    def _fail(self, way: Way, error: Exception) -> None:
        reason = " ".join(str(error).split())[:300]
        self._tell(Note("warning", f"steps cannot be {way} here, so they are computed as PyTorch "
                                   f"runs them: {type(error).__name__}: {reason}"))  # fmt: skip

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
