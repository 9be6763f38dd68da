"""Neck, arms and legs in every pose, dressed by the outfit's cut (see clothes)."""

from __future__ import annotations

from dataclasses import dataclass

from lora_wizard.paperdoll.draw.canvas import Canvas
from lora_wizard.paperdoll.traits import Colour

Limb = tuple[tuple[float, float], ...]

LEFT_ARM: dict[str, Limb] = {
    "standing": ((-0.58, 1.3), (-0.86, 1.75), (-0.95, 2.12)),
    "arms up": ((-0.58, 1.3), (-1.2, 1.02), (-1.5, 0.45)),
    "waving": ((-0.58, 1.3), (-0.86, 1.75), (-0.95, 2.12)),
    "hand on hip": ((-0.58, 1.3), (-1.12, 1.66), (-0.68, 2.0)),
    "arms behind back": ((-0.58, 1.3), (-0.82, 1.68), (-0.6, 1.95)),
}
RIGHT_ARM: dict[str, Limb] = {
    "standing": ((0.58, 1.3), (0.86, 1.75), (0.95, 2.12)),
    "arms up": ((0.58, 1.3), (1.2, 1.02), (1.5, 0.45)),
    "waving": ((0.58, 1.3), (1.22, 1.12), (1.55, 0.5)),
    "hand on hip": ((0.58, 1.3), (0.86, 1.75), (0.95, 2.12)),
    "arms behind back": ((0.58, 1.3), (0.82, 1.68), (0.6, 1.95)),
}
LEGS: tuple[Limb, Limb] = (((-0.27, 2.1), (-0.29, 3.05)), ((0.27, 2.1), (0.29, 3.05)))


@dataclass(frozen=True, slots=True)
class Cut:
    """How an outfit covers the limbs: colours, or None where skin shows."""

    sleeve: Colour | None = None
    short_sleeve: bool = False
    sleeve_width: float = 0.34
    legs: Colour | None = None
    socks: Colour | None = None
    shoes: Colour = (70, 56, 60)


def draw_legs(canvas: Canvas, skin: Colour, cut: Cut) -> None:
    """Legs from the hip down, with socks or trousers, and shoes."""
    for hip, foot in LEGS:
        canvas.limb((hip, foot), cut.legs or skin, 0.36)
        if cut.socks is not None:
            canvas.limb(((foot[0], 2.62), foot), cut.socks, 0.36)
        toe = -0.06 if foot[0] < 0 else 0.06
        canvas.ellipse(foot[0] + toe, 3.18, 0.28, 0.17, cut.shoes, line=(40, 32, 36))


def draw_arms(canvas: Canvas, skin: Colour, cut: Cut, pose: str) -> None:
    """Both arms with hands and sleeves."""
    for arm in (LEFT_ARM[pose], RIGHT_ARM[pose]):
        shoulder, elbow, hand = arm
        hidden = pose == "arms behind back"
        if not hidden:
            canvas.ellipse(*hand, 0.17, 0.17, skin, line=(160, 110, 96))
        if cut.sleeve is None or cut.short_sleeve:
            canvas.limb(arm, skin, 0.27)
        if cut.sleeve is None:
            continue
        if cut.short_sleeve:
            middle = (shoulder[0] * 0.45 + elbow[0] * 0.55, shoulder[1] * 0.45 + elbow[1] * 0.55)
            canvas.limb((shoulder, middle), cut.sleeve, 0.38)
        else:
            wrist = (elbow[0] * 0.22 + hand[0] * 0.78, elbow[1] * 0.22 + hand[1] * 0.78)
            canvas.limb((shoulder, elbow, wrist), cut.sleeve, cut.sleeve_width)
            if cut.sleeve_width > 0.5:
                _hanging_sleeve(canvas, elbow, wrist, cut.sleeve)


def _hanging_sleeve(
    canvas: Canvas, elbow: tuple[float, float], wrist: tuple[float, float], colour: Colour
) -> None:
    drop = 0.55
    x0, y0 = elbow
    x1, y1 = wrist
    corners = ((x0, y0 - 0.1), (x1, y1 - 0.1), (x1 * 1.02, y1 + drop), (x0 * 1.05, y0 + drop))
    canvas.polygon(corners, colour)


def draw_neck(canvas: Canvas, skin: Colour) -> None:
    """The neck, from behind the chin to the shoulders."""
    canvas.limb(((0.0, 0.85), (0.0, 1.22)), skin, 0.34)


def draw_stand(canvas: Canvas) -> None:
    """A mannequin's knob and pole in place of head and feet."""
    wood: Colour = (176, 128, 86)
    canvas.limb(((0.0, 2.0), (0.0, 3.15)), wood, 0.12)
    canvas.ellipse(0, 3.2, 0.6, 0.12, wood, line=(96, 66, 44))


def draw_knob(canvas: Canvas) -> None:
    """A mannequin's neck with the wooden knob on it."""
    cloth: Colour = (222, 204, 180)
    canvas.limb(((0.0, 0.95), (0.0, 1.2)), cloth, 0.34)
    canvas.ellipse(0, 0.88, 0.2, 0.14, (176, 128, 86), line=(96, 66, 44))
