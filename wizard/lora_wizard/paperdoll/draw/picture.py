"""From a scene to a picture with its truth: placement, framing and the order of painting."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image

from lora_wizard.paperdoll.draw import body, head
from lora_wizard.paperdoll.draw.backgrounds import paint_background
from lora_wizard.paperdoll.draw.canvas import Canvas
from lora_wizard.paperdoll.draw.clothes import CLOTHES
from lora_wizard.paperdoll.draw.ornaments import draw_ornament
from lora_wizard.paperdoll.traits import CLOTH_COLOURS, SKINS, Scene

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as shares of the picture's width and height, cut at its border."""

SUPERSAMPLING = 3
FIGURE_UNITS: dict[str, tuple[float, float]] = {
    "full body": (-1.62, 3.5),
    "cowboy shot": (-1.5, 2.42),
    "upper body": (-1.42, 1.72),
    "portrait": (-1.34, 1.3),
    "close-up": (-0.92, 1.0),
}
"""Top and bottom of the frame in figure units (canvas): what each framing shows."""


@dataclass(frozen=True, slots=True)
class FigureTruth:
    """Where one figure is. A box is None where that part is not in the picture."""

    head: Box | None
    face: Box | None
    body: Box | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, what was asked of it, and where things are in it."""

    image: Image.Image
    scene: Scene
    figures: tuple[FigureTruth, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    x: float
    y: float
    scale: float
    turn: float
    pose: str
    expression: str


def draw(scene: Scene, *, size: int, seed: int, transparent: bool = False) -> Drawing:
    """Draws a scene as a square of `size` pixels.

    Args:
        size: side in pixels, at least 16.
        seed: fixes placement, tilt and the background's details.
        transparent: RGBA on nothing, in place of RGB on the scene's background.
    """
    rng = random.Random(seed)
    side = size * SUPERSAMPLING
    image = Image.new("RGBA" if transparent else "RGB", (side, side))
    canvas = Canvas(image)
    if not transparent:
        paint_background(canvas, scene.background, scene.background_colour, rng)
    places = _places(scene, side, rng)
    if scene.seam and len(places) > 1:
        _panels(canvas, len(places), scene, rng)
    truths = tuple(_figure(canvas, scene, place) for place in places)
    if transparent and scene.subject == "head":
        _cut_below_chin(image, places[0])
    if transparent:  # premultiplied, so that the hidden colour of nothing never bleeds in
        small = image.convert("RGBa").reduce(SUPERSAMPLING).convert("RGBA")
    else:
        small = image.reduce(SUPERSAMPLING)
    return Drawing(small, scene, truths)


def _places(scene: Scene, side: int, rng: random.Random) -> list[_Place]:
    top, bottom = FIGURE_UNITS["portrait" if scene.subject == "head" else scene.framing]
    if scene.subject == "head":
        scale = side / rng.uniform(3.6, 5.0)
        x, y = side * rng.uniform(0.42, 0.58), side * rng.uniform(0.46, 0.6)
        return [_Place(x, y, scale, rng.uniform(-0.12, 0.12), scene.pose, scene.expression)]
    scale = side / (bottom - top) * rng.uniform(0.96, 1.04)
    y = side * 0.5 - scale * (top + bottom) / 2 + side * rng.uniform(-0.015, 0.015)
    if scene.subject in ("multiple views", "twins"):
        return _side_by_side(scene, side, scale, y, rng)
    reach = 0.16 if scene.framing == "full body" else 0.07
    x = side * (0.5 + rng.uniform(-reach, reach))
    turn = rng.uniform(-0.05, 0.05)
    return [_Place(x, y, scale, turn, scene.pose, scene.expression)]


def _side_by_side(
    scene: Scene, side: int, scale: float, y: float, rng: random.Random
) -> list[_Place]:
    views = scene.subject == "multiple views"
    count = 3 if views and scene.framing == "full body" and rng.random() < 0.35 else 2
    places = []
    for index in range(count):
        x = side * ((index + 0.5) / count + rng.uniform(-0.02, 0.02))
        own = scale * (rng.uniform(0.72, 0.84) if count == 2 else rng.uniform(0.56, 0.64))
        if scene.framing != "full body":
            own *= 0.82
        if not views:
            own = scale * 0.8
        pose = rng.choice(("standing", "arms behind back", "hand on hip")) if views else "standing"
        expression = rng.choice(("smile", "open mouth", "frown")) if views else scene.expression
        low = side * 1.02 - FIGURE_UNITS[scene.framing][1] * own
        places.append(_Place(x, low if views else max(y, low), own, 0.0, pose, expression))
    return places


def _panels(canvas: Canvas, count: int, scene: Scene, rng: random.Random) -> None:
    """Every second view gets a ground of its own, with a hard edge between."""
    side = canvas.image.size[0]
    canvas.place(side, 0, 0)
    for index in range(1, count, 2):
        ground = CLOTH_COLOURS[rng.choice(("white", "yellow", "pink", "grey"))]
        left, right = index / count, (index + 1) / count
        corners = ((left, -0.1), (right, -0.1), (right, 1.1), (left, 1.1))
        canvas.polygon(corners, ground, line=(60, 60, 66))


def _figure(canvas: Canvas, scene: Scene, place: _Place) -> FigureTruth:
    canvas.place(place.scale, place.x, place.y, place.turn)
    who, skin = scene.character, SKINS[scene.character.skin]
    if scene.subject == "head":
        _head(canvas, scene, place)
        return FigureTruth(_box(canvas, _HEAD), _box(canvas, _FACE), None)
    clothes = CLOTHES[scene.outfit.kind]
    colour = CLOTH_COLOURS[scene.outfit.colour]
    cut = clothes.cut(colour)
    mannequin = scene.subject == "mannequin"
    if mannequin:
        skin = (222, 204, 180)
        body.draw_stand(canvas)
    else:
        head.draw_hair_behind(canvas, who)
        body.draw_legs(canvas, skin, cut)
        body.draw_neck(canvas, skin)
    if place.pose == "arms behind back":
        body.draw_arms(canvas, skin, cut, place.pose)
        clothes.paint(canvas, colour)
    else:
        clothes.paint(canvas, colour)
        body.draw_arms(canvas, skin, cut, place.pose)
    headdress = scene.outfit.kind == "maid"
    if clothes.paint_over is not None and not headdress:
        clothes.paint_over(canvas, colour)
    if mannequin:
        body.draw_knob(canvas)
        return FigureTruth(None, None, _box(canvas, _BODY))
    head.draw_face(canvas, who, place.expression)
    head.draw_hair_front(canvas, who)
    if clothes.paint_over is not None and headdress:
        clothes.paint_over(canvas, colour)
    draw_ornament(canvas, who)
    return FigureTruth(_box(canvas, _HEAD), _box(canvas, _FACE), _box(canvas, _BODY))


def _head(canvas: Canvas, scene: Scene, place: _Place) -> None:
    head.draw_hair_behind(canvas, scene.character)
    head.draw_face(canvas, scene.character, place.expression)
    head.draw_hair_front(canvas, scene.character)
    draw_ornament(canvas, scene.character)


_HEAD = (-1.3, -1.36, 1.3, 1.05)
_FACE = (-1.0, -0.6, 1.0, 1.0)
_BODY = (-0.95, 1.05, 0.95, 3.35)


def _box(canvas: Canvas, units: Box) -> Box | None:
    left, top, right, bottom = units
    corners = [canvas.at(x, y) for x in (left, right) for y in (top, bottom)]
    width, height = canvas.image.size
    xs = [min(1.0, max(0.0, x / width)) for x, _ in corners]
    ys = [min(1.0, max(0.0, y / height)) for _, y in corners]
    box = (min(xs), min(ys), max(xs), max(ys))
    visible = (box[2] - box[0]) * (box[3] - box[1])
    return box if visible > 0.002 else None


def _cut_below_chin(image: Image.Image, place: _Place) -> None:
    """A cut-out head ends at the chin: what hangs lower is scissored off, as people do."""
    below = round(place.y + 1.18 * place.scale)
    if below < image.size[1]:
        image.paste((0, 0, 0, 0), (0, below, image.size[0], image.size[1]))
