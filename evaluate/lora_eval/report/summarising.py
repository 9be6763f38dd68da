"""A report out of judged folders. Pure: the same folders always give the same report."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.calibrate.known import known
from lora_eval.judged import JudgedFolder
from lora_eval.judges import registered
from lora_eval.language import Language
from lora_eval.report.comparing import compare_all
from lora_eval.report.coverage import not_judged, warnings
from lora_eval.report.curving import curves, equal_likeness, with_reasons
from lora_eval.report.deciding import power_sentences
from lora_eval.report.epochs import choose_epochs
from lora_eval.report.examples import examples
from lora_eval.report.findings import facts
from lora_eval.report.heading import headline
from lora_eval.report.joining import Entry, Joined, join
from lora_eval.report.likening import by_ids, compare_likeness
from lora_eval.report.rating import mean_likeness, rate
from lora_eval.report.results import Finding, Rate, Undecided
from lora_eval.report.saying import finding, undecided_sentence
from lora_eval.report.summary import ContenderFacts, JudgedWithFacts, JudgeFacts, Suite, Summary
from lora_eval.report.undecided import undecided
from lora_eval.report.wording import Words, rate_sentence, reliability_sentence

_ORDER = {"main": 0, "further": 1, "experimental": 2}


def summarise(folders: Sequence[JudgedFolder], language: Language = "en") -> Summary:
    """Everything that the report says.

    Args:
        folders: judged, with the same suite, base and judges.
        language: of titles and sentences.

    Raises:
        PicturesError: the folders cannot be compared; everything that differs is named.
    """
    joined = join(folders, language)
    words = _words(joined, language)
    judges = _judges(joined, words)
    names = [each.name for each in judges]
    main = [each.name for each in judges if each.importance == "main"]
    rates = tuple(rate(joined, entry, judge) for judge in names for entry in joined.entries)
    likenesses = compare_likeness(joined)
    comparisons = compare_all(joined, names, by_ids(likenesses))
    equal = with_reasons(equal_likeness(joined, main), comparisons)
    clear = facts(joined, main, likenesses, comparisons, equal)
    findings = tuple(finding(words, each, rates) for each in clear)
    open_ones = undecided(joined, words.labels, main, likenesses, comparisons, equal)
    return Summary(
        language=language,
        suite=_suite(joined),
        judged_with=_judged_with(joined),
        folders=tuple(folder.folder for folder in folders),
        missing=sum(folder.missing for folder in folders),
        headline=headline(words, joined, main, findings, comparisons, likenesses),
        findings=findings,
        examples=examples(joined, clear[0] if clear else None),
        undecided=open_ones,
        not_judged=not_judged(words, joined, main, rates),
        deciding=power_sentences(words, open_ones, comparisons),
        warnings=warnings(words, joined),
        judges=judges,
        contenders=tuple(_facts(joined, entry, words) for entry in joined.entries),
        rates=rates,
        likenesses=likenesses,
        comparisons=comparisons,
        curves=curves(joined, names),
        equal_likeness=equal,
        epochs=choose_epochs(words, joined, main),
        sentences=_sentences(words, main, findings, open_ones, rates),
    )


def _words(joined: Joined, language: Language) -> Words:
    words = Words(language, {}, joined.base.id if joined.base else "")
    for entry in joined.entries:
        words.labels[entry.id] = words("base") if entry.is_base else entry.contender.label
    return words


def _judges(joined: Joined, words: Words) -> tuple[JudgeFacts, ...]:
    detector = joined.folders[0].judged_with.detector
    facts = []
    for each in sorted(registered().values(), key=lambda judge: _ORDER[judge.importance]):
        reliability = known(each.name, detector)
        facts.append(
            JudgeFacts(
                name=each.name,
                title=each.titled(words.language),
                definition=each.defined(words.language),
                importance=each.importance,
                shows=each.shown_as(words.language),
                reliability=reliability_sentence(words, reliability),
                f1=reliability.f1 if reliability else None,
                reliable=reliability.reliable if reliability else None,
            )
        )
    return tuple(facts)


def _facts(joined: Joined, entry: Entry, words: Words) -> ContenderFacts:
    who = entry.contender
    unreadable = sum(bool(row.problem) for row in entry.rows)
    return ContenderFacts(
        id=entry.id,
        label=words.labels[entry.id],
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
    words: Words,
    main: Sequence[str],
    findings: Sequence[Finding],
    open_ones: Sequence[Undecided],
    rates: Sequence[Rate],
) -> tuple[str, ...]:
    """Clear differences, then comparisons without one, then how often each LoRA fails."""
    return (
        *(words.joined((f"{each.title}{words('stop')}", each.text)) for each in findings),
        *(undecided_sentence(words, each) for each in open_ones),
        *(
            rate_sentence(words, each)
            for judge in main
            for each in rates
            if each.judge == judge and each.contender != words.base
        ),
    )
