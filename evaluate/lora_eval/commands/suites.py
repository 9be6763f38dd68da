"""`lora-eval suites`: the prompt suites that come along."""

from __future__ import annotations

import click

from lora_eval.commands.speaking import language_option, said
from lora_eval.suite import find_suite, shipped_suites
from lora_wizard.output import echo

__all__ = ["command"]


@click.command()
@click.argument("name", required=False)
@language_option
def command(name: str | None) -> None:
    """List the prompt suites, or show the prompts of NAME (a name or a TOML file)."""
    if name is None:
        for suite in shipped_suites():
            line = {"name": f"{suite.name:12}", "pictures": f"{suite.pictures:4}"}
            echo(said("suites.line", **line, title=suite.title))
        echo(f"\n{said('suites.show')}")
        return
    suite = find_suite(name)
    echo(f"{suite.title}\n")
    for prompt in suite.prompts:
        echo(f"{prompt.id:20} {prompt.text}")
    strengths = ", ".join(f"{strength:g}" for strength in suite.strengths)
    echo("\n" + said("suites.negative", negative=suite.negative or said("suites.none")))
    echo(
        said(
            "suites.facts",
            seeds=len(suite.seeds),
            first=suite.seeds[0],
            strengths=strengths,
            sampler=suite.sampler,
            steps=suite.steps,
            guidance=f"{suite.guidance:g}",
            pictures=suite.pictures,
        )
    )
