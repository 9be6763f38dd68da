"""One's own presets, and preset files with mistakes."""

import json
from pathlib import Path

import pytest

from lora_wizard.errors import PresetError
from lora_wizard.presets import find_preset, list_presets, own_folder, read_preset

HEAD = 'format = 1\n[preset]\ntitle = "Mine"\nsummary = "For me."\n'


@pytest.fixture
def own(own_configuration: Path) -> Path:
    folder = own_configuration / "lora-wizard" / "presets"
    folder.mkdir(parents=True)
    return folder


def refusal(path: Path, text: str) -> PresetError:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PresetError) as caught:
        read_preset(path)
    return caught.value


def test_ones_own_shadows_the_shipped_one_of_the_same_name(own: Path) -> None:
    (own / "quick-look.toml").write_text(HEAD + "[network]\nrank = 2\n", encoding="utf-8")
    preset = find_preset("quick-look")
    assert (preset.origin, preset.title, preset.recipe.network.rank) == ("own", "Mine", 2)
    assert [p.name for p in list_presets().presets].count("quick-look") == 1


def test_a_broken_one_hides_no_other(own: Path) -> None:
    (own / "bad.toml").write_text("format = 1\n", encoding="utf-8")
    (own / "good.toml").write_text(HEAD, encoding="utf-8")
    found = list_presets()
    assert found.presets[0].name == "good"
    assert ["bad.toml" in str(error) for error in found.broken] == [True]


def test_a_relative_configuration_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "here")
    assert own_folder() == Path.home() / ".config" / "lora-wizard" / "presets"


def test_an_unknown_name_brings_the_nearest() -> None:
    with pytest.raises(PresetError, match=r"Did you mean head-only-dim1\?"):
        find_preset("head-only-dim")
    with pytest.raises(PresetError, match="There are: full-body-many-outfits, "):
        find_preset("zzz")


def test_a_path_is_taken_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "friend.toml"
    path.write_text(HEAD, encoding="utf-8")
    assert find_preset(str(path)).title == "Mine"


def test_everything_wrong_is_shown_together_with_its_line(tmp_path: Path) -> None:
    text = '[preset]\ntitel = "x"\nsummary = 3\n[network]\nrnk = 3\n[training]\nsteps = 0\n'
    error = refusal(tmp_path / "bad.toml", text)
    assert [problem.where for problem in error.problems] == [
        "preset",
        "preset.titel (line 2)",
        "preset.summary (line 3)",
        "network.rnk (line 5)",
        "training.steps (line 7)",
    ]
    assert "Did you mean title?" in str(error)
    assert "Did you mean network.rank?" in str(error)


@pytest.mark.parametrize("path", ["/data/mira", "~/mira", "C:\\\\mira", "\\\\\\\\host\\\\mira"])
def test_a_path_of_one_machine_is_refused(tmp_path: Path, path: str) -> None:
    error = refusal(tmp_path / "bad.toml", HEAD + f'[data]\nimages = "{path}"\n')
    assert "is a path of one machine" in str(error)
    assert error.problems[0].where == "data.images (line 6)"


PATH_KEYS = (
    "model.base",
    "model.vae",
    "data.images",
    "data.regularisation",
    "network.continue_from",
    "validation.images",
)


@pytest.mark.parametrize("key", PATH_KEYS)
@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        " /etc/passwd",
        "\t/etc/passwd",
        "../../../etc/passwd",
        "..\\..\\x",
        "\\windows\\x",
        "C:/x",
        " c:\\x",
        "~",
        " ~/x",
        "~root/x",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "$HOME/x",
        "%USERPROFILE%\\x",
        "\u200b/etc/passwd",
        "a.safetensors",
        "a/../../b",
    ],
)
def test_no_setting_of_a_preset_names_a_file(tmp_path: Path, key: str, path: str) -> None:
    table, _, name = key.partition(".")
    text = f"[{table}]\n{name} = {json.dumps(path)}\n"
    error = refusal(tmp_path / "bad.toml", HEAD + text)
    assert "is a path of one machine" in str(error)


def test_the_base_that_comes_along_is_no_path(tmp_path: Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text(HEAD + '[model]\nbase = "paperdoll"\nvae = ""\n', encoding="utf-8")
    assert read_preset(path).recipe.model.base == "paperdoll"


@pytest.mark.parametrize("text", [" /home/me/notes", "file:///x", "\u202a/x", "C:\\x"])
def test_a_path_in_another_text_is_refused_too(tmp_path: Path, text: str) -> None:
    error = refusal(tmp_path / "bad.toml", HEAD + f"[saving]\ncomment = {json.dumps(text)}\n")
    assert "saving.comment" in str(error)


@pytest.mark.parametrize("text", ["1girl, a/b", "smile ~ hat", "c: d", "50% x", "(a:1.2)"])
def test_plain_words_are_no_paths(tmp_path: Path, text: str) -> None:
    path = tmp_path / "good.toml"
    path.write_text(HEAD + f"[saving]\ncomment = {json.dumps(text)}\n", encoding="utf-8")
    assert read_preset(path).recipe.saving.comment == text


def test_a_recipe_without_a_head_is_not_a_preset(tmp_path: Path) -> None:
    assert "Add [preset]" in str(refusal(tmp_path / "bad.toml", "format = 1\n"))


def test_a_file_that_is_not_toml_or_not_there_is_an_error(tmp_path: Path) -> None:
    assert "not TOML" in str(refusal(tmp_path / "bad.toml", "[preset\n"))
    with pytest.raises(PresetError, match="cannot be read"):
        read_preset(tmp_path / "none.toml")


def test_its_texts_may_be_there_in_another_language_each_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + '[preset.ja]\ntitle = "自分用"\n', encoding="utf-8")
    preset = read_preset(path)
    assert preset.words("title", "ja") == "自分用"
    assert preset.words("summary", "ja") == preset.words("summary", "en") == "For me."
    assert preset.words("title", "en") == preset.title == "Mine"


@pytest.mark.parametrize(
    ("table", "where", "what"),
    [
        ("[preset.ja]\ntitel = 'x'\n", "preset.ja.titel (line 6)", "Did you mean title?"),
        ("[preset.ja]\ntitle = 3\n", "preset.ja.title (line 6)", "it is not a text"),
        ("[preset.jp]\ntitle = 'x'\n", "preset.jp", "Known: title, summary, evidence, ja"),
        ("ja = 'x'\n", "preset.ja (line 5)", "it is not a table"),
    ],
)
def test_a_mistake_in_another_language_is_named_with_its_place(
    tmp_path: Path, table: str, where: str, what: str
) -> None:
    error = refusal(tmp_path / "bad.toml", HEAD + table)
    assert error.problems[0].where.startswith(where)
    assert what in str(error)
