"""How many more pictures would decide what is not clear yet."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.report.numbers import percent
from lora_eval.report.results import Comparison, Undecided
from lora_eval.report.undecided import MOST_TIMES
from lora_eval.report.wording import Words, difference_words
from lora_eval.statistics import detectable_difference


def power_sentences(
    words: Words,
    undecided: Sequence[Undecided],
    comparisons: Sequence[Comparison],
) -> tuple[str, ...]:
    """What it takes to decide the nearest open question, and what this many pairs can show."""
    said = []
    open_ones = [each for each in undecided if not each.at_same_likeness]
    feasible = [each for each in open_ones if each.needed]
    if feasible:
        nearest = min(feasible, key=lambda each: (each.needed or 0) / each.pairs)
        said.append(
            words(
                "power.nearest",
                title=words.capital(nearest.judge),
                a=nearest.label_a,
                b=nearest.label_b,
                difference=difference_words(words, nearest.judge, nearest.difference, None),
                needed=about(nearest.needed or 0),
                times=f"{(nearest.needed or 0) / nearest.pairs:.1f}",
            )
        )
    elif open_ones:
        said.append(words("power.small", times=MOST_TIMES))
    said.append(able_sentence(words, comparisons))
    return tuple(said)


def able_sentence(words: Words, comparisons: Sequence[Comparison]) -> str:
    """What differences in failures this many pairs can show."""
    pairs = max((each.pairs for each in comparisons), default=0)
    if not pairs:
        return words("power.nothing")
    found = detectable_difference(pairs)
    if found is None:
        return words("power.unable", pairs=pairs)
    return words("power.able", pairs=pairs, rate=percent(0.1 + found))


def about(number: int) -> str:
    """Rounded up to two digits: more would promise what no estimate holds."""
    step = 10 ** max(0, len(str(number)) - 2)
    return str(-(-number // step) * step)
