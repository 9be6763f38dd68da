"""Every way of computing a step gives the plain way's gradients, or says why it cannot."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from lora_wizard.recipe import Recipe
from lora_wizard.runs import Note, Phase, Step
from lora_wizard.train.capture import Recordings
from lora_wizard.train.compiling import compile_blocks, plain_again
from lora_wizard.train.computing import Computer
from lora_wizard.train.drawing import Drawer, Drawn, mapped
from lora_wizard.train.gradients import Gradients
from lora_wizard.train.loop import Trainer
from lora_wizard.train.prepare import Prepared, prepare, read_pictures
from lora_wizard.train.processes import start_accelerator
from lora_wizard.train.step import Stepper

from .conftest import MakeRecipe


def ready_for(recipe: Recipe) -> Prepared:
    accelerator = start_accelerator()
    told: list[Note | Phase] = []
    dataset = read_pictures(recipe, told.append)
    ready = prepare(recipe, dataset, accelerator, "fp32", told.append, packed=False)
    draws = torch.Generator().manual_seed(1)
    with torch.no_grad():  # B is 0 at first, and with it the gradient of A
        for parameter in ready.network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=draws) * 0.05)
    return ready


class Repeated:
    """Records on a CPU: what it repeats is the very function, on the recording's own tensors."""

    def __init__(self) -> None:
        self.recordings = 0

    def __call__(self, run: Callable[[], Tensor]) -> Callable[[], Tensor]:
        self.recordings += 1
        run()
        return run


def steps_of(
    ready: Prepared, count: int = 6, **chosen: Any
) -> tuple[list[tuple[float, list[Tensor]]], list[Note | Phase], Computer]:
    """Loss and gradients of some steps, and what was told."""
    told: list[Note | Phase] = []
    gradients = Gradients(list(ready.network.parameters()))
    gradients.clear()
    computer = Computer(ready, gradients, told.append, **chosen)
    stepper = Stepper(ready, 0, gradients, computer)
    found = []
    for step in range(count):
        loss = stepper.backward(step)
        found.append((float(loss), [p.grad.clone() for p in ready.network.parameters()
                                    if p.grad is not None]))  # fmt: skip
        gradients.clear()
    return found, told, computer


def assert_alike(
    found: list[tuple[float, list[Tensor]]], meant: list[tuple[float, list[Tensor]]]
) -> None:
    for (loss, gradients), (right_loss, right) in zip(found, meant, strict=True):
        assert loss == pytest.approx(right_loss, rel=1e-5)
        for mine, one in zip(gradients, right, strict=True):
            torch.testing.assert_close(mine, one, rtol=1e-3, atol=1e-5 * float(one.abs().max()))


@pytest.fixture(scope="module")
def accumulating(recipe: MakeRecipe) -> Prepared:
    """Batches of two shapes, one to three in a step, with repeated captions in one of them."""
    return ready_for(recipe(training__batch_size="2", training__gradient_accumulation="3"))


def test_recorded_steps_are_the_plain_ones(accumulating: Prepared) -> None:
    meant, _, plain = steps_of(accumulating)
    record = Repeated()
    found, told, computer = steps_of(accumulating, way="recorded", recorder=record)
    assert_alike(found, meant)
    assert (plain.way, computer.way) == ("plain", "recorded")
    shapes = {
        (len(batches), Drawer(accumulating, 0).draw(step, place, shown).shape)
        for step in range(6)
        for batches in [accumulating.batches.at(step)]
        for place, shown in enumerate(batches)
    }
    assert record.recordings == len(shapes) > 1
    assert [event.name for event in told if isinstance(event, Phase)] == [
        "compiling", "training",
    ] * len(shapes)  # fmt: skip
    assert computer.delay > 0


def test_a_recording_is_played_on_tensors_of_its_own(accumulating: Prepared) -> None:
    gradients = Gradients(list(accumulating.network.parameters()))
    computer = Computer(accumulating, gradients, lambda event: None, way="plain")
    seen: list[int] = []

    def run(drawn: Drawn, among: int) -> Tensor:
        seen.append(drawn.diffused.noisy.data_ptr())
        return computer.add_gradients(drawn, among)

    recordings = Recordings(run, gradients, Repeated())
    drawer = Drawer(accumulating, 0)
    shown = accumulating.batches.at(0)[0]
    for step in range(3):
        recordings(drawer.draw(step, 0, shown), 1)
    assert len(set(seen)) == 1
    assert gradients.flat is not None


def test_compiled_blocks_give_the_plain_gradients(recipe: MakeRecipe) -> None:
    ready = ready_for(recipe(training__batch_size="2"))
    meant, _, _ = steps_of(ready, 1)
    found, told, computer = steps_of(ready, 1, way="compiled", backend="aot_eager")
    assert_alike(found, meant)
    assert computer.way == "compiled"
    assert not any(isinstance(event, Note) for event in told)
    computer.gives_up(RuntimeError("undone"))


@pytest.mark.slow
def test_blocks_compiled_to_machine_code_give_the_plain_gradients(accumulating: Prepared) -> None:
    meant, _, _ = steps_of(accumulating, 1)
    found, told, computer = steps_of(accumulating, 1, way="compiled")
    assert_alike(found, meant)
    assert not any(isinstance(event, Note) for event in told)
    computer.gives_up(RuntimeError("undone"))


