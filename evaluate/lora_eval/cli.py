"""The command `lora-eval`. It says what it will do, and pretends nothing until then."""

import click

from lora_eval import __version__


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lora-eval")
@click.pass_context
def main(context: click.Context) -> None:
    """Compare LoRAs by drawing with them and judging the pictures.

    This version cannot judge anything yet: it has no commands. A later version will draw fixed
    prompts with each LoRA, count failures (floating heads, split views, locked outfits) and
    likeness, and report them with their uncertainty. Until then, `lora-wizard sample` draws
    the same prompts and seeds with several LoRAs for your own eyes.
    """
    click.echo(context.get_help())
