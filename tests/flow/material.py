"""Flows and datasets that several tests start from."""

from __future__ import annotations

from pathlib import Path

from lora_wizard.dataset import Dataset, Folder, Picture, choose_bucket, scan
from lora_wizard.flow import Begin, Flow
from lora_wizard.questions import Value
from lora_wizard.recipe import DataSettings


def flow_for(images: Path, **answers: Value) -> Flow:
    """A flow that was told its pictures, with the scan done."""
    given = {key.replace("__", "."): value for key, value in answers.items()}
    flow = Flow(Begin()).with_given({"data.images": str(images), **given})
    return flow.with_dataset(scan(flow.recipe.data), flow.scan_key)


def dataset_of(
    *sizes: tuple[int, int], repeats: int = 1, caption: str = "mio, smile", regularisation: int = 0
) -> Dataset:
    """Pictures of these sizes, the last `regularisation` of them for regularisation."""
    data = DataSettings()
    pictures = tuple(
        Picture(
            path=Path(f"{number}.png"),
            folder=0,
            repeats=repeats,
            is_regularisation=number >= len(sizes) - regularisation,
            caption=caption,
            width=size[0],
            height=size[1],
            bucket=choose_bucket(*size, data),
            has_alpha=False,
        )
        for number, size in enumerate(sizes)
    )
    folder = Folder(Path(f"{repeats}_mio"), repeats, "mio", False, len(sizes))
    return Dataset((folder,), pictures, ())
