"""Suites from TOML: what is read, and everything that is wrong with one told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_eval.errors import SuiteError
from lora_eval.suite import find_suite, parse_suite, suite_sha256

GOOD = """
format = 1
name = "mine"
title = "Mine"
seeds = [1, 2]
[[prompts]]
id = "trigger"
text = "{trigger}"
"""


def refusal(text: str) -> SuiteError:
    with pytest.raises(SuiteError) as raised:
        parse_suite(text, "mine.toml")
    return raised.value


def test_a_suite_is_read_with_defaults() -> None:
    suite = parse_suite(GOOD)
    assert suite.seeds == (1, 2) and suite.strengths == (1.0,)
    assert suite.prompts[0].asks.subjects == 1 and suite.prompts[0].names_character
    assert suite.pictures == 2


def test_seeds_may_be_counted() -> None:
    suite = parse_suite(GOOD.replace("[1, 2]", "{ first = 7, count = 3 }"))
    assert suite.seeds == (7, 8, 9)


@pytest.mark.parametrize(
    "seeds", ["{ first = 1, count = 0 }", "{ first = 1, cuont = 2 }", '"all"', "5", "[]", "[-1]"]
)
def test_seeds_that_are_none_are_told_how_to_be_written(seeds: str) -> None:
    error = refusal(GOOD.replace("[1, 2]", seeds))
    assert all(problem.where.startswith("seeds") for problem in error.problems)
    assert len(error.problems) == 1


def test_all_problems_are_told_together_with_the_nearest_spelling() -> None:
    error = refusal(
        GOOD.replace('text = "{trigger}"', 'text = ""\nasks = { framng = "full body" }')
        + '\n[[prompts]]\nid = "Big One"\ntxt = "x"\n[more]\n'
        + "x = 1\n"
    )
    told = {problem.where: str(problem) for problem in error.problems}
    assert "Did you mean framing?" in told["prompts.1.asks.framng"]
    assert "Did you mean text?" in told["prompts.2.txt"]
    assert {"prompts.1.text", "prompts.2.id", "prompts.2.text", "more"} <= told.keys()
    assert "mine.toml" in str(error)


def test_an_empty_suite_says_what_to_write() -> None:
    told = {problem.where: problem.fix for problem in refusal("").problems}
    assert {"format", "name", "title", "seeds", "prompts"} == told.keys()
    assert "[[prompts]]" in told["prompts"]
    none = refusal(GOOD[: GOOD.index("[[prompts]]")] + "prompts = []")
    assert "is empty" in str(none)


def test_wrong_types_are_not_bent_into_right_ones() -> None:
    error = refusal(GOOD.replace("[1, 2]", '["1", true]') + "\n[[prompts]]\nid = 3\ntext = 1.5\n")
    places = {problem.where for problem in error.problems}
    assert {"seeds.1", "seeds.2", "prompts.2.id", "prompts.2.text"} == places


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[1, 2]", "[1, 1]", "seeds hold twice 1"),
        ("seeds =", "strengths = [1, 0.5, 1.0]\nseeds =", "strengths hold twice 1.0"),
        ("[[prompts]]", '[[prompts]]\nid = "trigger"\ntext = "x"\n[[prompts]]', "the id trigger"),
        (
            "[[prompts]]",
            '[[prompts]]\nid = "o"\ntext = "{outfit}"\n'
            '[[prompts]]\nid = "o-1"\ntext = "x"\n[[prompts]]',
            "o-1 is what o becomes",
        ),
    ],
)
def test_nothing_may_be_there_twice(old: str, new: str, said: str) -> None:
    assert said in str(refusal(GOOD.replace(old, new, 1)))


@pytest.mark.parametrize("strength", ["nan", "inf", "9.0", "1979-05-27"])
def test_a_strength_is_a_number_within_reason(strength: str) -> None:
    error = refusal(GOOD.replace("seeds =", f"strengths = [{strength}]\nseeds ="))
    assert error.problems[0].where == "strengths.1"


def test_a_newer_format_is_explained() -> None:
    assert "newer lora-eval" in str(refusal("format = 2\nanything = 1"))


def test_what_is_no_toml_is_told_with_its_line() -> None:
    assert "line 1" in str(refusal("name = mine"))


def test_a_suite_is_found_by_name_or_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())  # as some editors save it
    assert find_suite(str(path)).name == "mine"
    assert find_suite("standard").name == "standard"


@pytest.mark.parametrize(
    ("name", "said"),
    [("standrad", "Did you mean standard?"), ("absent.toml", "cannot be read"), ("/", "no such")],
)
def test_a_suite_that_is_not_there_is_told(name: str, said: str) -> None:
    with pytest.raises(SuiteError, match=said.replace("?", r"\?")):
        find_suite(name)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SuiteError, match="UTF-8"):
        find_suite(str(path))


def test_the_hash_is_of_the_meaning_alone() -> None:
    known = suite_sha256(parse_suite(GOOD))
    rewritten = "# a comment\n" + GOOD.replace("Mine", "Other").replace(
        "[1, 2]", "{ first = 1, count = 2 }"
    )
    assert suite_sha256(parse_suite(rewritten)) == known
    for changed in (GOOD.replace("[1, 2]", "[1, 3]"), GOOD.replace("{trigger}", "{trigger}, maid")):
        assert suite_sha256(parse_suite(changed)) != known
