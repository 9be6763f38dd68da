"""The text states of each step's captions: from a cache wherever the text encoder is frozen.

Captions are shuffled anew each time, yet known beforehand (see batches), so the cache encodes those
of many coming steps together, each once, and forgets what has been used. In between, the text
encoders are off the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

from lora_wizard.models.base import BaseModel
from lora_wizard.models.residence import brought
from lora_wizard.models.text import (
    CaptionIds,
    TextStates,
    caption_ids,
    encode_captions,
    encode_ids,
)
from lora_wizard.models.vocabulary import CAPTION_TOKENS
from lora_wizard.train.batches import BatchSchedule, Shown

STEPS_AHEAD = 64
REMEMBERED_BYTES = 1 << 28
"""States kept for another use: without shuffling, often the whole dataset's. In two-byte numbers
that is about 2200 captions of SD1 or 850 of SDXL."""


class Texts(Protocol):
    """Where a step gets its text states from."""

    def given(self, step: int, shown: Shown) -> CaptionIds | TextStates:
        """What is known of a batch's captions before the step computes anything."""

    def encoded(self, given: CaptionIds | TextStates) -> TextStates:
        """States of a batch's captions, `hidden` `(batch, tokens, width)` in the UNet's type.

        Tensors in, tensors out: nothing here looks at a value or waits for the device.
        """

    def of(self, captions: tuple[str, ...]) -> TextStates:
        """States of captions that no step shows, in the same form."""


class TrainedTexts:
    """The text encoder runs in every step, with gradients, for it is being trained."""

    def __init__(
        self, base: BaseModel, clip_skip: int, caption_tokens: int = CAPTION_TOKENS
    ) -> None:
        self._base, self._clip_skip, self._caption_tokens = base, clip_skip, caption_tokens

    def given(self, step: int, shown: Shown) -> CaptionIds:
        return caption_ids(self._base, shown.captions, self._caption_tokens)

    def encoded(self, given: CaptionIds | TextStates) -> TextStates:
        assert isinstance(given, CaptionIds)
        return encode_ids(
            self._base, given, clip_skip=self._clip_skip, caption_tokens=self._caption_tokens
        )

    def of(self, captions: tuple[str, ...]) -> TextStates:
        return encode_captions(
            self._base, captions, clip_skip=self._clip_skip, caption_tokens=self._caption_tokens
        )


class CachedTexts:
    """The text encoder is frozen: captions of coming steps are encoded together, once."""

    def __init__(
        self,
        base: BaseModel,
        clip_skip: int,
        batches: BatchSchedule,
        rank: int,
        caption_tokens: int = CAPTION_TOKENS,
    ) -> None:
        self._base, self._clip_skip, self._caption_tokens = base, clip_skip, caption_tokens
        self._batches, self._rank = batches, rank
        self._known: dict[str, TextStates] = {}
        self._apart: dict[tuple[str, ...], TextStates] = {}

    def given(self, step: int, shown: Shown) -> TextStates:
        if any(caption not in self._known for caption in shown.captions):
            self._look_ahead(step)
        return _stacked([self._known[caption] for caption in shown.captions])

    def encoded(self, given: CaptionIds | TextStates) -> TextStates:
        assert isinstance(given, TextStates)
        return given

    @torch.no_grad()
    def of(self, captions: tuple[str, ...]) -> TextStates:
        # Beside the others: which captions are encoded together must not depend on these.
        if captions not in self._apart:
            self._apart[captions] = self._encoded(captions)
        return self._apart[captions]

    @torch.no_grad()
    def _look_ahead(self, step: int) -> None:
        end = min(step + STEPS_AHEAD, self._batches.total_steps)
        coming = [
            caption
            for later in range(step, end)
            for shown in self._batches.at(later, self._rank)
            for caption in shown.captions
        ]
        new = [caption for caption in dict.fromkeys(coming) if caption not in self._known]
        encoded = self._encoded(new)
        for row, caption in enumerate(new):
            self._known[caption] = encoded.at([row])
        if sum(map(_bytes, self._known.values())) > REMEMBERED_BYTES:
            wanted = set(coming)
            self._known = {text: known for text, known in self._known.items() if text in wanted}

    def _encoded(self, captions: Sequence[str]) -> TextStates:
        with brought(self._base.text_encoders, self._base.device):
            return encode_captions(
                self._base, captions, clip_skip=self._clip_skip, caption_tokens=self._caption_tokens
            )


def _bytes(states: TextStates) -> int:
    return states.hidden.nbytes + (0 if states.pooled is None else states.pooled.nbytes)


def _stacked(states: Sequence[TextStates]) -> TextStates:
    pooled = [one.pooled for one in states if one.pooled is not None]
    return TextStates(
        torch.cat([one.hidden for one in states]), torch.cat(pooled) if pooled else None
    )
