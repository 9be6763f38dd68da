"""LoRA files on the command line."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

import pytest

from lora_eval.generate.contenders import Wanted, parse_wanted, problems_of, read_entrants
from lora_wizard.errors import LoraFileError
from lora_wizard.models.base import BaseModel
from tests.evaluate.generate.making import write_lora


@pytest.mark.parametrize(
    ("text", "path", "factor"),
    [
        ("a.safetensors", "a.safetensors", 1.0),
        ("a.safetensors:0.7", "a.safetensors", 0.7),
        ("a.safetensors:-1", "a.safetensors", -1.0),
        ("a.safetensors: .5 ", "a.safetensors", 0.5),
        ("c:a.safetensors", "c:a.safetensors", 1.0),
        ("c:a.safetensors:2", "c:a.safetensors", 2.0),
    ],
)
def test_a_strength_stands_behind_the_last_colon(text: str, path: str, factor: float) -> None:
    assert parse_wanted(text) == Wanted(Path(path), factor)


@pytest.mark.parametrize("strength", ["much", "1,5", "nan", "1e400", ""])
def test_what_is_no_strength_is_told(strength: str) -> None:
    with pytest.raises(LoraFileError, match="not a strength"):
        parse_wanted(f"a.safetensors:{strength}")


def test_names_and_headers_tell_epoch_step_and_series(base: BaseModel, tmp_path: Path) -> None:
    told = {"ss_epoch": "6", "ss_steps": "600", "ss_session_id": "17"}
    files = [
        write_lora(base, tmp_path / "mio-000004.safetensors", {"ss_session_id": "17"}),
        write_lora(base, tmp_path / "mio-step00000100.safetensors", {"ss_session_id": "17"}),
        write_lora(base, tmp_path / "mio.safetensors", told),
        write_lora(base, tmp_path / "other.safetensors", {"ss_epoch": "None"}),
    ]
    wanted = [*(Wanted(file) for file in files), Wanted(files[2], 0.5)]
    contenders = [each.contender for each in read_entrants(wanted)[0]]
    assert [(each.epoch, each.step) for each in contenders] == [
        (4, None),
        (None, 100),
        (6, 600),
        (None, None),
        (6, 600),
    ]
    assert len({each.series for each in contenders[:3]}) == 1
    assert len({each.series for each in contenders}) == 3  # a factor makes another curve
    assert contenders[4].id == "mio-x0.5" and contenders[4].factor == 0.5
    assert {(each.rank, each.alpha) for each in contenders} == {(2, 1.0)}
    assert contenders[0].sha256 == hashlib.sha256(files[0].read_bytes()).hexdigest()


def test_ids_are_unique_and_fit_for_folders(base: BaseModel, tmp_path: Path) -> None:
    names = ["a/x", "b/x", "b/X", "c/base", "d/日本 (v2)", "e/..", "f/" + "long" * 40]
    files = [write_lora(base, tmp_path / f"{name}.safetensors") for name in names]
    contenders = [each.contender for each in read_entrants([Wanted(each) for each in files])[0]]
    ids = [each.id for each in contenders]
    assert ids[:4] == ["x", "x-2", "X-3", "base-2"] and ids[5] == "lora"
    assert len({each.casefold() for each in [*ids, "base"]}) == len(files) + 1
    assert all("/" not in each and len(each) <= 64 for each in ids)
    assert [each.label for each in contenders[:2]] == ["a/x", "b/x"]


def test_a_lora_given_twice_takes_part_once(lora: Path) -> None:
    entrants, _ = read_entrants([Wanted(lora), Wanted(lora), Wanted(lora, 0.5)])
    assert [each.contender.id for each in entrants] == ["mio", "mio-x0.5"]


def test_all_that_cannot_be_read_is_told_and_the_rest_is_read(lora: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.safetensors"
    torn.write_bytes(lora.read_bytes()[:-100])
    text = tmp_path / "text.safetensors"
    text.write_text("no LoRA")
    wanted = [torn, lora, text, tmp_path / "absent.safetensors", tmp_path]
    entrants, errors = read_entrants([Wanted(path) for path in wanted])
    assert [each.contender.id for each in entrants] == ["mio"]
    assert [each.where for each in problems_of(errors)] == [
        str(path) for path in wanted if path != lora
    ]


@pytest.mark.parametrize(
    ("header", "metadata"),
    [
        ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 1e400]}}, {}),
        ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, [[]]]}}, {}),
        ({}, {"ss_epoch": "9" * 5000}),
        ({}, {"ss_tag_frequency": "[" * 5000}),
        ({"lora_unet_x.alpha": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}, {}),
        ([], {}),
        (3, {}),
    ],
)
def test_a_lora_with_whatever_is_wrong_is_left_out(
    lora: Path, tmp_path: Path, header: object, metadata: dict[str, str]
) -> None:
    whole = {**header, "__metadata__": metadata} if isinstance(header, dict) else header
    text = json.dumps(whole).encode()
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(struct.pack("<Q", len(text)) + text)
    entrants, errors = read_entrants([Wanted(broken), Wanted(lora)])
    assert [each.contender.id for each in entrants] == ["mio"]
    assert [each.where for each in problems_of(errors)] == [str(broken)]


def test_a_name_that_is_too_long_is_left_out(lora: Path) -> None:
    wanted = parse_wanted(f"{'x' * 300}.safetensors:0.5")
    entrants, errors = read_entrants([wanted, Wanted(lora)])
    assert (len(entrants), len(errors)) == (1, 1)


def test_a_number_that_counts_nothing_is_no_epoch(base: BaseModel, tmp_path: Path) -> None:
    file = write_lora(
        base, tmp_path / "a.safetensors", {"ss_epoch": "9" * 13, "ss_steps": "9" * 12}
    )
    ((entrant,), _) = read_entrants([Wanted(file)])
    assert (entrant.contender.epoch, entrant.contender.step) == (None, 999_999_999_999)


def test_the_short_hash_is_the_one_that_a1111_shows(lora: Path, tmp_path: Path) -> None:
    content = lora.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    (known,) = read_entrants([Wanted(lora)])[0]
    assert known.short_hash == header["__metadata__"]["sshs_model_hash"][:12]
    del header["__metadata__"]
    bare = json.dumps(header).encode()
    bare += b" " * (-len(bare) % 8)
    other = tmp_path / "bare.safetensors"
    other.write_bytes(struct.pack("<Q", len(bare)) + bare + content[8 + length :])
    (told,) = read_entrants([Wanted(other)])[0]
    assert told.short_hash == hashlib.sha256(content[8 + length :]).hexdigest()[:12]
    assert told.short_hash == known.short_hash
