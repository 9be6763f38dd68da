"""`lora-wizard presets`: save, import, export and diff."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from lora_wizard.cli import main
from lora_wizard.output import steering
from lora_wizard.presets import find_preset, own_folder
from lora_wizard.recipe import Recipe, read_recipe, recipe_to_toml, with_settings
from lora_wizard.runs import create_run
from tests.cli.test_start import HEAVY, modules_after

FILES = Path(__file__).parents[1] / "interchange" / "files"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("presets", *arguments), prog_name="lora-wizard")


def done(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refusal(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    return result.stderr


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "mira.toml"
    made = with_settings(Recipe(), {"data.images": "/data/mira", "network.rank": "16"})
    path.write_text(recipe_to_toml(made), encoding="utf-8")
    return path


def test_a_recipe_is_saved_and_what_is_left_out_is_said(recipe: Path) -> None:
    said = done("save", "mine", "--from", str(recipe), "--set", "network.alpha=1", "--title", "Hi")
    assert "belongs to this machine or this LoRA: data.images" in said
    found = find_preset("mine")
    assert (found.title, found.recipe.network.rank, found.recipe.network.alpha) == ("Hi", 16, 1)
    assert "there is one of that name" in refusal("save", "mine", "--from", str(recipe))
    assert "Saved" in done("save", "mine", "--from", str(recipe), "--overwrite")


def test_a_run_and_a_preset_are_saved_too(tmp_path: Path) -> None:
    made = with_settings(Recipe(), {"data.images": "/data/mira", "network.rank": "4"})
    folder = create_run(tmp_path / "run", made)
    done("save", "from-run", "--from", str(folder.path))
    assert find_preset("from-run").recipe.network.rank == 4
    done("save", "from-preset", "--preset", "head-only-alpha1", "--set", "training.steps=100")
    found = find_preset("from-preset").recipe
    assert (found.network.alpha, found.training.steps) == (1, 100)


def test_it_has_to_be_said_what_to_save(recipe: Path) -> None:
    assert "Give either --from" in refusal("save", "mine")
    assert "Give either" in refusal(
        "save", "mine", "--from", str(recipe), "--preset", "head-only-alpha1"
    )


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("derrian_2023_january.json", 128),
        ("derrian_2023_february.json", 32),
        ("derrian_2023_spring.json", 16),
        ("kohya_gui_2023.json", 32),
        ("kohya_gui.json", 16),
        ("sd_flat.toml", 32),
        ("sd_sections.toml", 16),
        ("sd_dataset.toml", 128),
        ("derrian.toml", 24),
    ],
)
def test_every_foreign_format_becomes_a_preset(name: str, rank: int) -> None:
    said = done("import", str(FILES / name), "--lang", "en")
    assert "What became of it" in said
    found = find_preset(name.partition(".")[0])
    assert found.recipe.network.rank == rank
    assert found.recipe.data.images == ""
    assert name in found.title


def test_the_table_says_what_was_taken_translated_and_lost() -> None:
    said = done("import", str(FILES / "kohya_gui.json"), "--dry-run", "--lang", "en")
    for word in ("taken", "translated", "no counterpart", "refused", "(hidden)"):
        assert word in said
    assert not own_folder().exists()
    assert "該当なし" in done("import", str(FILES / "kohya_gui.json"), "--dry-run", "--lang", "ja")


def test_a_part_of_a_file_is_warned_about_above_the_table(tmp_path: Path) -> None:
    path = tmp_path / "part.toml"
    path.write_text('lr_scheduler = "cosine"\n', encoding="utf-8")
    said = done("import", str(path), "--dry-run", "--lang", "en")
    assert "only a part of a training's settings" in " ".join(said.split())
    record = json.loads(done("import", str(path), "--dry-run", "--json", "--lang", "en"))
    assert "network.rank" in record["warnings"][0]


def test_thousands_of_unknown_names_are_counted_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    names = {"LoRA_type": "Standard", "max_resolution": "512"} | {f"k{n}": 1 for n in range(5000)}
    path.write_text(json.dumps(names), encoding="utf-8")
    said = done("import", str(path), "--dry-run", "--lang", "en")
    assert "(+4,940)" in said and "5000 of its 5002" in " ".join(said.split())
    assert len(said) < 40_000


LONG = "a" * 300


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", str(FILES / "sd_flat.toml"), "--as", LONG),
        ("import", str(FILES / "sd_flat.toml"), "--as", "長" * 80),
        ("import", LONG),
        ("import", f"{LONG}.json"),
        ("diff", LONG, "popup-defaults"),
        ("diff", "popup-defaults", f"{LONG}.toml"),
        ("export", "popup-defaults", "--to", LONG),
        ("export", "popup-defaults", "--format", "preset", "--to", LONG),
        ("save", LONG, "--preset", "popup-defaults"),
    ],
)
def test_a_name_that_no_file_can_have_is_refused_in_words(arguments: tuple[str, ...]) -> None:
    assert refusal(*arguments).startswith("Error:")


@pytest.mark.parametrize(("length", "fits"), [(200, True), (201, False)])
def test_a_presets_name_has_room_for_its_endings(length: int, fits: bool) -> None:
    arguments = ("save", "a" * length, "--preset", "popup-defaults")
    assert "Saved" in done(*arguments) if fits else "at most 200 bytes" in refusal(*arguments)


def test_a_file_whose_name_is_not_utf_8_is_imported(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"mira\xe3.toml")
    path.write_bytes((FILES / "sd_flat.toml").read_bytes())
    said = done("import", str(path), "--lang", "en")
    assert "mira-.toml" in said or "Saved" in said
    assert "\\xe3" in find_preset("mira").title


def test_folders_that_toml_cannot_name_are_refused_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "pictures" / os.fsdecode(b"1_mira\xe3")
    folder.mkdir(parents=True)
    Image.new("RGB", (64, 64)).save(folder / "a.png")
    chosen = with_settings(Recipe(), {"data.images": str(tmp_path / "pictures")})
    path = tmp_path / "mira.toml"
    path.write_text(recipe_to_toml(chosen), encoding="utf-8")
    assert "not UTF-8" in refusal("export", str(path), "--to", str(tmp_path / "out"))


def test_settings_of_another_family_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "flux.toml"
    path.write_text('network_module = "networks.lora_flux"\n', encoding="utf-8")
    assert "is for FLUX.1" in refusal("import", str(path))
    assert "is for FLUX.1" in refusal("diff", str(path), "popup-defaults")


@pytest.mark.parametrize("name", ["a.toml", "a.json", "a.txt"])
def test_json_with_comments_is_named_under_any_ending(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('// mine\n{"LoRA_type": "Standard"}', encoding="utf-8")
    assert "comments are not allowed" in refusal("import", str(path))


def test_a_dataset_goes_with_no_preset_of_ours(tmp_path: Path, recipe: Path) -> None:
    message = refusal("import", str(recipe), "--dataset", str(FILES / "sd_dataset.toml"))
    assert "Leave --dataset out" in message


def test_nothing_in_a_file_steers_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "evil.json"
    keys = {"LoRA_type": "Standard", "max_resolution": "512", "a\x1b]0;x\x07": "\u202eb\x9b",
            "lr_scheduler": "\x1b[2J", "optimizer": "\x1b[31m", "output_name": "x\x07"}  # fmt: skip
    path.write_text(json.dumps(keys), encoding="utf-8")
    for more in ((), ("--json",)):
        said = done("import", str(path), "--dry-run", "--lang", "en", *more)
        assert not steering.search(said.replace("\n", "").replace("\t", ""))


def test_other_programs_get_json() -> None:
    record = json.loads(done("import", str(FILES / "sd_flat.toml"), "--json", "--as", "flat"))
    assert record["recipe"]["network"]["rank"] == 32
    assert record["preset"].endswith("flat.toml")
    assert {"source_key", "outcome", "recipe_key", "value", "note"} <= set(record["rows"][0])
    dry = json.loads(done("import", str(FILES / "sd_flat.toml"), "--json", "--dry-run"))
    assert dry["preset"] is None


def test_a_config_is_imported_with_its_dataset() -> None:
    files = (str(FILES / "sd_sections.toml"), "--dataset", str(FILES / "sd_dataset.toml"))
    record = json.loads(done("import", *files, "--json", "--dry-run"))
    assert record["recipe"]["data"]["images"] == "/data/train"


def test_somebodys_preset_is_imported_with_its_words(tmp_path: Path) -> None:
    path = tmp_path / "friend.toml"
    head = 'format = 1\n[preset]\ntitle = "Soft"\nsummary = "For pastels."\n[network]\nrank = 8\n'
    path.write_text(head, encoding="utf-8")
    done("import", str(path))
    found = find_preset("friend")
    assert (found.title, found.summary, found.recipe.network.rank) == ("Soft", "For pastels.", 8)
    assert "Use --as" in refusal("import", str(path))
    done("import", str(path), "--as", "friend-2")
    assert find_preset("friend-2").recipe == found.recipe


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("format = 9\n", "from a newer lora-wizard"),
        ("[network]\nrnk = 3\n", "Did you mean network.rank"),
        ("[network]\nrank = 0\n", "network.rank"),
    ],
)
def test_somebodys_broken_preset_is_explained(tmp_path: Path, text: str, explained: str) -> None:
    path = tmp_path / "friend.toml"
    head = '[preset]\ntitle = "a"\nsummary = "b"\n'
    path.write_text(text + head if text.startswith("format") else head + text, encoding="utf-8")
    assert explained in refusal("import", str(path))


def test_a_pickle_or_yaml_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "evil.yaml"
    path.write_text("!!python/object/apply:os.system ['true']\n", encoding="utf-8")
    assert "not TOML" in refusal("import", str(path))


def test_files_for_sd_scripts_are_written_and_read_back(recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "mira"
    said = done("export", str(recipe), "--to", str(out), "--lang", "en")
    config, dataset = tmp_path / "out/mira-config.toml", tmp_path / "out/mira-dataset.toml"
    assert tomllib.loads(config.read_text(encoding="utf-8"))["network_dim"] == 16
    assert "datasets" in tomllib.loads(dataset.read_text(encoding="utf-8"))
    assert "data.background has no counterpart" in said
    assert "already there" in refusal("export", str(recipe), "--to", str(out))
    done("export", str(recipe), "--to", str(out), "--overwrite")
    assert "training.precision" in done("diff", str(recipe), str(config))


def test_a_preset_is_exported_as_a_file_to_pass_on(recipe: Path, tmp_path: Path) -> None:
    path = tmp_path / "share.toml"
    done("export", "head-only-alpha1", "--format", "preset", "--to", str(path))
    assert "a good preset" in done("check", str(path))
    assert find_preset(str(path)).title == find_preset("head-only-alpha1").title
    other = tmp_path / "mine.toml"
    said = done("export", str(recipe), "--format", "preset", "--to", str(other))
    assert "data.images" in said
    assert "/data/mira" not in other.read_text(encoding="utf-8")


def test_diff_names_the_keys_with_both_values(recipe: Path) -> None:
    said = done("diff", "popup-defaults", str(recipe))
    assert "network.rank         128 -> 16" in said
    assert "the same in every setting" in done("diff", "popup-defaults", "popup-defaults")
    assert "network.rank" in done("diff", "popup-defaults", str(FILES / "derrian_2023_spring.json"))
    assert "there is no preset" in refusal("diff", "popup-default", "quick-look")


def test_a_recipe_without_its_format_line_is_still_ours(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text("[training]\ngradient_checkpointing = true\n", encoding="utf-8")
    assert read_recipe(path).training.gradient_checkpointing is True
    assert "training.gradient_checkpointing  false -> true" in done(
        "diff", "popup-defaults", str(path)
    )


def test_the_list_is_in_the_language_that_is_asked_for() -> None:
    japanese = done("list", "--lang", "ja")
    for name in ("popup-defaults", "head-only-alpha1"):
        title = find_preset(name).words("title", "ja")
        assert f"{name}: {title}"[:40] in japanese
    assert "presets show NAME` で読めます" in japanese
    assert not any(line.strip().startswith(("。", "、", "）")) for line in japanese.splitlines())
    assert "Read one with" in done("list", "--lang", "en")


def test_nothing_heavy_is_imported() -> None:
    name = str(FILES / "kohya_gui.json")
    assert modules_after("presets", "import", name, "--dry-run") & HEAVY == set()
