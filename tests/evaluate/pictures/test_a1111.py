"""The text inside a picture, written by us and by others, read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lora_eval.pictures.a1111 import NEGATIVE, parse_generation
from lora_eval.pictures.embedded import text_of
from lora_wizard.models.images import Generation, generation_text

# The format does not escape a line `Negative prompt: ` inside a prompt; no reader can tell it.
odd_words = st.text(
    st.sampled_from('abc ,:"\\\n()<>é日{}') | st.characters(codec="utf-8", exclude_characters="\r"),
    max_size=60,
)
prompts = odd_words.filter(
    lambda text: all(not x.lstrip().startswith(NEGATIVE) for x in text.split("\n"))
)
names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=20)
plain_names = st.from_regex(r"[\w .()-]{1,20}", fullmatch=True).map(str.strip).filter(bool)


@given(
    prompt=prompts,
    negative=prompts,
    seed=st.integers(0, 2**32 - 1),
    guidance=st.floats(1, 50).map(lambda value: round(value, 3)),
    model=names.filter(bool),
    clip_skip=st.integers(1, 12),
    loras=st.dictionaries(plain_names, st.from_regex(r"[0-9a-f]{12}", fullmatch=True), max_size=3),
)
@example("", "", 1, 7.0, "m", 1, {})
@example("\n\na: b, c: d, e: f", "\n", 1, 7.0, 'a "b", c: d\\', 2, {"x": "0" * 12})
@example("Steps: 20, Seed: 5, Size: 1x1", "", 1, 7.0, "m", 1, {})
def test_what_we_write_is_read_back(
    prompt: str,
    negative: str,
    seed: int,
    guidance: float,
    model: str,
    clip_skip: int,
    loras: dict[str, str],
) -> None:
    made = Generation(
        prompt=prompt,
        negative=negative,
        seed=seed,
        steps=20,
        sampler="DPM++ 2M",
        guidance=guidance,
        width=512,
        height=768,
        model=model,
        clip_skip=clip_skip,
        loras=tuple(loras.items()),
    )
    read = parse_generation(generation_text(made))
    assert (read.prompt, read.negative) == (prompt, negative)
    assert (read.seed, read.size) == (seed, (512, 768))
    assert read.settings["Model"] == model and read.settings["Sampler"] == "DPM++ 2M"
    assert read.settings["CFG scale"] == f"{guidance:g}"
    assert read.settings.get("Clip skip", "1") == str(clip_skip)
    assert read.lora_hashes == loras


@given(st.text(max_size=200))
def test_anything_is_a_text(text: str) -> None:
    read = parse_generation(text)
    assert len(read.prompt) + len(read.negative) <= len(text)


def test_a_text_of_forge_is_understood() -> None:
    read = parse_generation(
        "mio, (kimono:1.2), <lora:mio:0.8>\nin a garden\n"
        "Negative prompt: lowres, bad anatomy\nblurry\n"
        "Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 123, "
        "Size: 832x1216, Model hash: 6ce0161689, Model: any, VAE hash: 735e4c3a44, "
        'Lora hashes: "mio: c6efecad3dd6, style, v2: 0123456789ab", '
        'Hashes: {"vae": "735e"}, ADetailer prompt: "a, \\"b\\"", Version: f2.0.1'
    )
    assert read.prompt == "mio, (kimono:1.2), <lora:mio:0.8>\nin a garden"
    assert read.negative == "lowres, bad anatomy\nblurry"
    assert read.settings["Schedule type"] == "Karras" and read.settings["Version"] == "f2.0.1"
    assert read.settings["ADetailer prompt"] == 'a, "b"'
    assert read.lora_hashes["mio"] == "c6efecad3dd6"


def test_a_prompt_without_settings_stays_a_prompt() -> None:
    assert parse_generation("a girl: smiling, at: night").prompt == "a girl: smiling, at: night"
    assert (
        parse_generation("one\ntime: night, place: city").prompt == "one\ntime: night, place: city"
    )


@pytest.mark.parametrize("value", ["-1", "1.5", "²", "", "abc"])
def test_an_odd_seed_is_no_crash(value: str) -> None:
    seed = parse_generation(f"x\nSteps: 1, Seed: {value}, Size: ²x3, CFG scale: 1")
    assert seed.seed in (-1, None) and seed.size is None


def test_the_text_is_found_in_png_jpeg_and_webp(tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 8))
    information = PngInfo()
    information.add_itxt("parameters", "日本, maid")
    image.save(tmp_path / "a.png", pnginfo=information)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "日本, maid".encode("utf-16-be")
    for name in ("b.jpg", "c.webp"):
        image.save(tmp_path / name, exif=exif)
    for path in sorted(tmp_path.iterdir()):
        with Image.open(path) as found:
            assert text_of(found) == "日本, maid", path.name


def test_a_comfyui_picture_has_no_text(tmp_path: Path) -> None:
    information = PngInfo()
    information.add_text("prompt", '{"3": {"class_type": "KSampler"}}')
    information.add_text("workflow", "{}")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=information)
    with Image.open(tmp_path / "a.png") as found:
        assert text_of(found) == ""
