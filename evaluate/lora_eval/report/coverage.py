"""What was not judged, and what a reader should know before trusting the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lora_eval.language import listed
from lora_eval.report.joining import Entry, Joined
from lora_eval.report.rating import mean_likeness
from lora_eval.report.results import Rate
from lora_eval.report.wording import Words

FEW_PROMPTS = 8
"""With fewer the intervals are of these prompts."""
MUCH_UNKNOWN = 0.1
"""Of a LoRA's pictures: that share without a decision is worth a line."""
NAMES = 3


def not_judged(
    words: Words, joined: Joined, main: Sequence[str], rates: Sequence[Rate]
) -> tuple[str, ...]:
    """Sentences: likeness first, then failures, then pictures that are not there."""
    return (
        *_likeness(words, joined),
        *_failures(words, joined, main, rates),
        *_pictures(words, joined),
    )


def warnings(words: Words, joined: Joined) -> tuple[str, ...]:
    """The manifests' own notes, and whether the prompts are few."""
    found = [note for folder in joined.folders for note in (*folder.manifest.notes, *folder.notes)]
    prompts = {row.picture.prompt_id for entry in joined.entries for row in entry.rows}
    if len(prompts) == 1:
        found.append(words("warning.one_prompt"))
    elif len(prompts) < FEW_PROMPTS:
        found.append(words("warning.few_prompts", count=len(prompts)))
    return tuple(dict.fromkeys(found))


def _likeness(words: Words, joined: Joined) -> Iterator[str]:
    drawn = [entry for entry in joined.entries if _readable(entry)]
    lacking = [entry for entry in drawn if mean_likeness(entry.at(joined.strength)) is None]
    if not drawn or not lacking:
        return
    if not any(row.picture.names_character for entry in drawn for row in entry.rows):
        yield words("not_judged.likeness_not_named")
    elif len(lacking) < len(drawn):
        names = words.comma(words.labels[entry.id] for entry in lacking)
        yield words("not_judged.likeness_of", names=names)
    elif not joined.folders[0].judged_with.clip:
        yield words("not_judged.likeness_no_clip")
    elif not any(folder.manifest.character.training_images for folder in joined.folders):
        yield words("not_judged.likeness_no_training")
    else:
        yield words("not_judged.likeness_failed")


def _failures(
    words: Words, joined: Joined, main: Sequence[str], rates: Sequence[Rate]
) -> Iterator[str]:
    there = {entry.id for entry in joined.entries if _readable(entry)}
    for judge in main:
        own = [each for each in rates if each.judge == judge and each.contender in there]
        asked = [each for each in own if each.total]
        if own and not asked:
            yield words("not_judged.not_asked", title=words.capital(judge))
        none = [words.labels[each.contender] for each in asked if not each.decided]
        if none:
            names = words.comma(none)
            yield words("not_judged.none_decided", title=words.capital(judge), names=names)
        parts = [
            words(
                "not_judged.part",
                unknown=each.unknown,
                total=each.total,
                label=words.labels[each.contender],
            )
            for each in asked
            if each.decided and each.unknown / each.total >= MUCH_UNKNOWN
        ]
        if parts:
            shown = words.comma(parts)
            yield words("not_judged.partly", title=words.capital(judge), parts=shown)


def _pictures(words: Words, joined: Joined) -> Iterator[str]:
    empty = [entry for entry in joined.entries if not _readable(entry)]
    if any(not entry.is_base for entry in empty):
        names = words.comma(words.labels[entry.id] for entry in empty if not entry.is_base)
        yield words("not_judged.no_pictures", names=names)
    missing = sum(folder.missing for folder in joined.folders)
    if missing:
        key = "missing_one" if missing == 1 else "missing"
        yield words(f"not_judged.{key}", count=missing)
    unreadable = [row.picture.file for entry in joined.entries for row in entry.rows if row.problem]
    if unreadable:
        key = "unreadable_one" if len(unreadable) == 1 else "unreadable"
        names = listed(unreadable, words.language, limit=NAMES)
        yield words(f"not_judged.{key}", count=len(unreadable), names=names)
    unknown = sum(len(entry.rows) for entry in joined.entries if entry.is_unknown)
    if unknown:
        key = "unknown_one" if unknown == 1 else "unknown"
        yield words(f"not_judged.{key}", count=unknown)
    if joined.base is None or not _readable(joined.base):
        yield words("not_judged.no_base")


def _readable(entry: Entry) -> bool:
    return any(not row.problem for row in entry.rows)
