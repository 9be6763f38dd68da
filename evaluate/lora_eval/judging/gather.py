"""From pictures to evidence: each source is asked once for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

from lora_eval.evidence import ClipFacts, Evidence, Found, Likeness, Tags
from lora_eval.judging.backends import Backends
from lora_eval.measure import measure_pixels
from lora_eval.pictures import CharacterFacts, Picture

if TYPE_CHECKING:
    from lora_eval.clip import TrainingLooks


def gather(
    images: Sequence[Image.Image],
    pictures: Sequence[Picture],
    character: CharacterFacts,
    backends: Backends,
    training: TrainingLooks | None = None,
) -> list[Evidence]:
    """Evidence of each picture, without the base model's.

    Args:
        images: as many as `pictures`, of any sizes; transparent ones are put on white.

    Raises:
        DetectorError: a source itself fails.
    """
    if not images:
        return []
    shown = [_on_white(image) for image in images]
    detector = backends.detector
    found = [
        Found(detector.name, detector.parts, detector.bodies_include_heads, detections)
        for detections in detector.detect(shown)
    ]
    nothing = len(shown)
    clips: Sequence[ClipFacts | None] = [None] * nothing
    likenesses: Sequence[Likeness | None] = [None] * nothing
    tags: Sequence[Tags | None] = [None] * nothing
    if backends.clip is not None:
        from lora_eval.clip import clip_facts, measure_likeness

        clips = clip_facts(backends.clip, shown, pictures, character, found)
        if training is not None:
            likenesses = measure_likeness(backends.clip, shown, found, training)
    if backends.tagger is not None:
        tags = backends.tagger.tags(shown)
    return [
        Evidence(picture, character, each, measure_pixels(image, each), clip, tag, likeness)
        for picture, image, each, clip, tag, likeness in zip(
            pictures, shown, found, clips, tags, likenesses, strict=True
        )
    ]


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, layer).convert("RGB")
