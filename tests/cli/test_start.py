"""What needs no model loads no library for models: the command is there at once."""

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "torchvision", "diffusers", "transformers", "accelerate", "peft", "textual"}

CALL = """
import json, sys
from lora_wizard.cli import main
try:
    main(sys.argv[1:], prog_name="lora-wizard")
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def modules_after(*arguments: str) -> set[str]:
    command = [sys.executable, "-c", CALL, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("presets", "list"),
        ("presets", "show", "quick-look"),
        ("presets", "check", "--help"),
        ("train", "--help"),
        ("sample", "--help"),
        ("runs", "--help"),
        ("attach", "--help"),
        ("stop", "--help"),
        ("queue", "list"),
        ("doctor", "--help"),
        ("new", "--help"),
        ("presets", "import", "--help"),
        ("resume", "--help"),
        ("demo", "--help"),
        ("paperdoll", "--help"),
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(arguments: tuple[str, ...]) -> None:
    assert modules_after(*arguments) & HEAVY == set()


def test_help_does_not_even_read_recipes() -> None:
    assert "pydantic" not in modules_after("--help")
