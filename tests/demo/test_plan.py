"""The demo's plan fits the world that it is drawn in, and its page holds every picture."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from lora_wizard.composing import compose
from lora_wizard.demo import run as demo_run
from lora_wizard.demo.plan import CHARACTER, CURES, FAILS, PROMPTS, SEEDS, Contender
from lora_wizard.demo.run import run_demo
from lora_wizard.demo.show import Column, lay_out, strip
from lora_wizard.errors import RunError
from lora_wizard.paperdoll.material import SCHEMES
from lora_wizard.paperdoll.traits import OUTFITS


@pytest.mark.parametrize("contender", [FAILS, CURES])
def test_each_contender_is_a_recipe_on_the_embedded_base(
    contender: Contender, tmp_path: Path
) -> None:
    recipe = compose(
        source=None,
        preset=contender.preset,
        images=tmp_path,
        regularisation=None,
        base=None,
        name=contender.name,
        settings=contender.settings,
    )
    assert contender.scheme in SCHEMES
    assert recipe.model.base == "paperdoll"
    assert recipe.data.resolution == (64, 64)
    assert recipe.saving.name == contender.name


def test_the_two_contenders_get_the_same_number_of_steps() -> None:
    assert FAILS.settings["training.steps"] == CURES.settings["training.steps"]
    assert FAILS.settings["training.batch_size"] == CURES.settings["training.batch_size"]


def test_prompts_ask_for_outfits_of_the_drawn_world_and_two_name_nobody() -> None:
    assert all(prompt.outfit in OUTFITS for prompt in PROMPTS if prompt.outfit)
    assert [prompt.names_her for prompt in PROMPTS].count(False) == 2


def test_a_strip_holds_its_pictures_side_by_side() -> None:
    pictures = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    whole = strip(pictures)
    assert whole.height == 16
    assert whole.getpixel((0, 8)) == (255, 0, 0)
    assert whole.getpixel((whole.width - 1, 8)) == (0, 0, 255)


def test_the_page_has_a_row_for_each_prompt_and_a_column_for_each_lora() -> None:
    grey = tuple(Image.new("RGB", (16, 16), "grey") for _ in SEEDS)
    one = Column("no LoRA", (grey,) * len(PROMPTS))
    narrow, wide = lay_out([one], "page"), lay_out([one, replace(one, label="a LoRA")], "page")
    assert wide.width > narrow.width
    assert wide.height == narrow.height > len(PROMPTS) * 50


def test_a_finished_demo_is_not_overwritten_without_being_asked(tmp_path: Path) -> None:
    (tmp_path / "demo-sheet.png").write_bytes(b"an earlier page")
    with pytest.raises(RunError, match="an earlier demo lies there"):
        run_demo(tmp_path, Console(quiet=True))
    assert (tmp_path / "demo-sheet.png").read_bytes() == b"an earlier page"


@pytest.mark.slow
def test_the_demo_runs_from_drawing_to_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, contender in (("FAILS", FAILS), ("CURES", CURES)):
        few = {**contender.settings, "training.steps": "2", "network.rank": "4"}
        monkeypatch.setattr(demo_run, name, replace(contender, settings=few))
    console = Console(record=True, width=160)
    run_demo(tmp_path, console)
    said = console.export_text()
    assert (tmp_path / "demo-sheet.png").stat().st_size > 10_000
    assert f"{CHARACTER.hair_colour} hair" in said
    assert (tmp_path / "runs" / CURES.name / f"{CURES.name}.safetensors").is_file()
    assert "Draw more: lora-wizard sample" in said
