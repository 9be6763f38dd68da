"""Small real folders of pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

WritePicture = Callable[..., Path]


@pytest.fixture
def write_picture(tmp_path: Path) -> WritePicture:
    """Write `tmp_path / name`: a plain picture of the given size, with a caption if given."""

    def write(
        name: str,
        *,
        size: tuple[int, int] = (64, 64),
        colour: str = "red",
        mode: str = "RGB",
        caption: str | None = None,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, size, colour).save(path)
        if caption is not None:
            path.with_suffix(".txt").write_text(caption, encoding="utf-8")
        return path

    return write
