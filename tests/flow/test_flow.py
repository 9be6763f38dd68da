"""Question after question, back and forth, without losing or changing what the user said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lora_wizard.dataset import DatasetFacts, dataset_facts, scan
from lora_wizard.errors import RecipeError
from lora_wizard.flow import REVIEW, Begin, Flow
from lora_wizard.questions import BY_KEY, EMBEDDED, Value
from lora_wizard.recipe import Recipe
from tests.flow.material import dataset_of, flow_for


def reach_review(flow: Flow) -> tuple[Flow, int]:
    """Accepts everything; the flow at the review and how many questions that took."""
    count = 0
    while flow.place != REVIEW:
        flow, count = flow.accept(), count + 1
        assert count < 100
    return flow, count


def test_accepting_everything_on_drawn_heads_gives_a_recipe_in_few_keys(heads: Path) -> None:
    flow, count = reach_review(flow_for(heads))
    recipe = flow.result()
    facts: DatasetFacts = dataset_facts(scan(recipe.data))
    assert count <= 25
    assert recipe.data.images == str(heads)
    assert recipe.model.base == EMBEDDED
    assert recipe.data.resolution == (64, 64)
    assert (recipe.data.bucket_min, recipe.data.bucket_max, recipe.data.bucket_step) == (
        32,
        128,
        16,
    )
    assert facts.training_pictures == 13 * 36
    assert recipe.training.epochs == 7  # 7 * 468 = 3276, nearest to 3200
    assert recipe.network.alpha == 1.0  # heads only
    assert recipe.sampling.prompts == ("1girl, hoshino mio",)
    assert recipe.saving.name == "heads"


def test_pictures_are_needed() -> None:
    flow = Flow().accept()
    assert flow.place == "data.images"
    with pytest.raises(RecipeError, match="no folder of pictures"):
        flow.accept()
    with pytest.raises(RecipeError, match="nothing at"):
        flow.answer("/nowhere/at/all")
    with pytest.raises(RecipeError):
        flow.result()


def test_going_back_shows_the_answer_and_going_on_keeps_it(heads: Path) -> None:
    flow = flow_for(heads).jump("network.rank").answer(16)
    assert flow.place == "network.alpha"
    again = flow.back()
    assert again.place == "network.rank"
    assert again.value("network.rank") == 16
    assert again.accept().value("network.rank") == 16


def test_back_at_the_first_question_stays_there() -> None:
    assert Flow().back().place == Flow().place


def test_a_suggestion_follows_an_earlier_answer_and_an_answer_does_not() -> None:
    flow = Flow().jump("network.rank").answer(16)
    assert flow.value("network.alpha") == 16.0
    fixed = flow.answer(4)
    assert fixed.jump("network.rank").answer(64).value("network.alpha") == 4
    assert fixed.jump("network.alpha").take_suggestion().value("network.alpha") == 16.0


def test_epochs_follow_the_batch_size_until_the_user_says_how_many(heads: Path) -> None:
    flow = flow_for(heads, training__batch_size=4)
    assert flow.value("training.length") == "27 epochs"  # 117 steps each
    asked = flow.jump("training.length").answer("5 epochs")
    assert asked.jump("training.batch_size").answer(1).recipe.training.epochs == 5


def test_epochs_follow_a_resolution_that_is_asked_later() -> None:
    squares = dataset_of((512, 512), (512, 256), (300, 512), repeats=3)
    flow = Flow().with_given({"training.batch_size": 4, "data.images": "."})
    flow = flow.with_dataset(squares, flow.scan_key)
    steps = flow.counted
    assert steps is not None
    assert flow.with_given({"data.buckets": False}).recipe.training.epochs == 1067  # 3 steps


def test_an_answer_that_no_longer_holds_is_flagged_and_kept(tmp_path: Path) -> None:
    flow = Flow().with_given({"data.images": str(tmp_path), "training.learning_rate": 0.0})
    assert "training.learning_rate" in flow.problems
    flow = flow.with_given({"training.unet_lr": 1e-4})
    assert "training.learning_rate" not in flow.problems
    assert flow.recipe.training.learning_rate == 0
    fails = flow.with_given({"training.unet_lr": 0.0})
    assert fails.value("training.learning_rate") == 0.0
    assert fails.problems
    with pytest.raises(RecipeError, match="nothing would be learned"):
        fails.result()


def test_a_vanished_folder_is_flagged(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture = folder / "a.png"
    Image.new("RGB", (64, 64)).save(picture)
    flow = Flow().with_given({"data.images": str(folder)})
    assert not flow.problems
    picture.unlink()
    assert "data.images" in flow.to_review().with_language("ja").problems, "an empty folder"
    folder.rmdir()
    assert "data.images" in flow.to_review().with_language("ja").problems


def test_jumping_from_the_review_comes_back_to_it(heads: Path) -> None:
    flow = flow_for(heads).to_review()
    assert flow.jump("network.rank").answer(8).place == REVIEW
    assert flow.jump("network.rank").back().place == REVIEW
    assert flow.jump("training.seed").accept().place == REVIEW  # an expert's, never asked
    assert flow.back().place == "start.more"


def test_expert_questions_come_only_when_wished_for(heads: Path) -> None:
    flow = flow_for(heads)
    assert not any(question.expert for question in flow.questions)
    more = flow.jump("start.more").answer(True)
    assert more.question is not None and more.question.expert
    assert more.position[1] > flow.position[1]
    less = more.answer("sd1").jump("start.more").answer(False)
    assert less.place == REVIEW
    assert less.value("model.family") == "sd1"


def test_what_does_not_apply_is_not_asked_and_its_answer_waits() -> None:
    flow = Flow().with_given({"training.scheduler": "polynomial", "training.scheduler_power": 2.0})
    assert flow.recipe.training.scheduler_power == 2.0
    constant = flow.with_given({"training.scheduler": "constant", "training.warmup_ratio": 0.1})
    keys = {question.key for question in constant.questions}
    assert not keys & {"training.scheduler_power", "training.warmup_ratio"}
    assert constant.recipe.training.scheduler == "constant"
    assert constant.recipe.training.warmup_ratio == 0
    again = constant.with_given({"training.scheduler": "polynomial"})
    assert again.recipe.training.scheduler_power == 2.0
    assert again.recipe.training.warmup_ratio == 0.1
    with pytest.raises(KeyError):
        constant.jump("training.warmup_ratio")


def test_a_scan_of_other_pictures_does_not_count(heads: Path) -> None:
    flow = flow_for(heads)
    assert flow.counted is not None
    other = flow.with_given({"data.images": str(heads.parent)})
    assert other.counted is None
    assert other.scan_key != other.scanned
    assert other.value("training.length") == "3200 steps"


def test_the_resolution_follows_the_base() -> None:
    flow = Flow().with_given({"model.base": "anime.safetensors"})
    assert flow.recipe.data.resolution == (512, 512)
    large = flow.with_base_family("sdxl").recipe.data
    assert (large.resolution, large.bucket_max) == ((1024, 1024), 2048)


def test_a_preset_is_the_suggestion_and_its_alpha_keeps_its_ratio() -> None:
    start = Recipe.model_validate({"network": {"rank": 32, "alpha": 16.0}})
    flow = Flow(Begin("preset", "small", start))
    assert flow.value("network.rank") == 32
    assert "small" in flow.suggestion("network.rank").reason
    assert flow.jump("network.rank").answer(64).value("network.alpha") == 32.0


def test_another_start_keeps_the_answers() -> None:
    flow = Flow().jump("network.rank").answer(8)
    start = Recipe.model_validate({"training": {"learning_rate": 5e-5}})
    again = flow.restart(Begin("preset", "slow", start))
    assert again.value("network.rank") == 8
    assert again.value("training.learning_rate") == 5e-5
    assert again.place == Flow().place


SOUND: dict[str, list[Value]] = {
    "network.rank": [1, 4, 128],
    "network.alpha": [1, 16.0],
    "training.batch_size": [1, 3],
    "training.length": ["2 epochs", "100 steps"],
    "training.scheduler": ["constant", "polynomial", "cosine"],
    "training.warmup_ratio": [0.0, 0.1],
    "data.resolution": [(64, 64), (512, 768), 3, (65, 64)],
    "data.keep_tokens": [0, 2],
    "data.shuffle_captions": [True, False],
    "start.more": [True, False],
    "training.learning_rate": [0.0, 1e-3, -1],
    "saving.name": ["mio", "a/b", ""],
    "sampling.prompts": [(), ("1girl", "1boy")],
}
STEPS = st.one_of(
    st.just(("accept", "", None)),
    st.just(("back", "", None)),
    st.sampled_from(sorted(BY_KEY)).map(lambda key: ("jump", key, None)),
    st.sampled_from(sorted(SOUND)).flatmap(
        lambda key: st.sampled_from(SOUND[key]).map(lambda value: ("answer", key, value))
    ),
)


@settings(max_examples=30)
@given(st.lists(STEPS, max_size=15))
def test_no_way_through_the_questions_loses_or_changes_an_answer(
    steps: list[tuple[str, str, Value]],
) -> None:
    flow = Flow().with_given({"data.images": "."})
    said: dict[str, Value] = {"data.images": "."}
    for name, key, value in steps:
        try:
            if name == "accept":
                flow = flow.accept()
            elif name == "back":
                flow = flow.back()
            else:
                flow = flow.jump(key)
                if name == "answer":
                    flow = flow.answer(value)
                    said[key] = value
        except (RecipeError, KeyError):
            pass
        assert flow.given == said
        assert all(flow.value(answered) == kept for answered, kept in said.items())
        assert flow.place == REVIEW or flow.place in flow.resolved.applying
        assert Recipe.model_validate(flow.recipe.model_dump()) == flow.recipe
    if not flow.problems:
        assert flow.result() == flow.recipe
