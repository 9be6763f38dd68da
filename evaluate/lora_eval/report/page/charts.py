"""Curves as SVG, drawn here so that the page needs no library: failures over likeness, strength,
epoch or step, with bands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from lora_eval.language import text
from lora_eval.report.results import Curve, CurvePoint
from lora_eval.report.summary import Summary
from lora_wizard.output import printable

WIDTH, HEIGHT = 460, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 130, 14, 40
COLOURS = 6
"""Colours of lines by class `line-0` to `line-5`; more lines begin again, with direct labels."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture of curves."""

    title: str
    svg: Markup


def charts(summary: Summary) -> tuple[Chart, ...]:
    """For each main failure its curves over likeness (where measured) and over x."""
    return tuple(_charts(summary))


def _charts(summary: Summary) -> Iterator[Chart]:
    for judge in summary.judges:
        if judge.importance != "main":
            continue
        lines = [each for each in summary.curves if each.judge == judge.name]
        if not lines:
            continue
        if any(point.likeness for line in lines for point in line.points):
            x_title = _said(summary, "kind.likeness")
            alt = _said(summary, "page.curve_alt", kind=x_title)
            title = _said(summary, "page.curve_likeness", title=judge.title)
            yield Chart(title, _draw(lines, x_title, alt, _likeness))
        for kind in dict.fromkeys(line.x_kind for line in lines):
            same = [line for line in lines if line.x_kind == kind]
            x_title = _said(summary, f"kind.{kind}")
            alt = _said(summary, "page.curve_alt", kind=x_title)
            title = _said(summary, "page.curve_over", title=judge.title, kind=x_title)
            yield Chart(title, _draw(same, x_title, alt, lambda point: point.x))


def _likeness(point: CurvePoint) -> float | None:
    return point.likeness.value if point.likeness else None


def _draw(
    lines: Sequence[Curve], x_title: str, alt: str, x_of: Callable[[CurvePoint], float | None]
) -> Markup:
    drawn = [
        (line.label, sorted(((x, point) for point in line.points
                             if (x := x_of(point)) is not None and point.rate is not None),
                            key=lambda each: each[0]))
        for line in lines
    ]  # fmt: skip
    xs = [x for _, points in drawn for x, _ in points]
    low, high = (min(xs), max(xs)) if xs else (0.0, 1.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    ends = [point.wilson.high for _, points in drawn for _, point in points if point.wilson]
    top = min(1.0, max([0.1, *ends]) * 1.05)

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - low) / (high - low) * (WIDTH - LEFT - RIGHT)
        return round(across, 1), round(HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM), 1)

    parts = [_axes(low, high, top, x_title, place)]
    labels: list[float] = []
    for number, (name, points) in enumerate(drawn):
        label = printable(name)
        if points:
            parts += _line(label, points, number % COLOURS, place, labels)
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">'
        + "".join(parts)
        + "</svg>"
    )


def _axes(
    low: float,
    high: float,
    top: float,
    x_title: str,
    place: Callable[[float, float], tuple[float, float]],
) -> str:
    parts = []
    for step in range(5):
        share = top * step / 4
        x, y = place(low, share)
        parts.append(f'<line class="grid" x1="{x}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="tick end" x="{x - 6}" y="{y + 4}">{100 * share:.0f}%</text>')
        value = low + (high - low) * step / 4
        x, y = place(value, 0)
        parts.append(f'<text class="tick mid" x="{x}" y="{y + 16}">{value:.3g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="axis mid" x="{middle}" y="{HEIGHT - 4}">{escape(x_title)}</text>')
    return "".join(parts)


def _line(
    label: str,
    points: Sequence[tuple[float, CurvePoint]],
    colour: int,
    place: Callable[[float, float], tuple[float, float]],
    labels: list[float],
) -> list[str]:
    upper = [place(x, point.wilson.high) for x, point in points if point.wilson]
    lower = [place(x, point.wilson.low) for x, point in points if point.wilson]
    band = " ".join(f"{x},{y}" for x, y in (*upper, *reversed(lower)))
    middle = [place(x, point.rate or 0.0) for x, point in points]
    path = " ".join(f"{x},{y}" for x, y in middle)
    dots = "".join(
        f'<circle class="dot line-{colour}" cx="{x}" cy="{y}" r="3"><title>'
        f"{escape(label)}: {point.count} of {point.decided}</title></circle>"
        for (x, y), (_, point) in zip(middle, points, strict=True)
    )
    y = middle[-1][1]
    while any(abs(y - other) < 13 for other in labels):  # labels do not lie on one another
        y -= 13
    labels.append(y)
    text = label if len(label) <= 18 else label[:17] + "…"
    return [
        f'<polygon class="band line-{colour}" points="{band}"/>',
        f'<polyline class="curve line-{colour}" points="{path}"/>',
        dots,
        f'<text class="label line-{colour}" x="{WIDTH - RIGHT + 8}" y="{y + 4}">'
        f"{escape(text)}</text>",
    ]


def _said(summary: Summary, key: str, **values: object) -> str:
    return text(f"report.{key}", summary.language, **values)
