"""A picture's metadata, by whatever program: each text in it is read in its own form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lora_eval.pictures.a1111_loras import text_metadata
from lora_eval.pictures.comfy import graph_metadata, is_graph
from lora_eval.pictures.embedded import PARAMETERS, USER_COMMENT, texts_of
from lora_eval.pictures.files import opened
from lora_eval.pictures.json_metadata import json_metadata
from lora_eval.pictures.metadata import NOTHING, Metadata, mentions_lora, merged
from lora_wizard.parsing import ParseError, parse_json

_PLAIN = frozenset({PARAMETERS, USER_COMMENT})
"""Where a text that is no JSON is a prompt."""
_FIRST = (PARAMETERS, USER_COMMENT, "invokeai_metadata", "sd-metadata", "prompt")
_CAMERA = frozenset({"Make", "Model", "Software"})
_MADE_BY = "NovelAI"
_LIKE_JSON = re.compile(r"\{\s*\"|\[\s*[{\[\"]")


def metadata_of(path: Path) -> Metadata:
    """What a picture file says of itself; nothing where it cannot be read as a picture.

    A damaged one has none: its judging names the damage.
    """
    try:
        with opened(path) as image:
            texts = texts_of(image)
    except Exception:  # Pillow's plugins raise whatever their formats make them raise
        return NOTHING
    return metadata_in(texts)


def metadata_in(texts: Mapping[str, str]) -> Metadata:
    """The metadata in a picture's texts, by the names of these."""
    names = [name for name in _FIRST if name in texts]
    names += [name for name in texts if name not in names]
    found = [part for name in names for part in _parts(name, texts)]
    if _MADE_BY in texts.get("Software", "") + texts.get("Source", ""):
        found.append(Metadata(unclear=("a service with models of its own",), has_text=False))
    return merged(found)


def _parts(name: str, texts: Mapping[str, str]) -> Iterator[Metadata]:
    text = texts[name].strip()
    value = _json(text)
    if value is None and name == "prompt":  # programs that write each setting as a text of its own
        value = {key: _json(each) if each[:1] in "[{" else each for key, each in texts.items()}
    if is_graph(value):
        yield graph_metadata(value)
    elif isinstance(value, dict) and not _is_workflow(value):
        found = json_metadata(value)
        if found is not None:
            yield found
        elif mentions_lora(text):
            yield _unclear(name)
    elif name in _PLAIN and not _LIKE_JSON.match(text):
        yield text_metadata(texts[name])
    elif (
        name not in _CAMERA
        and mentions_lora(text)
        and not (_is_workflow(value) and _has_graph(texts))
    ):
        yield _unclear(name)


def _is_workflow(value: Any) -> bool:
    """Whether this is a graph as ComfyUI's editor keeps it; the one that it executes says more."""
    return isinstance(value, dict) and isinstance(value.get("nodes"), list)


def _has_graph(texts: Mapping[str, str]) -> bool:
    return any(is_graph(_json(text.strip())) for text in texts.values())


def _unclear(name: str) -> Metadata:
    return Metadata(unclear=(f"a text `{name}` that cannot be read",), has_text=False)


def _json(text: str) -> Any:
    """A JSON value; also one behind `prompt:` or `workflow:`, as ComfyUI writes it in EXIF."""
    start, brace, _ = text[:40].partition("{")
    if brace and start.strip().rstrip(":").lower() in ("prompt", "workflow", "parameters"):
        text = text[len(start) :]
    if text[:1] not in ("{", "["):
        return None
    try:
        return parse_json(text, nan=True)
    except ParseError:
        return None
