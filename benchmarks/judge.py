"""Pictures per second of each detector, CLIP and tagger, of the measurements, and of all judges.

    python benchmarks/judge.py FOLDER [--pictures 64] [--rounds 5]

FOLDER is one that `lora-eval run` made. Each part looks at the same pictures, in turns, so that all
see the same machine. The floor is reading the files: nothing can judge faster than that.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import click
from step_benchmark.machine import machine

from lora_eval.detect import DETECTORS, open_detector
from lora_eval.errors import LoraWizardError
from lora_eval.evidence import Found
from lora_eval.judging import open_backends
from lora_eval.judging.batches import judgements_of
from lora_eval.judging.gather import gather
from lora_eval.measure import measure_pixels
from lora_eval.pictures import open_picture, read_manifest


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--pictures", "count", default=64, show_default=True, type=click.IntRange(1))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
def main(folder: Path, count: int, rounds: int) -> None:
    """Measure how fast pictures are judged."""
    for name, fact in machine().items():
        click.echo(f"{name}: {fact}")
    seconds: dict[str, list[float]] = {}
    parts = _parts(folder, count)
    for run in parts.values():
        run()
    names = list(parts)
    for turn in range(rounds):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            began = time.perf_counter()
            parts[name]()
            seconds.setdefault(name, []).append(time.perf_counter() - began)
    floor = seconds["floor: reading the files"]
    for name in names:
        ratio = statistics.median(a / b for a, b in zip(seconds[name], floor, strict=True))
        speed = count / statistics.median(seconds[name])
        click.echo(f"{name:28} {speed:8.1f} pictures/s   {ratio:8.1f}x the floor's time")


def _parts(folder: Path, count: int) -> dict[str, Callable[[], object]]:
    manifest = read_manifest(folder)
    pictures = manifest.pictures[:count]
    images = [open_picture(folder / picture.file) for picture in pictures]
    backends = open_backends(manifest)
    detector = backends.detector
    found = [
        Found(detector.name, detector.parts, detector.bodies_include_heads, each)
        for each in detector.detect(images)
    ]
    evidence = gather(images, pictures, manifest.character, backends)
    parts: dict[str, Callable[[], object]] = {
        "floor: reading the files": lambda: [open_picture(folder / p.file) for p in pictures],
    }
    for name in DETECTORS:
        try:
            opened = open_detector(name, offline=True)
        except (LoraWizardError, ImportError) as error:
            click.echo(f"not measured: {name} ({error})", err=True)
            continue
        parts[f"detector {name}"] = lambda opened=opened: opened.detect(images)  # type: ignore[misc]
    tagger, clip = backends.tagger, backends.clip
    if tagger is not None:
        parts[f"tagger {tagger.name}"] = lambda: tagger.tags(images)
    if clip is not None:
        parts[f"CLIP {clip.name}"] = lambda: clip.image_embeddings(images)
    parts["measurements"] = lambda: [
        measure_pixels(image, each) for image, each in zip(images, found, strict=True)
    ]
    parts["all rules"] = lambda: [judgements_of(each, backends.thresholds) for each in evidence]
    parts["everything"] = lambda: [
        judgements_of(each, backends.thresholds)
        for each in gather(images, pictures, manifest.character, backends)
    ]
    return parts


if __name__ == "__main__":
    main()
