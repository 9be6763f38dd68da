"""English sentences of checks and of run logs, in Japanese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import lora_wizard
from lora_wizard.language import catalogue, translated
from lora_wizard.lora.contents import notes_of, read_contents
from lora_wizard.recipe.problems import find_problems
from lora_wizard.recipe.recipe import known_keys

PACKAGE = Path(lora_wizard.__file__).parent
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龥]")
WRONG: list[Any] = [
    *("x", "", "0.5", "a/b", "/x", "mira.safetensors"),
    *(-1, 7, 3, 200, 10**12, 1.5, -0.5, 1e9, float("inf"), float("nan"), True, None),
    *([], ["a"], [1, 2, 3], {}, ["betas"], ["betas=1", "betas=2"], ["lr=3"]),
    *(["middle=x"], ["input_99=3"], ["middle=1e9"]),
]
CROSSED: list[dict[str, Any]] = [
    {"training": {"epochs": 3, "steps": 3}},
    {"training": {"scheduler": "constant", "warmup_ratio": 0.1}},
    {"training": {"optimizer": "adamw_schedule_free", "ema_decay": 0.9}},
    {"training": {"optimizer": "prodigy", "lora_plus_ratio": 4}},
    {"training": {"optimizer": "prodigy", "unet_lr": 0.1, "text_encoder_lr": 0.2}},
    {"training": {"optimizer": "prodigy"}, "network": {"block_rates": ["middle=0.5"]}},
    {"training": {"unet_lr": 0}, "network": {"parts": "unet"}},
    {"validation": {"share": 0.1, "images": "x"}},
    {"data": {"bucket_min": 512, "bucket_max": 256}},
    {"network": {"rnk": 3}},
    {"netwrk": {"rank": 3}},
    {"network": 3},
    {"format": 99},
]


def assert_translated(sentence: str) -> None:
    found = translated(sentence, "ja")
    assert JAPANESE.search(found), sentence
    assert translated(sentence, "en") == sentence


@pytest.mark.parametrize("key", sorted(known_keys()))
def test_whatever_is_wrong_with_a_setting_is_said_in_japanese(key: str) -> None:
    table, _, name = key.rpartition(".")
    for value in WRONG:
        for _, what, fix in find_problems({table: {name: value}} if table else {name: value}):
            assert_translated(what)
            assert not fix or JAPANESE.search(translated(fix, "ja")), fix


@pytest.mark.parametrize("data", CROSSED, ids=str)
def test_so_are_settings_that_contradict_each_other(data: dict[str, Any]) -> None:
    found = find_problems(data)
    assert found
    for _, what, fix in found:
        assert_translated(what)
        assert not fix or JAPANESE.search(translated(fix, "ja")), fix


def notes(folder: str) -> Iterator[tuple[str, str]]:
    """Every sentence that a trainer notes, as far as it stands in the code, with `7` for values."""
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Note"
                and len(node.args) == 2
                and isinstance(node.args[1], ast.JoinedStr | ast.Constant)
            ):
                words = node.args[1]
                parts = words.values if isinstance(words, ast.JoinedStr) else [words]
                sample = "".join(
                    str(one.value) if isinstance(one, ast.Constant) else "7" for one in parts
                )
                yield path.name, sample


@pytest.mark.parametrize(("file", "sentence"), notes("train"))
def test_every_note_of_the_trainer_has_its_japanese(file: str, sentence: str) -> None:
    if sentence not in ("77", "7: 7"):  # made of two values: the second is tested below
        assert_translated(sentence)


LAYER = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"
PEFT = "base_model.model.unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
PAIR = {
    f"{LAYER}.lora_down.weight": torch.ones(2, 8),
    f"{LAYER}.lora_up.weight": torch.ones(8, 2),
    f"{LAYER}.alpha": torch.tensor(2.0),
}


@pytest.mark.parametrize(
    "tensors",
    [
        PAIR | {"bundle_emb.mira.string_to_param.*": torch.ones(1, 8)},
        PAIR | {f"{LAYER}.alpha": torch.tensor(0.0)},
        {f"{PEFT}.lora_A.weight": torch.ones(2, 8), f"{PEFT}.lora_B.weight": torch.ones(8, 2)},
    ],
    ids=["embedding", "alpha 0", "PEFT"],
)
def test_every_note_of_a_lora_file_has_its_japanese(
    tensors: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    (note,) = notes_of(read_contents(tmp_path / "mira.safetensors", tensors, {}))
    assert_translated(f"mira.safetensors: {note}")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            '10_mira: 3 of 13 pictures without a .txt file (a.png): "mira" is their caption.',
            "10_mira：13枚中3枚に .txt ファイルがありません（a.png）。"
            'キャプションは "mira" になります。',
        ),
        (
            "10_mira: 1 caption file (a.txt) is empty: the caption is empty too.",
            "10_mira：キャプションファイル1件（a.txt）が空です。キャプションも空になります。",
        ),
        ("13 transparent pictures, put on #ffffff.", "透過画像13枚を #ffffff の上に置きます。"),
        (
            "heads was taken as 1_heads: its pictures are each seen once an epoch.",
            "heads を 1_heads として扱いました（1エポックに各1回）。",
        ),
        (
            "'x' does not do: input should be a valid integer",
            "'x' は使えません（整数で書いてください）",
        ),
        (
            "the base's convolutions stay as they are, which is slower on a CPU: out of memory",
            "ベースモデルの畳み込みを CPU 向けに並べ替えられないため、遅くなります：out of memory",
        ),
    ],
)
def test_examples(sentence: str, expected: str) -> None:
    assert translated(sentence, "ja") == expected


@given(st.text(max_size=40))
def test_what_is_unknown_stays_as_it_is(sentence: str) -> None:
    assert translated(f"Zzz {sentence}", "ja") == f"Zzz {sentence}"


@pytest.mark.parametrize("key", sorted(catalogue("sentences", "en")))
def test_each_sentence_is_found_again_with_values_in_it(key: str) -> None:
    words = catalogue("sentences", "en")[key]
    names = re.findall(r"{(\w+)}", words)
    sentence = words.format(**{name: f"<{name}>" for name in names})
    expected = catalogue("sentences", "ja")[key].format(**{name: f"<{name}>" for name in names})
    assert translated(sentence, "ja") == expected
