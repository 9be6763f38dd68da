"""`lora-eval suites`: the prompt suites that come along."""

from __future__ import annotations

import click

from lora_eval.suite import find_suite, shipped_suites
from lora_wizard.output import echo

__all__ = ["command"]


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the prompt suites, or show the prompts of NAME (a name or a TOML file)."""
    if name is None:
        for suite in shipped_suites():
            echo(f"{suite.name:12} {suite.pictures:4} pictures a LoRA  {suite.title}")
        echo("\nShow one: lora-eval suites NAME. Your own: copy one, and give its path.")
        return
    suite = find_suite(name)
    echo(f"{suite.title}\n")
    for prompt in suite.prompts:
        echo(f"{prompt.id:20} {prompt.text}")
    strengths = ", ".join(f"{strength:g}" for strength in suite.strengths)
    echo(f"\nnegative: {suite.negative or 'none'}")
    echo(
        f"{len(suite.seeds)} seeds from {suite.seeds[0]}, strength {strengths}; {suite.sampler}, "
        f"{suite.steps} steps, guidance {suite.guidance:g}: {suite.pictures} pictures a LoRA"
    )
