"""Prompts of any length, with emphasis, to the states that the UNet reads.

A prompt is cut into chunks of 75 tokens, each encoded by itself, and their states are laid end to
end, as A1111 does: BREAK starts a new chunk, and a chunk that overflows is cut after a comma when
there is one near its end. Pictures of one batch need equally many chunks, so shorter prompts are
filled up with empty ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lora_wizard.models.base import BaseModel
from lora_wizard.models.prompt import Prompt, parse_prompt
from lora_wizard.models.text import CAPTIONS_AT_ONCE, TextStates, encode_tokens
from lora_wizard.models.vocabulary import CAPTION_TOKENS, CONTEXT_TOKENS

COMMA_REACH = 20
"""How many tokens back from a full chunk's end a comma is looked for."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Up to 75 tokens and the weight of each."""

    tokens: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """The states of one prompt."""

    hidden: Tensor
    """`(chunks * 77, width)`."""
    pooled: Tensor | None
    """`(width of the second encoder)` for SDXL, else None."""


def encode_prompts(
    base: BaseModel, prompts: Sequence[str], *, clip_skip: int = 1
) -> list[Condition]:
    """The states of prompts in A1111's syntax; LoRA calls in them are left out.

    Every distinct chunk is encoded once, in large batches. Prompts of unequal length have unequal
    states: `filled_up` brings them together.
    """
    chunks = [prompt_chunks(base.tokenizers[0], parse_prompt(prompt)) for prompt in prompts]
    distinct = list(dict.fromkeys(chunk for prompt in chunks for chunk in prompt))
    states = _encode_chunks(base, distinct, clip_skip)
    rows = {chunk: row for row, chunk in enumerate(distinct)}
    return [_condition(states, [rows[chunk] for chunk in prompt]) for prompt in chunks]


def prompt_chunks(tokenizer: Any, prompt: Prompt) -> tuple[Chunk, ...]:
    """A prompt's tokens in chunks of at most 75, at least one chunk."""
    comma = tokenizer.convert_tokens_to_ids(",</w>")
    return tuple(
        chunk
        for section in prompt.sections
        for chunk in _split(
            [
                (token, span.weight)
                for span in section
                for token in tokenizer(span.text, add_special_tokens=False, verbose=False).input_ids
            ],
            comma,
        )
    )


def filled_up(condition: Condition, empty: Condition, tokens: int) -> Condition:
    """The same condition, made `tokens` long by repeating the states of an empty chunk."""
    missing = (tokens - condition.hidden.shape[0]) // CONTEXT_TOKENS
    hidden = torch.cat([condition.hidden, *[empty.hidden] * missing])
    return Condition(hidden, condition.pooled)


def _split(tokens: list[tuple[int, float]], comma: int) -> Iterator[Chunk]:
    """Chunks of one section; an empty section is one empty chunk."""
    while True:
        size = len(tokens) if len(tokens) <= CAPTION_TOKENS else _cut(tokens, comma)
        yield Chunk(
            tuple(token for token, _ in tokens[:size]), tuple(weight for _, weight in tokens[:size])
        )
        tokens = tokens[size:]
        if not tokens:
            return


def _cut(tokens: list[tuple[int, float]], comma: int) -> int:
    """Where to cut an overflowing chunk: after a comma near its end, or else when it is full."""
    for size in range(CAPTION_TOKENS, CAPTION_TOKENS - COMMA_REACH, -1):
        if tokens[size - 1][0] == comma:
            return size
    return CAPTION_TOKENS


def _encode_chunks(base: BaseModel, chunks: Sequence[Chunk], clip_skip: int) -> TextStates:
    ids = [
        torch.tensor([_framed(tokenizer, chunk.tokens) for chunk in chunks])
        for tokenizer in base.tokenizers
    ]
    weights = torch.tensor(
        [
            [1.0, *chunk.weights, *[1.0] * (CONTEXT_TOKENS - 1 - len(chunk.weights))]
            for chunk in chunks
        ]
    )
    batches = [
        encode_tokens(
            base,
            [each[start : start + CAPTIONS_AT_ONCE] for each in ids],
            clip_skip=clip_skip,
            weights=weights[start : start + CAPTIONS_AT_ONCE],
        )
        for start in range(0, len(chunks), CAPTIONS_AT_ONCE)
    ]
    pooled = [batch.pooled for batch in batches if batch.pooled is not None]
    hidden = torch.cat([batch.hidden for batch in batches])
    return TextStates(hidden, torch.cat(pooled) if pooled else None)


def _framed(tokenizer: Any, tokens: tuple[int, ...]) -> list[int]:
    """Begin mark, tokens, end mark, and padding up to 77."""
    padding = [tokenizer.pad_token_id] * (CAPTION_TOKENS - len(tokens))
    return [tokenizer.bos_token_id, *tokens, tokenizer.eos_token_id, *padding]


def _condition(states: TextStates, rows: Sequence[int]) -> Condition:
    hidden = torch.cat([states.hidden[row] for row in rows])
    # The pooled state of several chunks is the first one's, as in A1111.
    return Condition(hidden, None if states.pooled is None else states.pooled[rows[0]])
