"""Captions of several chunks, against the same written out plainly."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from lora_wizard.models.base import BaseModel
from lora_wizard.models.text import TextStates, encode_captions, tokenise, tokens_cut

SHORT = "1girl, ann"
LONG = ", ".join(f"tag {number} word" for number in range(60))
BOTH = [SHORT, LONG]


def plain_chunks(tokenizer: Any, caption: str, chunks: int) -> list[list[int]]:
    """Token ids of a caption's chunks, by hand."""
    inner = tokenizer(caption, add_special_tokens=False, verbose=False).input_ids[: 75 * chunks]
    begin, end, pad = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
    whole = [*inner, end, *[pad] * (75 * chunks)][: 75 * chunks + 1]
    rows = []
    for start in range(0, 75 * chunks, 75):
        row = [begin, *whole[start : start + 75], whole[-1]]
        if pad != end:
            if row[-2] not in (end, pad):
                row[-1] = end
            if row[1] == pad:
                row[1] = end
        rows.append(row)
    return rows


def plain_states(base: BaseModel, caption: str, chunks: int, clip_skip: int) -> TextStates:
    """States of one caption, chunk by chunk."""
    hidden: list[Tensor] = []
    pooled = None
    for encoder, tokenizer in zip(base.text_encoders, base.tokenizers, strict=True):
        outputs = [
            encoder(torch.tensor([row]), output_hidden_states=True)
            for row in plain_chunks(tokenizer, caption, chunks)
        ]
        if base.family == "sdxl":
            states = [output.hidden_states[-2] for output in outputs]
            pooled = getattr(outputs[0], "text_embeds", pooled)
        else:
            norm = getattr(encoder, "text_model", encoder).final_layer_norm
            states = [norm(output.hidden_states[-clip_skip]) for output in outputs]
        inner = [each[:, 1:-1] for each in states]
        hidden.append(torch.cat([states[0][:, :1], *inner, states[-1][:, -1:]], dim=1))
    return TextStates(torch.cat(hidden, dim=-1), pooled)


@pytest.mark.parametrize("chunks", [2, 3])
@pytest.mark.parametrize(("name", "clip_skip"), [("sd1", 1), ("sd1", 2), ("sd2", 1), ("sdxl", 2)])
def test_long_captions_are_read_chunk_by_chunk(
    request: pytest.FixtureRequest, name: str, clip_skip: int, chunks: int
) -> None:
    base: BaseModel = request.getfixturevalue(name)
    with torch.no_grad():
        found = encode_captions(base, BOTH, clip_skip=clip_skip, caption_tokens=75 * chunks)
        wanted = [plain_states(base, caption, chunks, clip_skip) for caption in BOTH]
    assert found.hidden.shape[:2] == (2, 75 * chunks + 2)
    for row, each in enumerate(wanted):
        torch.testing.assert_close(found.hidden[row : row + 1], each.hidden, rtol=1e-4, atol=1e-5)
        if each.pooled is not None and found.pooled is not None:
            torch.testing.assert_close(found.pooled[row : row + 1], each.pooled)


def test_what_is_behind_75_tokens_counts_only_when_it_is_read(sd1: BaseModel) -> None:
    other = LONG.replace("tag 30", "cat 30")
    with torch.no_grad():
        short = encode_captions(sd1, [LONG, other])
        long = encode_captions(sd1, [LONG, other], caption_tokens=225)
    assert torch.equal(short.hidden[0], short.hidden[1])
    assert not torch.equal(long.hidden[0], long.hidden[1])
    assert tokens_cut(LONG) > 0 == tokens_cut(SHORT)
    assert tokens_cut(LONG) == tokens_cut(LONG, 150) + 75


def test_75_tokens_are_as_they_ever_were(sdxl: BaseModel) -> None:
    ids = tokenise(sdxl, BOTH)
    assert [tuple(each.shape) for each in ids] == [(2, 77), (2, 77)]
    with torch.no_grad():
        plain = encode_captions(sdxl, BOTH)
        same = encode_captions(sdxl, BOTH, caption_tokens=75)
    assert torch.equal(plain.hidden, same.hidden)


def test_gradients_reach_the_encoder_through_all_chunks(sd1: BaseModel) -> None:
    weight = sd1.text_encoders[0].get_input_embeddings().weight
    weight.requires_grad_(True)
    try:
        encode_captions(sd1, [LONG], caption_tokens=225).hidden.square().sum().backward()
        last = sd1.tokenizers[0](LONG, add_special_tokens=False).input_ids[200]
        assert float(weight.grad[last].abs().sum()) > 0
    finally:
        weight.requires_grad_(False)
        weight.grad = None
