"""LoRA calls in prompts, as A1111 and its kin read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.errors import LoraWizardError
from lora_wizard.models.lora_calls import STRONGEST, LoraCall, extract_loras, read_calls
from lora_wizard.models.prompt import DEEPEST, parse_prompt


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("<lora:mira:0.8>", LoraCall("mira", 0.8)),
        ("<lyco:mira:0.8>", LoraCall("mira", 0.8)),
        ("<LORA:mira:0.8>", LoraCall("mira", 0.8)),
        ("<Lyco : mira : .8 >", LoraCall("mira", 0.8)),
        ("<lora:mira>", LoraCall("mira", 1.0)),
        ("<lora:mira:>", LoraCall("mira", 1.0)),
        ("<lora:mira:-1>", LoraCall("mira", -1.0)),
        ("<lora:mira:0.5:0.8>", LoraCall("mira", 0.8, 0.5)),
        ("<lora:mira:te=0.5:unet=0.8>", LoraCall("mira", 0.8, 0.5)),
        ("<lora:mira:unet=0.8:te=0.5>", LoraCall("mira", 0.8, 0.5)),
        ("<lora:mira:te=0.5:unet=0.5>", LoraCall("mira", 0.5)),
        ("<lora:mira:te=0.5>", LoraCall("mira", 0.5)),
        ("<lora:mira:unet=0.8>", LoraCall("mira", 0.8, 1.0)),
        ("<lora:mira:0.7:unet=0.8>", LoraCall("mira", 0.8, 0.7)),
        ("<lora:mira:TE = 0.5:UNET = 0.8:dyn=4>", LoraCall("mira", 0.8, 0.5)),
        ("<lora:mira:1:1,0,0,1>", LoraCall("mira", 1.0)),
        ("<lora:mira:0.8:lbw=OUTD>", LoraCall("mira", 0.8)),
        ("<lora:sub/mira.safetensors:0.8>", LoraCall("sub/mira.safetensors", 0.8)),
    ],
)
def test_a_call_is_read(text: str, call: LoraCall) -> None:
    read = read_calls(f"a {text}, b")
    assert read.calls == (call,) and read.words == "a , b" and read.unreadable == ()
    assert extract_loras(text) == ("", (call,))


@pytest.mark.parametrize(
    "text",
    [
        "<lora:mira:nan>", "<lora:mira:inf>", "<lora:mira:-Infinity>", "<lora:mira:1e999>",
        "<lora:mira:on>", "<lora:mira:0,8>", "<lora:mira:te=nan>", "<lora:mira:unet=x>",
        "<lora:mira:1:nan>", "<lora::1>", "<lora:>", "<lora: :1>", f"<lora:mira:{'9' * 5000}>",
        "<lyco:mira:nan>", "<lora:mira:0.8@0.5>",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_and_loses_no_other_call(text: str) -> None:
    read = read_calls(f"<lora:a:0.5> {text} <lora:b>")
    assert [call.name for call in read.calls] == ["a", "b"] and read.unreadable == (text,)
    with pytest.raises(LoraWizardError, match="not a LoRA call"):
        extract_loras(text)


def test_all_unreadable_calls_are_named_together() -> None:
    with pytest.raises(LoraWizardError) as caught:
        extract_loras("<lora:a:on> <lora:b:nan>")
    assert "<lora:a:on>" in str(caught.value) and "<lora:b:nan>" in str(caught.value)


def test_a_call_that_is_never_closed_is_unreadable() -> None:
    assert read_calls("smile <lora:mira:0.8, hat").unreadable == ("<lora:mira:0.8",)
    assert read_calls("my loras <3, exploration").unreadable == ()


@pytest.mark.parametrize(("strength", "holds"), [(STRONGEST, True), (STRONGEST + 1, False)])
def test_ones_own_strengths_have_a_limit(strength: float, holds: bool) -> None:
    text = f"<lora:mira:{strength:g}>"
    assert read_calls(text).calls[0].strength == strength
    if holds:
        extract_loras(text)
    else:
        with pytest.raises(LoraWizardError, match="too large"):
            extract_loras(text)


def test_other_networks_and_further_parts_are_named() -> None:
    read = read_calls("a <hypernet:x:1> <lora:b:1:1:lbw=ALL:dyn=4>")
    assert read.others == ("<hypernet:x:1>",) and "<hypernet:x:1>" in read.words
    assert read.ignored == ("lbw=ALL", "dyn=4")


@given(st.text() | st.text("<>:lora=te.0naif \n,"))
def test_any_text_can_be_read_and_strengths_are_finite(text: str) -> None:
    read = read_calls(text)
    for call in read.calls:
        assert call.name and math.isfinite(call.strength)
        assert call.text_strength is None or math.isfinite(call.text_strength)


def test_brackets_without_end_take_no_time_and_have_finite_weights() -> None:
    prompt = parse_prompt("(a" * 20_000)
    (section,) = prompt.sections
    assert max(span.weight for span in section) == pytest.approx(1.1**DEEPEST)
    (span,) = parse_prompt(f"(a:{'9' * 400})").sections[0]
    assert math.isfinite(span.weight)
