"""Questions and recipe belong together, and every text is there in every language."""

from __future__ import annotations

import pytest

from lora_wizard.language import catalogue
from lora_wizard.questions import (
    ALL,
    BEGIN,
    BY_KEY,
    EXPERT,
    LANGUAGES,
    MAIN,
    NEVER_ASKED,
    Language,
    Question,
    text,
)
from lora_wizard.recipe.recipe import known_keys

BUCKET_LIMITS = {"data.bucket_min", "data.bucket_max", "data.bucket_step"}


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.key)
def test_what_a_question_settles_is_in_the_recipe(question: Question) -> None:
    assert set(question.settles) <= set(known_keys())


def test_every_setting_has_one_question_or_a_reason_for_none() -> None:
    settled = [key for question in ALL for key in question.settles]
    assert len(settled) == len(set(settled))
    assert set(settled) | set(NEVER_ASKED) == set(known_keys())
    assert not set(settled) & set(NEVER_ASKED)
    assert all(NEVER_ASKED.values())


def test_keys_are_unique_and_expert_questions_stand_behind_the_others() -> None:
    assert len(BY_KEY) == len(ALL)
    assert all(question.expert for question in EXPERT)
    assert not any(question.expert for question in MAIN)
    assert MAIN[-1].key == "start.more"


def test_an_answer_settles_what_its_question_says() -> None:
    limits = BY_KEY["data.resolution"].settles
    assert set(limits) == BUCKET_LIMITS | {"data.resolution"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", (BEGIN, *ALL), ids=lambda question: question.key)
def test_every_question_has_its_words(question: Question, language: Language) -> None:
    assert question.title(language).endswith(("?", "？")) or "？（" in question.title(language)
    assert len(question.why(language)) > 20
    assert len(question.help(language)) > 15
    assert all(question.choice(choice, language) for choice in question.choices)


def test_no_text_is_left_over() -> None:
    kinds = {"title", "why", "help", "reason", "choices"}
    themes = {"reason", "problem", "fix", "estimate"}
    known = {BEGIN.key, *BY_KEY}
    for key in catalogue("questions", "en"):
        question, _, kind = key.partition(".choices.")[0].rpartition(".")
        if key.partition(".")[0] in themes:
            continue
        if ".choices." in key:
            question, choice = key.split(".choices.")
            assert choice in (BEGIN if question == BEGIN.key else BY_KEY[question]).choices
        else:
            assert question in known
            assert kind.split("_")[0] in kinds


def test_a_missing_text_is_a_bug_and_not_another_language() -> None:
    with pytest.raises(KeyError):
        text("network.rank.nothing", "ja")
