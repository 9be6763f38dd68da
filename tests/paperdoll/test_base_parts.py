"""The pieces of the base's training that can be checked by themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from lora_wizard.errors import ModelError
from lora_wizard.models.vocabulary import clip_tokenizer
from lora_wizard.paperdoll.base.denoiser import loss_weights, stratified_timesteps
from lora_wizard.paperdoll.base.export import check_place, check_weight
from lora_wizard.paperdoll.base.modules import END_OF_TEXT, SIZES, TOKENS, build_schedule
from lora_wizard.paperdoll.base.plan import as_begun, read_plan, write_plan
from lora_wizard.paperdoll.base.progress import Average, cooled, load_state, save_state
from lora_wizard.paperdoll.base.text import Captions, plain_words, tag_accuracy, tag_loss
from lora_wizard.paperdoll.vocabulary import TAG_GROUPS, groups_of

from .conftest import tiny_plan


def test_the_schedule_is_stable_diffusions() -> None:
    alphas = build_schedule().alphas_cumprod
    assert alphas[0].item() == pytest.approx(1 - 0.00085)
    assert alphas[-1].item() == pytest.approx(0.00466, abs=1e-5)


def test_loss_weights_are_finite_and_rise_towards_noise() -> None:
    weights = loss_weights(build_schedule().alphas_cumprod)
    assert weights.isfinite().all()
    assert weights[0] < 0.01 < 1 < weights[-1] <= 6
    assert (weights.diff() >= -1e-6).all()


def test_timesteps_take_one_from_each_stretch() -> None:
    times = stratified_timesteps(10, 1000, torch.device("cpu"))
    assert (times // 100).tolist() == list(range(10))


def test_the_rate_is_flat_and_then_falls_to_a_fiftieth() -> None:
    assert cooled(1.0, 0.0) == cooled(1.0, 0.69) == 1.0
    falling = [cooled(1.0, 0.7 + 0.03 * step) for step in range(11)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == pytest.approx(0.02)


def test_an_average_lags_behind_its_module() -> None:
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    average = Average.of(module)
    nn.init.ones_(module.weight)
    average.update(module, 0.75)
    assert average.weights["weight"].item() == pytest.approx(0.25)
    assert module.weight.item() == 1


def test_a_state_is_read_back_and_leaves_no_other_file(tmp_path: Path) -> None:
    assert load_state(tmp_path / "a.pt") is None
    save_state(tmp_path / "a.pt", {"seen": 5, "weights": torch.arange(3)})
    state = load_state(tmp_path / "a.pt")
    assert state is not None
    assert state["seen"] == 5
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


def test_captions_come_as_tokens_with_the_tags_they_hold() -> None:
    ids, truth = Captions(seed=1).next(8)
    assert ids.shape == (8, TOKENS)
    assert truth.shape == (8, len(TAG_GROUPS))
    for line, numbers in zip(ids, truth, strict=True):
        assert line[-1] == END_OF_TEXT
        text = str(clip_tokenizer().decode(line.tolist(), skip_special_tokens=True))
        for apart, joined in ((" ,", ","), (" - ", "-"), ("1 girl", "1girl"), ("2 girl", "2girl")):
            text = text.replace(apart, joined)
        assert groups_of(text.strip()) == numbers.tolist()


def test_meaningless_words_are_no_tags() -> None:
    words = plain_words()
    assert len(words) > 10000
    assert all(word.isalpha() and word.islower() for word in words)


def test_reading_all_tags_rightly_gives_no_loss() -> None:
    sizes = [len(group) + 1 for group in TAG_GROUPS]
    truth = torch.tensor([[number % size for size in sizes] for number in (0, 1)])
    parts = [nn.functional.one_hot(truth[:, i], size) for i, size in enumerate(sizes)]
    scores = 50.0 * torch.cat(parts, dim=1).float()[:, None].expand(-1, 2, -1)
    assert tag_loss(scores, truth).item() < 1e-6
    assert tag_accuracy(scores, truth) == 1
    assert tag_accuracy(-scores, truth) == 0


@pytest.mark.parametrize("size", SIZES)
def test_every_shipped_size_fits_the_wheel(size: int) -> None:
    check_weight(SIZES[size])


def test_a_model_that_would_not_fit_the_wheel_is_refused_beforehand() -> None:
    with pytest.raises(ModelError, match="more than the 40 MB"):
        check_weight(replace(SIZES[64], width=256))


def test_a_plan_is_read_as_it_was_written_and_may_grow(tmp_path: Path) -> None:
    for samples in (16, 64):
        plan = tiny_plan(tmp_path, samples=samples)
        assert read_plan(write_plan(plan)) == plan


def test_a_training_is_exported_as_it_was_begun_wherever_it_lies(tmp_path: Path) -> None:
    begun = tiny_plan(tmp_path, samples=24)
    write_plan(begun)
    save_state(begun.state / "unet.pt", {})
    asked = replace(tiny_plan(tmp_path), out=tmp_path / "other", command="another")
    assert as_begun(asked) == replace(begun, out=tmp_path / "other")
    with pytest.raises(ModelError, match="32 px"):
        as_begun(replace(asked, sizes=SIZES[64]))


def test_another_size_in_the_same_place_is_refused(tmp_path: Path) -> None:
    write_plan(tiny_plan(tmp_path))
    with pytest.raises(ModelError, match="32 px"):
        write_plan(replace(tiny_plan(tmp_path), sizes=SIZES[64]))


def test_a_model_never_takes_the_place_of_something_else(tmp_path: Path) -> None:
    check_place(tmp_path / "new")
    check_place(tmp_path)
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ModelError, match="something else"):
        check_place(tmp_path)
