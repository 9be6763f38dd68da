"""`lora-wizard check` on the drawn characters' material."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lora_wizard.cli import main
from lora_wizard.paperdoll.characters import DEMO_CHARACTER
from lora_wizard.paperdoll.material import write_material
from tests.cli.test_start import HEAVY, modules_after


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("check", *arguments), prog_name="lora-wizard")


def keys(result: Result) -> set[str]:
    assert result.exit_code == 0, result.output
    return {advice["key"] for advice in json.loads(result.stdout)["advice"]}


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("material") / "heads"
    write_material("head-only", DEMO_CHARACTER, out)
    return out


def test_the_articles_heads_get_the_articles_advice(heads: Path) -> None:
    found = keys(call(str(heads), "--json"))
    expected = {"heads_alpha", "heads_regularisation", "heads_strength", "heads_masks"}
    assert found == {*expected, "transparent"}


def test_the_preset_that_cures_is_not_complained_about(heads: Path) -> None:
    found = keys(call(str(heads), "--preset", "head-only-alpha1", "--json"))
    assert found == {"heads_regularisation", "heads_masks", "transparent"}


def test_the_articles_many_outfits_are_sound_but_for_what_it_saw(tmp_path: Path) -> None:
    write_material("full-body-many-outfits", DEMO_CHARACTER, tmp_path / "out")
    assert keys(call(str(tmp_path / "out"), "--json")) == {"closed_eyes", "same_background"}


def test_the_articles_one_outfit_is_told_to_be_baked_in(tmp_path: Path) -> None:
    write_material("full-body-one-outfit", DEMO_CHARACTER, tmp_path / "out")
    assert keys(call(str(tmp_path / "out"), "--json")) == {"one_outfit", "same_background"}


def test_the_articles_mannequins_are_told_to_split_views(tmp_path: Path) -> None:
    write_material("head-and-mannequin", DEMO_CHARACTER, tmp_path / "out")
    found = keys(call(str(tmp_path / "out"), "--json"))
    assert found == {"mannequin_split_views", "transparent"}


def test_it_says_what_why_and_what_to_do(heads: Path) -> None:
    result = call(str(heads), "--lang", "en")
    assert result.exit_code == 0
    assert "Pictures of the character: 13, for regularisation: 0" in result.stdout
    assert "WARNING  Heads only at full strength" in result.stdout
    assert "Settings: --set network.alpha=1" in result.stdout
    assert "Errors: 0, warnings: 2, hints: 3." in result.stdout


def test_it_speaks_japanese_where_the_terminal_does(
    heads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    result = call(str(heads))
    assert "警告  頭だけを全力で学習すると生首が出ます" in result.stdout


def test_a_folder_that_cannot_be_trained_on_ends_with_1(tmp_path: Path) -> None:
    result = call(str(tmp_path / "nowhere"), "--lang", "en")
    assert result.exit_code == 1
    assert "ERROR  No pictures where they are looked for" in result.stdout
    assert "Errors: 1, warnings: 0, hints: 0." in result.stdout


def test_a_wrong_setting_is_a_users_mistake(heads: Path) -> None:
    result = call(str(heads), "--set", "network.rnk=4")
    assert result.exit_code == 2
    assert "network.rnk" in result.stderr


def test_crops_are_given_to_other_programs(heads: Path) -> None:
    record = json.loads(call(str(heads), "--json").stdout)
    assert len(record["crops"]) == record["pictures"] == 13
    assert record["crops"][0]["head_cut"] is False
    assert record["triggers"] == ["hoshino mio"]


def test_nothing_heavy_is_imported(heads: Path) -> None:
    assert modules_after("check", str(heads)) & HEAVY == {}.keys()
