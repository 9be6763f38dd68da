"""LoRA calls in the prompts of `lora-wizard sample`: which files they mean, and what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from lora_wizard.cli import main
from lora_wizard.commands.chosen_loras import ChosenLora, choose_loras, parse_lora
from lora_wizard.commands.drawing import _notes_on_calls
from lora_wizard.errors import LoraFileError

MIRA = ChosenLora(Path("loras/Mira.safetensors"))


@pytest.mark.parametrize(
    "name", ["Mira.safetensors", "sub/Mira", "sub\\Mira.safetensors", "mira", "Mira .safetensors"]
)
def test_a_name_with_folder_or_ending_gets_a_hint(name: str) -> None:
    with pytest.raises(LoraFileError, match="Write <lora:Mira:1>"):
        choose_loras([f"<lora:{name}:1>"], [MIRA], [])


def test_blanks_at_the_ends_do_not_matter() -> None:
    blank = ChosenLora(Path("loras/eve .safetensors"))
    chosen = choose_loras(["<lora: Mira :1><lora:eve :0.5>"], [MIRA, blank], [])
    (loras,) = chosen.values()
    assert [(lora.path, lora.strength) for lora in loras] == [(MIRA.path, 1.0), (blank.path, 0.5)]


def test_weights_of_the_text_encoders_add_up_by_themselves() -> None:
    prompt = "<lora:Mira:te=0.5:unet=0.8><lyco:Mira:0.1>"
    ((lora,),) = choose_loras([prompt], [MIRA], []).values()
    assert lora.strength == pytest.approx(0.9) and lora.text_strength == pytest.approx(0.6)
    ((same,),) = choose_loras(["<lora:Mira:te=0.5:unet=0.5>"], [MIRA], []).values()
    assert same == ChosenLora(MIRA.path, 0.5)
    ((text,),) = choose_loras(["<lora:Mira:te=0.5:unet=0>"], [MIRA], []).values()
    assert (text.strength, text.text_strength) == (0.0, 0.5)


@pytest.mark.parametrize("call", ["<lora:Mira:nan>", "<LORA:Mira:inf>", "<lora:Mira:1e999>"])
def test_a_strength_that_is_not_finite_is_an_error(call: str, tmp_path: Path) -> None:
    words = ["sample", "--prompt", f"mira {call}", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2 and call in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("strength", ["9" * 400, "101", "-101", "nan"])
def test_a_strength_behind_a_file_has_the_same_limit(strength: str) -> None:
    with pytest.raises(LoraFileError, match="not a strength"):
        parse_lora(f"a.safetensors:{strength}")
    assert parse_lora("a.safetensors:100").strength == 100


def test_what_does_nothing_is_named() -> None:
    notes = "\n".join(_notes_on_calls(["a <hypernet:x:1> <lora:Mira:1:1:lbw=ALL>"]))
    assert "<hypernet:x:1> is not a LoRA call" in notes and "lbw=ALL" in notes
    assert not list(_notes_on_calls(["a <lora:Mira:te=0.5:unet=0.8>, <3"]))
