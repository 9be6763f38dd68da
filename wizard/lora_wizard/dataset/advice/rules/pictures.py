"""Rules about the pictures themselves."""

from __future__ import annotations

from collections import Counter

from lora_wizard.dataset.advice.facts import Facts, PictureFacts
from lora_wizard.dataset.advice.material import names
from lora_wizard.dataset.advice.preview import crop_previews
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.recipe import Recipe

_ENLARGED = 2.0
"""Times its own size from which a picture teaches blur."""
_SAME = 12
"""Greatest difference of miniatures of one picture, of 255: that of saving a picture of some
hundred pixels again as JPEG. Another expression makes more, so siblings are never taken for copies;
copies of tiny pictures, which JPEG spoils, may be missed."""
_NEARLY_ALL = 0.9
_FEW = 4
_OFF_CENTRE = 0.1
"""Distance of a figure's middle from the picture's, as a share of the width."""
_SCATTERED = 0.2


@rule(Level.ERROR)
def unreadable(facts: Facts, recipe: Recipe) -> Finding | None:
    """A picture cannot be decoded."""
    problems = facts.unreadable
    if not problems:
        return None
    return Finding(
        {"count": len(problems), "names": tuple(f"{p.where}: {p.what}" for p in problems)}
    )


@rule(Level.WARNING, "data.resolution", "data.bucket_no_upscale")
def tiny(facts: Facts, recipe: Recipe) -> Finding | None:
    """A picture is enlarged far beyond its own size."""
    small = [crop for crop in crop_previews(facts, recipe.data) if crop.enlarged >= _ENLARGED]
    if not small:
        return None
    smallest = min(small, key=lambda crop: crop.size)
    values = {
        "count": len(small),
        "names": tuple(crop.path.name for crop in small),
        "smallest": f"{smallest.size[0]}x{smallest.size[1]}",
        "times": f"{max(crop.enlarged for crop in small):.1f}",
    }
    return Finding(values, {"data.bucket_no_upscale": True} if recipe.data.buckets else {})


@rule(Level.WARNING)
def duplicates(facts: Facts, recipe: Recipe) -> Finding | None:
    """The same picture lies there twice, perhaps saved again."""
    copies = _copies(facts.training)
    if not copies:
        return None
    pairs = tuple(f"{copy.path.name} = {first.path.name}" for first, copy in copies)
    return Finding({"count": len(copies), "names": pairs})


@rule(Level.HINT, "data.background", "data.alpha_mask")
def transparent(facts: Facts, recipe: Recipe) -> Finding | None:
    """Pictures are transparent, and what is put behind them is learned."""
    found = [picture for picture in facts.training if picture.look.has_alpha]
    if not found or recipe.data.alpha_mask:
        return None
    total = len(facts.training)
    values = {"count": len(found), "total": total, "share": f"{100 * len(found) / total:.0f}"}
    return Finding(values | {"background": recipe.data.background}, {"data.alpha_mask": True})


@rule(Level.HINT)
def several_frames(facts: Facts, recipe: Recipe) -> Finding | None:
    """Animated pictures, and files of several pages."""
    found = [picture for picture in facts.pictures if picture.look.has_frames]
    return Finding({"count": len(found), "names": names(found)}) if found else None


@rule(Level.HINT, "data.alpha_mask")
def alpha_mask_idle(facts: Facts, recipe: Recipe) -> Finding | None:
    """Transparent parts are to be left out, but no picture is transparent."""
    if not recipe.data.alpha_mask or any(one.look.has_alpha for one in facts.pictures):
        return None
    return Finding({"total": len(facts.pictures)}) if facts.pictures else None


@rule(Level.HINT)
def same_background(facts: Facts, recipe: Recipe) -> Finding | None:
    """Nearly every picture has the same background."""
    solid = [picture for picture in facts.training if not picture.look.has_alpha]
    grounds = Counter(ground for picture in solid for ground in _grounds(picture))
    if len(solid) < _FEW or not grounds:
        return None
    ground, count = grounds.most_common(1)[0]
    if count < _NEARLY_ALL * len(solid):
        return None
    return Finding({"count": count, "total": len(facts.training), "background": ground})


@rule(Level.WARNING)
def left_and_right(facts: Facts, recipe: Recipe) -> Finding | None:
    """Figures stand now at the left, now at the right."""
    shifts = [(p, shift) for p in facts.training if (shift := _shift(p)) is not None]
    left = [picture for picture, shift in shifts if shift < -_OFF_CENTRE]
    right = [picture for picture, shift in shifts if shift > _OFF_CENTRE]
    if not left or not right or len(left) + len(right) < _SCATTERED * len(shifts):
        return None
    values = {"left": len(left), "right": len(right), "total": len(shifts)}
    return Finding(values | {"names": names([*left, *right])})


def _copies(pictures: tuple[PictureFacts, ...]) -> list[tuple[PictureFacts, PictureFacts]]:
    """Each later copy with the first picture that it is a copy of."""
    import numpy as np

    if not pictures:
        return []
    small = np.stack([np.frombuffer(p.look.miniature, dtype=np.uint8) for p in pictures])
    small = small.astype(np.int16)
    copies = []
    for index in range(1, len(pictures)):
        differences = np.abs(small[:index] - small[index]).max(axis=1)
        nearest = int(differences.argmin())
        if differences[nearest] <= _SAME:
            copies.append((pictures[nearest], pictures[index]))
    return copies


def _grounds(picture: PictureFacts) -> set[str]:
    """Its background as seen and as tagged; `simple background` says too little."""
    tagged = {tag for tag in picture.tags if tag.endswith(" background")}
    seen = {picture.look.plain_background} if picture.look.plain_background else set()
    return {*seen, *(tagged - {"simple background", "transparent background"})}


def _shift(picture: PictureFacts) -> float | None:
    """How far the figure's middle lies from the picture's, as a share of the width; left < 0."""
    if picture.look.figure is None:
        return None
    left, _, right, _ = picture.look.figure
    return (left + right) / 2 / picture.look.width - 0.5