def test_a_compiler_that_fails_is_told_and_the_steps_are_computed(accumulating: Prepared) -> None:
    def broken(graph: object, inputs: object) -> Any:
        raise RuntimeError("no compiler on this machine")

    meant, _, _ = steps_of(accumulating, 2)
    found, told, computer = steps_of(accumulating, 2, way="compiled", backend=broken)
    assert_alike(found, meant)
    assert computer.way == "plain"
    (note,) = [event for event in told if isinstance(event, Note)]
    assert "cannot be compiled here" in note.text
    assert "no compiler on this machine" in note.text
    assert note.level == "warning"


def test_a_recording_that_fails_late_leaves_no_half_step_behind(accumulating: Prepared) -> None:
    class Breaks(Repeated):
        def __call__(self, run: Callable[[], Tensor]) -> Callable[[], Tensor]:
            if self.recordings == 1:
                run()
                raise RuntimeError("operation not permitted when stream is capturing")
            return super().__call__(run)

    meant, _, _ = steps_of(accumulating)
    found, told, computer = steps_of(accumulating, way="recorded", recorder=Breaks())
    assert_alike(found, meant)
    assert computer.way == "plain"
    assert sum(isinstance(event, Note) for event in told) == 1


def test_an_error_of_the_plain_way_is_nobody_elses(accumulating: Prepared) -> None:
    computer = Computer(accumulating, Gradients([]), lambda event: None)
    assert computer.way == "plain"
    assert not computer.gives_up(RuntimeError("out of memory"))


@pytest.mark.parametrize(
    ("asked", "way"), [("off", "plain"), ("auto", "plain"), ("on", "compiled")]
)
def test_on_a_cpu_blocks_are_compiled_when_asked_for(
    recipe: MakeRecipe, asked: str, way: str
) -> None:
    ready = ready_for(recipe(training__compile=asked))
    computer = Computer(ready, Gradients([]), lambda event: None)
    assert computer.way == way
    computer.gives_up(RuntimeError("undone"))


@pytest.mark.parametrize(
    "settings", [{"network__dropout": "0.1"}, {"training__gradient_checkpointing": "true"}]
)
def test_what_cannot_be_recorded_is_compiled_only(
    recipe: MakeRecipe, settings: dict[str, str]
) -> None:
    ready = ready_for(recipe(training__compile="on", **settings))
    computer = Computer(ready, Gradients([]), lambda event: None, recorder=Repeated())
    assert computer.way == "compiled"
    computer.gives_up(RuntimeError("undone"))


def test_with_dropout_and_checkpointing_a_compiled_step_can_be_repeated(
    recipe: MakeRecipe,
) -> None:
    chosen = recipe(
        training__gradient_checkpointing="true", network__dropout="0.3", network__rank_dropout="0.3"
    )
    ready = ready_for(chosen)
    once, _, _ = steps_of(ready, 2)
    again, _, _ = steps_of(ready, 2)
    for (_, mine), (_, right) in zip(once, again, strict=True):
        assert all(torch.equal(one, other) for one, other in zip(mine, right, strict=True))


def test_a_run_keeps_to_the_way_that_it_began_with(recipe: MakeRecipe) -> None:
    ready, accelerator = ready_for(recipe(training__compile="on")), start_accelerator()
    trainer = Trainer(ready, accelerator, lambda event: None, lambda: False, way="plain")
    assert trainer.state().way == "plain"


def test_what_is_slow_once_is_in_no_steps_seconds(recipe: MakeRecipe) -> None:
    ready = ready_for(recipe(training__steps="2", training__compile="on"))
    steps: list[Step] = []
    told: list[Note | Phase] = []
    trainer = Trainer(ready, start_accelerator(), steps.append, lambda: False, told.append)
    trainer._computer._backend = "aot_eager"
    trainer._computer._take("compiled")
    began = time.perf_counter()
    trainer.run(between_steps=lambda trainer: None)
    taken = time.perf_counter() - began
    assert trainer.seconds == pytest.approx(taken - trainer._computer.delay, abs=0.2)
    assert trainer._computer.delay > 3 * trainer.seconds
    assert trainer.state().way == "compiled"
    trainer._computer.gives_up(RuntimeError("undone"))


def test_blocks_are_plain_again_afterwards(accumulating: Prepared) -> None:
    blocks = compile_blocks([accumulating.base.unet], backend="eager")
    assert {type(block).__name__ for block in blocks} == {"BasicTransformerBlock", "ResnetBlock2D"}
    plain_again(blocks)
    assert all(block._compiled_call_impl is None for block in blocks)


def test_every_tensor_of_a_batch_is_found(accumulating: Prepared) -> None:
    shown = accumulating.batches.at(0)[0]
    drawn = Drawer(accumulating, 0).draw(0, 0, shown)
    doubled = mapped(drawn, lambda tensor: tensor * 2)
    assert torch.equal(doubled.diffused.noisy, drawn.diffused.noisy * 2)
    assert torch.equal(doubled.alphas, drawn.alphas * 2)
    assert doubled.seed == drawn.seed
    assert len(drawn.shape) >= 7


@pytest.mark.skipif(not torch.cuda.is_available(), reason="only a GPU can be waited for")
@pytest.mark.parametrize("parts", ["both", "unet"])
def test_nothing_in_a_step_waits_for_a_gpu(recipe: MakeRecipe, parts: str) -> None:
    ready = ready_for(recipe(network__parts=parts))
    steps_of(ready, 2)
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        gradients = Gradients(list(ready.network.parameters()))
        stepper = Stepper(ready, 0, gradients, Computer(ready, gradients, lambda event: None))
        loss = stepper.backward(0)  # an error, where it waits
    finally:
        torch.cuda.set_sync_debug_mode(before)
    assert torch.isfinite(loss)
