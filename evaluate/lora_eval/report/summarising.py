"""A report out of judged folders. Pure: the same folders always give the same report."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.calibrate.known import known
from lora_eval.judged import JudgedFolder
from lora_eval.judges import registered
from lora_eval.report.comparing import compare_all
from lora_eval.report.curving import curves, equal_likeness, with_reasons
from lora_eval.report.epochs import choose_epochs
from lora_eval.report.joining import Entry, Joined, join
from lora_eval.report.rating import mean_likeness, rate
from lora_eval.report.results import Comparison, EqualLikeness, Rate
from lora_eval.report.summary import ContenderFacts, JudgedWithFacts, JudgeFacts, Suite, Summary
from lora_eval.report.wording import (
    comparison_sentence,
    power_sentence,
    rate_sentence,
    warnings,
)

_ORDER = {"main": 0, "further": 1, "experimental": 2}


def summarise(folders: Sequence[JudgedFolder]) -> Summary:
    """Everything that the report says.

    Raises:
        PicturesError: the folders cannot be compared; everything that differs is named.
    """
    joined = join(folders)
    judges = _judges(joined)
    names = [each.name for each in judges]
    main = [each.name for each in judges if each.importance == "main"]
    rates = tuple(rate(joined, entry, judge) for judge in names for entry in joined.entries)
    comparisons = compare_all(joined, names)
    equal = with_reasons(equal_likeness(joined, main), comparisons)
    contenders = tuple(_facts(joined, entry) for entry in joined.entries)
    return Summary(
        suite=_suite(joined),
        judged_with=_judged_with(joined),
        folders=tuple(folder.folder for folder in folders),
        missing=sum(folder.missing for folder in folders),
        judges=judges,
        contenders=contenders,
        rates=rates,
        comparisons=comparisons,
        curves=curves(joined, names),
        equal_likeness=equal,
        epochs=choose_epochs(joined, main),
        sentences=_sentences(joined, judges, rates, comparisons, equal),
        warnings=tuple(warnings(joined)),
        power=power_sentence(max((each.pairs for each in comparisons), default=0)),
    )


def _judges(joined: Joined) -> tuple[JudgeFacts, ...]:
    detector = joined.folders[0].judged_with.detector
    facts = []
    for each in sorted(registered().values(), key=lambda judge: _ORDER[judge.importance]):
        reliability = known(each.name, detector)
        facts.append(
            JudgeFacts(
                name=each.name,
                title=each.title,
                definition=each.definition,
                importance=each.importance,
                reliability=str(reliability) if reliability else "not calibrated here",
                f1=reliability.f1 if reliability else None,
                reliable=reliability.reliable if reliability else None,
            )
        )
    return tuple(facts)


def _facts(joined: Joined, entry: Entry) -> ContenderFacts:
    who = entry.contender
    unreadable = sum(bool(row.problem) for row in entry.rows)
    return ContenderFacts(
        id=entry.id,
        label=who.label,
        is_base=entry.is_base,
        file=who.path,
        sha256=who.sha256,
        factor=who.factor,
        series=who.series,
        epoch=who.epoch,
        step=who.step,
        rank=who.rank,
        alpha=who.alpha,
        moved=who.moved,
        pictures=len(entry.rows) - unreadable,
        unreadable=unreadable,
        sources=entry.sources,
        likeness=mean_likeness(entry.at(joined.strength)),
    )


def _suite(joined: Joined) -> Suite:
    manifest = joined.folders[0].manifest
    pictures = [row.picture for entry in joined.entries for row in entry.rows]
    strengths = sorted({each.strength for each in pictures if each.contender != "base"})
    return Suite(
        name=manifest.suite,
        sha256=manifest.suite_sha256,
        base=manifest.base,
        base_sha256=manifest.base_sha256,
        sampler=manifest.sampler,
        steps=manifest.steps,
        guidance=manifest.guidance,
        width=manifest.width,
        height=manifest.height,
        prompts=len({each.prompt_id for each in pictures}),
        seeds=len({each.seed for each in pictures}),
        strengths=tuple(strengths),
        strength=joined.strength,
        trigger=manifest.character.trigger,
    )


def _judged_with(joined: Joined) -> JudgedWithFacts:
    said = joined.folders[0].judged_with
    return JudgedWithFacts(
        detector=said.detector,
        clip=said.clip,
        tagger=said.tagger,
        thresholds_version=said.thresholds_version,
        thresholds_sha256=said.thresholds_sha256,
        own_likeness=said.own_likeness,
    )


def _sentences(
    joined: Joined,
    judges: Sequence[JudgeFacts],
    rates: Sequence[Rate],
    comparisons: Sequence[Comparison],
    equal: Sequence[EqualLikeness],
) -> tuple[str, ...]:
    labels = {entry.id: entry.contender.label for entry in joined.entries}
    # A headline speaks of LoRAs; with one alone, of what it changes against the base.
    base = joined.base.id if joined.base else ""
    found = []
    for judge in judges:
        if judge.importance != "main":
            continue
        own = [each for each in comparisons if each.judge == judge.name and each.b != base]
        if len(joined.loras) < 2:
            own = [each for each in comparisons if each.judge == judge.name]
        found += [comparison_sentence(each, labels, judge.title, equal) for each in own]
        found += [each.text for each in equal if each.judge == judge.name]
    for judge in judges:
        if judge.importance == "main":
            found += [
                rate_sentence(labels[each.contender], judge.title, each)
                for each in rates
                if each.judge == judge.name and each.contender != base
            ]
    return tuple(text for text in found if text)
