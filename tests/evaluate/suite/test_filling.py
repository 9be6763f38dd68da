"""Prompts as they are drawn."""

from __future__ import annotations

from lora_eval.suite import Suite, parse_suite
from lora_eval.suite.filling import filled_prompts, left_out
from lora_wizard.models.prompt import parse_prompt


def suite(*texts: str) -> Suite:
    prompts = "".join(f"[[prompts]]\nid = 'p{n}'\ntext = '{t}'\n" for n, t in enumerate(texts))
    return parse_suite(f"format = 1\nname = 's'\ntitle = 's'\nseeds = [1]\n{prompts}")


def test_triggers_are_filled_in() -> None:
    filled = list(filled_prompts(suite("{trigger}, maid", "1girl"), "mio", ()))
    assert [(each.text, each.names_character) for each in filled] == [
        ("mio, maid", True),
        ("1girl", False),
    ]


def test_each_outfit_trigger_gets_a_prompt_of_its_own() -> None:
    filled = list(filled_prompts(suite("{outfit}, {trigger}"), "mio", ("miocloth", "miostage")))
    assert [(each.id, each.text) for each in filled] == [
        ("p0-1", "miocloth, mio"),
        ("p0-2", "miostage, mio"),
    ]


def test_prompts_for_outfits_that_nobody_named_are_left_out_and_told() -> None:
    mine = suite("{trigger}", "{outfit}")
    assert [each.id for each in filled_prompts(mine, "mio", ())] == ["p0"]
    assert "p1" in left_out(mine, ())[0] and left_out(mine, ("a",)) == []


def test_lora_calls_are_taken_out_and_told() -> None:
    mine = suite("{trigger}, city, <lora:style:0.5>")
    assert [each.text for each in filled_prompts(mine, "mio", ())] == ["mio, city"]
    assert "p0" in left_out(mine, ())[0]


def test_brackets_of_a_trigger_are_no_emphasis() -> None:
    (filled,) = filled_prompts(suite("{trigger}, city"), "miku (append)", ())
    assert parse_prompt(filled.text).text == "miku (append), city"
    (escaped,) = filled_prompts(suite("{trigger}, city"), r"miku \(append\)", ())
    assert escaped.text == filled.text


def test_braces_in_a_trigger_are_not_filled_again() -> None:
    (filled,) = filled_prompts(suite("{trigger}"), "{trigger}", ())
    assert filled.text == "{trigger}"
