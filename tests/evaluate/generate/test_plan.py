"""Which pictures are made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lora_eval.generate.plan import BASE_CONTENDER, plan_pictures
from lora_eval.pictures import BASE, CharacterFacts, Contender, PictureKey
from lora_eval.suite import Suite, SuitePrompt
from tests.evaluate.generate.making import small_suite

MIO = CharacterFacts(trigger="mio", outfit_triggers=("cloth", "stage"))
A = Contender(id="a", label="a", factor=0.7)

ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
suites = st.builds(
    lambda prompts, seeds, strengths: (prompts, seeds, strengths),
    st.dictionaries(ids, st.sampled_from(["{trigger}", "{outfit}", "x"]), min_size=1, max_size=6),
    st.lists(st.integers(0, 2**32 - 1), unique=True, min_size=1, max_size=4),
    st.lists(st.floats(-4, 4, allow_nan=False), unique=True, min_size=1, max_size=4),
)


def suite_of(prompts: dict[str, str], seeds: list[int], strengths: list[float]) -> Suite | None:
    try:
        return Suite(
            format=1,
            name="s",
            title="s",
            seeds=tuple(seeds),
            strengths=tuple(strengths),
            prompts=tuple(SuitePrompt(id=name, text=text) for name, text in prompts.items()),
        )
    except ValueError:  # a prompt called like another one with its number
        return None


@given(suites)
def test_every_picture_has_a_file_and_a_key_of_its_own(
    parts: tuple[dict[str, str], list[int], list[float]],
) -> None:
    suite = suite_of(*parts)
    if suite is None:
        return
    pictures = plan_pictures(suite, (BASE_CONTENDER, A), MIO)
    assert len({each.file.casefold() for each in pictures}) == len(pictures)
    assert len({(each.contender, each.key) for each in pictures}) == len(pictures)
    texts = [prompt.text for prompt in suite.prompts]
    prompts = len(texts) + texts.count("{outfit}")  # two outfits are known
    assert len(pictures) == prompts * len(suite.seeds) * (1 + len(suite.strengths))


def test_the_base_is_drawn_once_for_each_prompt_and_seed() -> None:
    pictures = plan_pictures(small_suite(strengths=(0.5, 1.0)), (BASE_CONTENDER, A), MIO)
    floor = [each.key for each in pictures if each.contender == BASE]
    assert floor == [PictureKey(p, s, 0.0) for p in ("trigger", "kimono") for s in (3, 4)]
    assert pictures[: len(floor)] == tuple(each for each in pictures if each.contender == BASE)


def test_names_tell_what_is_in_the_file() -> None:
    pictures = plan_pictures(small_suite(strengths=(0.7, 1.0)), (A,), MIO)
    assert pictures[0].file == "pictures/a/trigger-s0.7-seed3.png"
    assert pictures[-1].file == "pictures/a/kimono-s1-seed4.png"
    assert pictures[-1].asks.outfit == "kimono" and pictures[-1].strength == 1.0


def test_equal_wishes_give_equal_plans() -> None:
    plans = [plan_pictures(small_suite(), (BASE_CONTENDER, A), MIO) for _ in range(2)]
    assert plans[0] == plans[1]
