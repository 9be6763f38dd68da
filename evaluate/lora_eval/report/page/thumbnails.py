"""Small copies of pictures that stand inside the page."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from lora_eval.errors import PicturesError
from lora_eval.pictures import open_picture

LONGEST_PX = 256
SMALL_PX = 96
"""Pictures up to this size are kept as they are, without loss."""
QUALITY = 72
"""Of WebP: about 8 to 18 KB for a detailed picture of 256 px."""


def thumbnail(path: Path) -> str:
    """A picture as a data URI; empty where it cannot be read."""
    try:
        image = open_picture(path)
    except PicturesError:
        return ""
    stream = io.BytesIO()
    if max(image.size) <= SMALL_PX:
        image.save(stream, "WEBP", lossless=True, method=4)
    else:
        image.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
        image.save(stream, "WEBP", quality=QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}"
