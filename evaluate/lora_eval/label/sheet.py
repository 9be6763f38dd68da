"""Many pictures at once: a numbered sheet to look at, and compact answers to read back.

An answer is a line such as `12: floating_head split_view?` (a question mark: unsure) or `13: -`
(none of them).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from lora_eval.calibrate.labels import Answer
from lora_eval.errors import LabelError, PicturesError, Problem
from lora_eval.pictures import Picture, open_picture

SIDE_PX = 168
ACROSS = 8
_CAPTION_PX = 20
_LINE = re.compile(r"\s*(\d{1,9})\s*:\s*(.*?)\s*")


def numbered_sheet(folder: Path, pictures: Sequence[Picture], first: int) -> Image.Image:
    """A sheet of pictures, eight across, each with its number and what it was asked to show.

    Args:
        first: the number of the first one.
    """
    down = -(-len(pictures) // ACROSS)
    cell = SIDE_PX + 6
    sheet = Image.new("RGB", (ACROSS * cell, max(1, down) * (cell + _CAPTION_PX)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for place, picture in enumerate(pictures):
        x, y = place % ACROSS * cell, place // ACROSS * (cell + _CAPTION_PX)
        pen.text((x + 2, y + 3), f"{first + place} {_asked(picture)}"[:26], "black", font)
        try:
            image = open_picture(folder / picture.file).convert("RGB")
        except PicturesError:
            continue
        image.thumbnail((SIDE_PX, SIDE_PX))
        factor = SIDE_PX / max(image.size)
        size = (round(image.width * factor), round(image.height * factor))
        sheet.paste(image.resize(size, Image.Resampling.LANCZOS), (x, y + _CAPTION_PX))
    return sheet


def parse_answers(
    text: str, numbers: Collection[int], judges: Sequence[str]
) -> dict[int, dict[str, Answer]]:
    """Answers by picture number; judges that a line does not name are answered `no`.

    Args:
        numbers: of pictures that exist.

    Raises:
        LabelError: lines that are not understood, all together.
    """
    found: dict[int, dict[str, Answer]] = {}
    problems = []
    for place, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"line {place}"
        match = _LINE.fullmatch(line)
        if match is None or int(match[1]) not in numbers:
            problems.append(Problem(where, "names no picture of the sheet", "Write 12: -"))
            continue
        answers: dict[str, Answer] = dict.fromkeys(judges, "no")
        for word in match[2].split():
            name = word.rstrip("?")
            if name == "-":
                continue
            if name not in answers:
                near = difflib.get_close_matches(name, judges, n=1)
                fix = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(judges)}"
                problems.append(Problem(where, f'there is no "{name}" here', fix))
                continue
            answers[name] = "unsure" if word.endswith("?") else "yes"
        found[int(match[1])] = answers
    if problems:
        raise LabelError("These answers cannot be used:", problems=problems)
    return found


def _asked(picture: Picture) -> str:
    asks = picture.asks
    words = [asks.outfit, asks.framing, asks.background]
    if asks.subjects != 1:
        words.insert(0, f"{asks.subjects} girls")
    return ", ".join(word for word in words if word) or "-"
