"""`lora-wizard demo`: everything once, for whoever has just installed this."""

from pathlib import Path

import click

from lora_wizard.consoles import PlainTextConsole

__all__ = ["command"]


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where pictures, runs and the sheet go.",
)
@click.option("--overwrite", is_flag=True, help="Make the sheet of a finished demo anew.")
def command(out: Path, overwrite: bool) -> None:
    """Draw a character, train two LoRAs of her, and compare them on one sheet.

    Needs no pictures, no GPU and no download; takes some minutes. An interrupted demo goes on
    where it stopped when it is called again.
    """
    from lora_wizard.demo.run import run_demo

    run_demo(out, PlainTextConsole(), overwrite=overwrite)
