"""`lora-eval run` and `lora-eval suites` from the command line, on the small base model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from lora_eval.cli import COMMANDS, main
from lora_eval.commands.run import changed
from lora_eval.errors import SuiteError
from lora_eval.pictures import read_manifest
from lora_wizard.models.base import load_base
from tests.evaluate.generate.making import SUITE, small_suite, tags, write_lora

CHEAP = ("--clip", "none", "--tagger", "none", "--offline")


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `small.toml` and `mio.safetensors` for paperdoll."""
    folder = tmp_path_factory.mktemp("material")
    (folder / "small.toml").write_text(SUITE.replace("16", "64"))
    write_lora(load_base("paperdoll"), folder / "mio.safetensors", tags(x={"mio": 3}), size=0.01)
    return folder


def run(material: Path, out: Path, *options: str) -> Result:
    lora, suite = str(material / "mio.safetensors"), str(material / "small.toml")
    arguments = ["run", "--suite", suite, "--lora", lora, "--out", str(out), *options]
    return CliRunner().invoke(main, arguments)


def test_pictures_are_made_judged_and_the_next_command_is_told(
    material: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out 1"
    result = run(material, out, "--seeds", "1", "--trait", "Aqua_Hair", *CHEAP)
    assert result.exit_code == 0, result.output
    assert "4 pictures of 1 LoRA and the base (4 made now)" in result.output
    assert "trigger: mio" in result.output and "4 pictures judged" in result.output
    assert result.output.rstrip().splitlines()[-1].startswith("Compare them: lora-eval report")
    rows = (out / "judgements.jsonl").read_text().splitlines()
    assert len(rows) == 4 and all(json.loads(row)["judgements"] for row in rows)
    assert read_manifest(out).character.traits == ("aqua hair",)
    again = run(material, out, "--seeds", "1", "--trait", "aqua hair", "--no-judge")
    assert "(0 made now)" in again.output and "lora-eval judge '" in again.output


def test_some_bad_loras_end_with_status_3_and_all_bad_with_2(
    material: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_text("no LoRA")
    result = run(material, tmp_path / "a", "--lora", str(bad), "--seeds", "1", "--no-judge")
    assert result.exit_code == 3
    assert result.output.count("left out:") == 1 and "bad.safetensors" in result.output
    only = CliRunner().invoke(main, ["run", "--lora", str(bad), "--out", str(tmp_path / "b")])
    assert only.exit_code == 2 and "None of the LoRAs" in only.output
    assert not (tmp_path / "b").exists()


def test_two_suites_are_not_mixed(material: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(material, out, "--seeds", "1", "--no-judge").exit_code == 0
    other = run(material, out, "--seeds", "1", "--strength", "0.5", "--no-judge")
    assert other.exit_code == 2
    assert "never mixed" in other.output and "strengths: was [1.0], now [0.5]" in other.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--suite", "standrad"), "Did you mean standard?"),
        (("--lora", "x.safetensors:much"), "not a strength"),
        (("--strength", "9"), "--strengths"),
        (("--device", "abacus"), "--device abacus"),
        (("--base", "absent.safetensors"), "absent.safetensors"),
    ],
)
def test_mistakes_end_with_status_2_and_no_traceback(
    material: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    result = run(material, tmp_path / "out", *options)
    assert result.exit_code == 2 and said in result.output, result.output
    assert "Traceback" not in result.output and not (tmp_path / "out").exists()


def test_overrides_change_the_suite() -> None:
    suite = changed(small_suite(), {"seeds": 3, "strengths": (0.5, 0.5), "steps": 7})
    assert (suite.seeds, suite.strengths, suite.steps) == ((3, 4, 5), (0.5,), 7)
    assert suite.prompts == small_suite().prompts
    untouched = changed(small_suite(), {"seeds": None, "strengths": (), "steps": None})
    assert untouched == small_suite()
    with pytest.raises(SuiteError, match="strengths"):
        changed(small_suite(), {"seeds": None, "strengths": (9.0,), "steps": None})


def test_suites_are_listed_and_shown(tmp_path: Path) -> None:
    listed = CliRunner().invoke(main, ["suites"])
    assert "standard" in listed.output and "64 pictures a LoRA" in listed.output
    shown = CliRunner().invoke(main, ["suites", "strength"])
    assert "0.3, 0.5, 0.7, 1" in shown.output and "{trigger}, garden" in shown.output
    assert CliRunner().invoke(main, ["suites", "absent"]).exit_code == 2


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom lora_eval.cli import main\n"
        "for words in (['--help'], ['run', '--help'], ['suites']):\n"
        "    main(words, standalone_mode=False)\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'open_clip', 'scipy', 'skimage'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS) and "--training-outfit" in done.stdout


def test_an_unknown_command_is_told() -> None:
    result = CliRunner().invoke(main, ["jugde"])
    assert result.exit_code == 2 and "jugde" in result.output
