"""Training captions longer than CLIP's context: cut into chunks, encoded, and joined again.

As sd-scripts does it, so that its users get what they know: every caption takes the full length,
each chunk is framed by the begin and end marks of its own, and of the joined states the first
chunk's begin, all chunks' inner 75 and the last chunk's end remain. Sampling (`conditioning`) lays
whole chunks of 77 end to end instead, as A1111 does; the two differ in a few marks only, and each
keeps to the program that its users compare with.

Source: sd-scripts `library/train_util.py` (`get_input_ids`, `get_hidden_states`) and
`library/sdxl_train_util.py`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lora_wizard.models.vocabulary import CAPTION_TOKENS, CONTEXT_TOKENS


def chunk_count(caption_tokens: int) -> int:
    """How many chunks a caption of this many tokens takes."""
    return -(-caption_tokens // CAPTION_TOKENS)


def in_chunks(ids: Tensor, tokenizer: Any) -> Tensor:
    """Token ids of whole captions as chunks that an encoder reads.

    Args:
        ids: `(captions, chunks * 75 + 2)` int64 with begin and end marks, cut and padded.
        tokenizer: What made them; says what pads, and what ends.

    Returns:
        `(captions * chunks, 77)`, a caption's chunks one after another.
    """
    inner = ids[:, 1:-1].unflatten(1, (-1, CAPTION_TOKENS))  # (captions, chunks, 75)
    shape = (*inner.shape[:2], 1)
    begin, end = (ids[:, place, None, None].expand(shape) for place in (0, -1))
    chunks = torch.cat([begin, inner, end], dim=2)
    if tokenizer.pad_token_id != tokenizer.eos_token_id:
        _mend_ends(chunks, tokenizer.pad_token_id, tokenizer.eos_token_id)
    return chunks.flatten(0, 1)


def rejoined(hidden: Tensor, chunks: int) -> Tensor:
    """The states of chunks as the states of whole captions.

    Args:
        hidden: `(captions * chunks, 77, width)`.
        chunks: Of each caption.

    Returns:
        `(captions, chunks * 75 + 2, width)`.
    """
    apart = hidden.unflatten(0, (-1, chunks))
    inner = apart[:, :, 1:-1].flatten(1, 2)
    return torch.cat([apart[:, 0, :1], inner, apart[:, -1, -1:]], dim=1)


def whole_length(caption_tokens: int) -> int:
    """How many tokens a caption is cut or filled up to, both marks included."""
    return caption_tokens + CONTEXT_TOKENS - CAPTION_TOKENS


def _mend_ends(chunks: Tensor, pad: int, end: int) -> None:
    """Encoders that pad with another token than the end mark need one end mark in each chunk."""
    last = chunks[..., -2]
    runs_on = (last != end) & (last != pad)
    chunks[..., -1] = torch.where(runs_on, end, chunks[..., -1])
    chunks[..., 1] = torch.where(chunks[..., 1] == pad, end, chunks[..., 1])
