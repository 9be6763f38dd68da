"""The command `lora-eval`. It knows its commands by name, and imports none until called."""

from typing import IO, Any

import click

from lora_eval import __version__
from lora_eval.commands.speaking import language_option, said
from lora_wizard.command_line import LazyCommand, LazyGroup, ShownError
from lora_wizard.output import echo

_HOME = "lora_eval.commands"

COMMANDS = {
    "run": LazyCommand(
        f"{_HOME}.run:command", "Draw a suite with each LoRA and with none, and judge the pictures."
    ),
    "judge": LazyCommand(
        f"{_HOME}.judge:command", "Judge pictures, also those that another program made."
    ),
    "report": LazyCommand(
        f"{_HOME}.report:command", "Say what goes wrong how often, and which LoRA is better."
    ),
    "suites": LazyCommand(f"{_HOME}.suites:command", "List the prompt suites."),
    "label": LazyCommand(f"{_HOME}.label:command", "Label pictures by eye, with the keyboard."),
    "calibrate": LazyCommand(
        f"{_HOME}.calibrate:command", "Say how often the judges are right, by labelled pictures."
    ),
}


class SpokenGroup(LazyGroup):
    """The commands; an error's line begins in the language of the command."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ShownError as error:
            raise SpokenError(error.message, said("error", text=error.message)) from error


class SpokenError(ShownError):
    """A user's mistake in the language of the command, which is over when it is shown."""

    def __init__(self, message: str, line: str) -> None:
        super().__init__(message)
        self.line = line

    def show(self, file: IO[Any] | None = None) -> None:
        echo(self.line, err=True)


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=SpokenGroup, lazy=COMMANDS, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="lora-eval")
@language_option
def main() -> None:
    """Say which LoRA is better, and how sure that is.

    The same prompts and seeds are drawn with each LoRA and with none. Judges look for floating
    heads, split views, outfits that do not come off and other failures; the report gives rates
    with their uncertainty, and says "no clear difference" where there is none.

    \b
    lora-eval run --suite standard --base MODEL --lora A.safetensors --lora B.safetensors --out out
    lora-eval report out
    """
