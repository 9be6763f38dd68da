"""Captions to tokens, and tokens to the states that the UNet reads.

SD1 and SD2 read the states of the layer that `clip_skip` chooses, passed through the encoder's
final layer norm. SDXL reads the last but one layer of both its encoders side by side, without that
norm, and the second encoder's projected end-mark state besides (Podell et al., 2023, table 1).
The functions respect the caller's gradient mode: the same one serves caching and training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel
from lora_wizard.models.long_captions import chunk_count, in_chunks, rejoined, whole_length
from lora_wizard.models.transfer import sent
from lora_wizard.models.vocabulary import CAPTION_TOKENS, clip_tokenizer

CAPTIONS_AT_ONCE = 64
"""How many captions go through the text encoders together; more gains nothing."""


@dataclass(frozen=True, slots=True)
class TextStates:
    """What the UNet reads of some texts."""

    hidden: Tensor
    """`(texts, tokens, width)`."""
    pooled: Tensor | None = None
    """`(texts, width of the second encoder)` for SDXL, else None."""

    def at(self, indexes: Sequence[int] | Tensor) -> TextStates:
        """The states of these texts, in this order; an index may come again."""
        rows = torch.as_tensor(indexes, device=self.hidden.device)
        pooled = None if self.pooled is None else self.pooled[rows]
        return TextStates(self.hidden[rows], pooled)

    def to(self, device: torch.device | str, dtype: torch.dtype) -> TextStates:
        """The same states elsewhere or in another precision."""
        pooled = None if self.pooled is None else self.pooled.to(device, dtype)
        return TextStates(self.hidden.to(device, dtype), pooled)


@dataclass(frozen=True, slots=True)
class CaptionIds:
    """Captions as token ids, ready for the encoders."""

    ids: tuple[Tensor, ...]
    """For each encoder `(distinct captions * chunks, 77)` int64."""
    order: Tensor | None = None
    """`(captions,)` int64: which of the distinct ones each caption is; None for all, in order."""


def token_count(caption: str) -> int:
    """How many tokens a caption has, the begin and end marks not counted."""
    return len(_counting_tokenizer()(caption, add_special_tokens=False, verbose=False).input_ids)


def tokens_cut(caption: str, limit: int = CAPTION_TOKENS) -> int:
    """How many tokens at its end are lost when the caption is cut to `limit`."""
    return max(0, token_count(caption) - limit)


def tokenise(
    base: BaseModel, captions: Sequence[str], caption_tokens: int = CAPTION_TOKENS
) -> tuple[Tensor, ...]:
    """Token ids for each text encoder, int64 on the CPU, cut and padded.

    Args:
        caption_tokens: what a caption is cut to, a multiple of 75.

    Returns:
        `(captions * chunks, 77)` for each: one chunk for every 75 tokens.
    """
    whole = [
        tokenizer(
            list(captions),
            padding="max_length",
            truncation=True,
            max_length=whole_length(caption_tokens),
            return_tensors="pt",
        ).input_ids
        for tokenizer in base.tokenizers
    ]
    if caption_tokens == CAPTION_TOKENS:
        return tuple(whole)
    return tuple(
        in_chunks(ids, tokenizer) for ids, tokenizer in zip(whole, base.tokenizers, strict=True)
    )


def encode_captions(
    base: BaseModel,
    captions: Sequence[str],
    *,
    clip_skip: int = 1,
    caption_tokens: int = CAPTION_TOKENS,
) -> TextStates:
    """The text states of captions, each cut to `caption_tokens`.

    A caption that comes several times is encoded once.

    Args:
        clip_skip: which layer from the end is read (1 = the last). SDXL ignores it.
        caption_tokens: 75, or a multiple of it: see `long_captions`.

    Returns:
        `hidden` of `(captions, caption_tokens + 2, width)`, on the encoders' device.
    """
    ids = caption_ids(base, captions, caption_tokens)
    return encode_ids(base, ids, clip_skip=clip_skip, caption_tokens=caption_tokens)


def caption_ids(
    base: BaseModel, captions: Sequence[str], caption_tokens: int = CAPTION_TOKENS
) -> CaptionIds:
    """Captions as the encoders read them, on their devices; each distinct one once."""
    distinct = list(dict.fromkeys(captions))
    places = [next(encoder.parameters()).device for encoder in base.text_encoders]
    each = zip(tokenise(base, distinct, caption_tokens), places, strict=True)
    ids = tuple(sent(rows, place) for rows, place in each)
    # Without repetitions the rows are in order already; in a training step that is the rule.
    if len(distinct) == len(captions):
        return CaptionIds(ids)
    numbers = {caption: number for number, caption in enumerate(distinct)}
    order = torch.tensor([numbers[caption] for caption in captions])
    return CaptionIds(ids, sent(order, places[0]))


def encode_ids(
    base: BaseModel,
    captions: CaptionIds,
    *,
    clip_skip: int = 1,
    caption_tokens: int = CAPTION_TOKENS,
) -> TextStates:
    """The text states of captions given by `caption_ids`, as `encode_captions` returns them."""
    chunks = chunk_count(caption_tokens)
    rows = max(1, CAPTIONS_AT_ONCE // chunks) * chunks
    batches = [
        _whole(
            encode_tokens(
                base, [each[start : start + rows] for each in captions.ids], clip_skip=clip_skip
            ),
            chunks,
        )
        for start in range(0, len(captions.ids[0]), rows)
    ]
    joined = _joined(batches)
    return joined if captions.order is None else joined.at(captions.order)


def encode_tokens(
    base: BaseModel,
    ids: Sequence[Tensor],
    *,
    clip_skip: int = 1,
    weights: Tensor | None = None,
) -> TextStates:
    """The text states of token ids; differentiable wherever gradients are enabled.

    Args:
        ids: for each text encoder `(texts, 77)` int64, on any device.
        clip_skip: which layer from the end is read, 1 to 12. SDXL ignores it.
        weights: `(texts, 77)` emphasis of each token; None for none.
    """
    hidden: list[Tensor] = []
    pooled: Tensor | None = None
    for encoder, encoder_ids in zip(base.text_encoders, ids, strict=True):
        rows = encoder_ids.to(next(encoder.parameters()).device)
        if base.family == "sdxl":
            output = encoder(rows, output_hidden_states=True)
            states = output.hidden_states[-2]
            pooled = output.text_embeds if hasattr(output, "text_embeds") else pooled
        else:
            states = _skipped(encoder, rows, clip_skip)
        hidden.append(states if weights is None else emphasise(states, weights))
    return TextStates(torch.cat(hidden, dim=-1), pooled)


def emphasise(hidden: Tensor, weights: Tensor) -> Tensor:
    """Token states scaled by their weights, their mean then brought back, as A1111 does.

    Args:
        hidden: `(texts, tokens, width)`.
        weights: `(texts, tokens)`, 1 = as it was. A text whose weights are all 1 is unchanged.
    """
    factors = weights.to(hidden.device, torch.float32).unsqueeze(-1)
    before = hidden.float()
    after = before * factors
    mean_after = after.mean(dim=(1, 2), keepdim=True)
    ratio = before.mean(dim=(1, 2), keepdim=True) / mean_after
    plain = (factors == 1).all(dim=1, keepdim=True) | ~ratio.isfinite()
    return (after * torch.where(plain, 1.0, ratio)).to(hidden.dtype)


def _skipped(encoder: nn.Module, ids: Tensor, clip_skip: int) -> Tensor:
    """States `(texts, tokens, width)` of the layer `clip_skip` from the end, normalised."""
    if clip_skip == 1:
        last: Tensor = encoder(ids).last_hidden_state
        return last
    layers = encoder(ids, output_hidden_states=True).hidden_states
    if not 1 <= clip_skip < len(layers):
        raise ModelError(
            f"The text encoder has {len(layers) - 1} layers, so clip skip {clip_skip} is too much",
            where="model.clip_skip",
            fix=f"Use a value from 1 to {len(layers) - 1}",
        )
    states = layers[-clip_skip]
    # transformers 5.6 took the `text_model` level out of CLIPTextModel; both layouts occur.
    inner: Any = getattr(encoder, "text_model", encoder)
    normalised: Tensor = inner.final_layer_norm(states)
    return normalised


def _whole(states: TextStates, chunks: int) -> TextStates:
    """The states of captions from those of their chunks; the first one's pooled state counts."""
    if chunks == 1:
        return states
    pooled = None if states.pooled is None else states.pooled[::chunks]
    return TextStates(rejoined(states.hidden, chunks), pooled)


def _joined(batches: Sequence[TextStates]) -> TextStates:
    if len(batches) == 1:
        return batches[0]
    pooled = [batch.pooled for batch in batches if batch.pooled is not None]
    return TextStates(
        torch.cat([batch.hidden for batch in batches]), torch.cat(pooled) if pooled else None
    )


@lru_cache(maxsize=1)
def _counting_tokenizer() -> Any:
    return clip_tokenizer()
