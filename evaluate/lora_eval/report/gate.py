"""Gates: conditions such as `floating_head<=0.05` that decide the exit status, defined once.

    [NAME:][upper:]WHAT<=NUMBER        or  >=

WHAT is a judge's name (its rate, 0..1) or `likeness`. `upper:` takes the upper end of the rate's
95 % interval (of the likeness: the lower end for >=): what can be promised, not what was seen.
NAME is a contender's id; without it every LoRA must pass. What was not decided does not pass.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lora_eval.errors import GateError, Problem
from lora_eval.language import Language, text
from lora_eval.report.summary import Summary

LIKENESS = "likeness"
_FORM = re.compile(
    r"(?:(?P<who>[^:<>=]+):)??(?P<upper>upper:)?(?P<what>[\w-]+)\s*(?P<sign><=|>=)\s*"
    r"(?P<limit>\d*\.?\d+)"
)


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition."""

    text: str
    what: str
    sign: str
    limit: float
    who: str = ""
    upper: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """One condition for one contender."""

    gate: Gate
    contender: str
    value: float | None
    passed: bool


def parse_gates(texts: Sequence[str], summary: Summary, language: Language = "en") -> list[Gate]:
    """Gates from the command line.

    Raises:
        GateError: all that are not understood, with what was probably meant.
    """
    gates, problems = [], []
    names = [judge.name for judge in summary.judges] + [LIKENESS]
    ids = [each.id for each in summary.contenders]
    for written in texts:
        match = _FORM.fullmatch(written.strip())
        if match is None:
            form, fix = (_said(key, language) for key in ("gate_form", "gate_form_fix"))
            problems.append(Problem(written, form, fix))
            continue
        what, who = match["what"].replace("-", "_"), match["who"] or ""
        if what not in names:
            problems.append(_unknown(written, "gate_what", what, names, language))
        elif who and who not in ids:
            problems.append(_unknown(written, "gate_who", who, ids, language))
        else:
            limit, upper = float(match["limit"]), bool(match["upper"])
            gates.append(Gate(written, what, match["sign"], limit, who, upper))
    if problems:
        raise GateError(_said("gates", language), problems=problems)
    return gates


def check_gates(gates: Sequence[Gate], summary: Summary) -> list[Passed]:
    """Every gate for every contender that it speaks of."""
    found = []
    for gate in gates:
        who = [
            each.id
            for each in summary.contenders
            if (each.id == gate.who if gate.who else not each.is_base)
        ]
        for contender in who:
            value = _value(gate, contender, summary)
            passed = value is not None and (
                value <= gate.limit if gate.sign == "<=" else value >= gate.limit
            )
            found.append(Passed(gate, contender, value, passed))
    return found


def _value(gate: Gate, contender: str, summary: Summary) -> float | None:
    if gate.what == LIKENESS:
        facts = summary.contender(contender)
        mean = facts.likeness if facts else None
        if mean is None or not gate.upper:
            return None if mean is None else mean.value
        interval = mean.interval
    else:
        rate = summary.rate(contender, gate.what)
        if rate is None or not gate.upper:
            return None if rate is None else rate.rate
        interval = rate.wilson
    if interval is None:
        return None
    return interval.high if gate.sign == "<=" else interval.low


def _unknown(
    written: str, key: str, name: str, known: Sequence[str], language: Language
) -> Problem:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        fix = _said("did_you_mean", language, name=near[0])
    else:
        fix = _said("known", language, names=", ".join(known))
    return Problem(written, _said(key, language, name=name), fix)


def _said(key: str, language: Language, **values: object) -> str:
    return text(f"report.error.{key}", language, **values)
