"""Text states are those that the families' own pipelines use."""

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import pytest
import torch
from torch import nn

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel
from lora_wizard.models.conditioning import encode_prompts, filled_up, prompt_chunks
from lora_wizard.models.prompt import parse_prompt
from lora_wizard.models.text import (
    _skipped,
    emphasise,
    encode_captions,
    encode_tokens,
    token_count,
    tokenise,
    tokens_cut,
)

library: Any = diffusers  # its classes are untyped

CAPTIONS = ["1girl, solo, ann", "", "landscape, no humans"]
LONG = ", ".join(f"word{number}" for number in range(60))


def test_tokens_are_counted_without_the_marks() -> None:
    assert token_count("") == 0
    assert token_count("1girl, solo") == 4
    assert tokens_cut("1girl") == 0
    assert tokens_cut("cat " * 80) == 5


def test_captions_are_cut_to_75_tokens(sd1: BaseModel, sdxl: BaseModel) -> None:
    (ids,) = tokenise(sd1, ["cat " * 80, "cat"])
    assert ids.shape == (2, 77) and ids[0, -1] == 49407
    first, second = tokenise(sdxl, ["cat"])
    assert first[0, -1] == 49407 and second[0, -1] == 0


def test_sd1_states_are_those_of_diffusers(sd1: BaseModel, sd1_folder: Path) -> None:
    pipeline = library.StableDiffusionPipeline.from_pretrained(sd1_folder, local_files_only=True)
    expected, _ = pipeline.encode_prompt(CAPTIONS, "cpu", 1, False)
    states = encode_captions(sd1, CAPTIONS)
    assert states.pooled is None
    torch.testing.assert_close(states.hidden, expected)


def test_sd2_states_are_those_of_diffusers(sd2: BaseModel, sd2_folder: Path) -> None:
    pipeline = library.StableDiffusionPipeline.from_pretrained(sd2_folder, local_files_only=True)
    expected, _ = pipeline.encode_prompt(CAPTIONS, "cpu", 1, False)
    torch.testing.assert_close(encode_captions(sd2, CAPTIONS).hidden, expected)


def test_clip_skip_is_the_encoder_without_its_last_layers(sd1: BaseModel) -> None:
    # diffusers' own clip skip cannot be compared with: it fails since transformers 5.6.
    shorter = copy.deepcopy(sd1.text_encoders[0])
    del shorter.encoder.layers[-1]
    (ids,) = tokenise(sd1, CAPTIONS)
    states = encode_captions(sd1, CAPTIONS, clip_skip=2)
    torch.testing.assert_close(states.hidden, shorter(ids).last_hidden_state)


def test_sdxl_states_are_those_of_diffusers(sdxl: BaseModel, sdxl_folder: Path) -> None:
    pipeline = library.StableDiffusionXLPipeline.from_pretrained(sdxl_folder, local_files_only=True)
    expected, _, pooled, _ = pipeline.encode_prompt(
        CAPTIONS, device="cpu", do_classifier_free_guidance=False
    )
    states = encode_captions(sdxl, CAPTIONS)
    torch.testing.assert_close(states.hidden, expected)
    torch.testing.assert_close(states.pooled, pooled)


def test_an_exclamation_mark_is_no_padding(sd2: BaseModel, sdxl: BaseModel) -> None:
    for base in (sd2, sdxl):
        ids = tokenise(base, ["smile!"])[-1][0].tolist()
        assert ids[1:4] == [3490, 256, 49407] and ids[4:] == [0] * 73  # 256 is "!" at a word's end


def test_sdxl_reads_the_last_layer_but_one_whatever_the_clip_skip(sdxl: BaseModel) -> None:
    (first, second) = tokenise(sdxl, CAPTIONS)
    states = encode_captions(sdxl, CAPTIONS, clip_skip=2)
    for encoder, ids, part in (
        (sdxl.text_encoders[0], first, states.hidden[..., :32]),
        (sdxl.text_encoders[1], second, states.hidden[..., 32:]),
    ):
        torch.testing.assert_close(
            part, encoder(ids, output_hidden_states=True).hidden_states[-2].detach()
        )
    assert torch.equal(states.hidden, encode_captions(sdxl, CAPTIONS).hidden)


def test_repeated_captions_give_repeated_states(sd1: BaseModel) -> None:
    states = encode_captions(sd1, ["a", "b", "a"])
    assert states.hidden.shape == (3, 77, 32)
    assert torch.equal(states.hidden[0], states.hidden[2])
    assert not torch.equal(states.hidden[0], states.hidden[1])
    assert torch.equal(states.at([1]).hidden[0], states.hidden[1])
    assert states.to("cpu", torch.float16).hidden.dtype == torch.float16


def test_too_much_clip_skip_says_how_much_there_is(sd1: BaseModel) -> None:
    with pytest.raises(ModelError, match="1 to 3"):
        encode_captions(sd1, ["a"], clip_skip=4)


@pytest.mark.parametrize("clip_skip", [1, 2])
def test_gradients_reach_the_text_encoder(sd1: BaseModel, clip_skip: int) -> None:
    weight = sd1.text_encoders[0].get_submodule("encoder.layers.0.mlp.fc1").weight
    weight.requires_grad_(True)
    try:
        encode_tokens(sd1, tokenise(sd1, ["ann"]), clip_skip=clip_skip).hidden.sum().backward()
        assert weight.grad is not None and weight.grad.abs().sum() > 0
    finally:
        weight.requires_grad_(False)
        weight.grad = None


class Nested(nn.Module):
    """CLIPTextModel as it was before transformers 5.6: everything one level deeper."""

    def __init__(self, flat: Any) -> None:
        super().__init__()
        self.text_model = flat

    def forward(self, *arguments: Any, **options: Any) -> SimpleNamespace:
        output: SimpleNamespace = self.text_model(*arguments, **options)
        return output


def test_clip_skip_works_in_the_older_layout_of_the_encoder(sd1: BaseModel) -> None:
    flat = sd1.text_encoders[0]
    (ids,) = tokenise(sd1, ["ann"])
    assert torch.equal(_skipped(Nested(flat), ids, 2), _skipped(flat, ids, 2))


def test_emphasis_scales_tokens_and_keeps_the_mean() -> None:
    hidden = torch.rand(2, 77, 8) + 0.5
    weights = torch.ones(2, 77)
    weights[0, 3] = 1.4
    emphasised = emphasise(hidden, weights)
    torch.testing.assert_close(emphasised[0].mean(), hidden[0].mean())
    share = emphasised[0, 3] / emphasised[0, 4]
    torch.testing.assert_close(share, 1.4 * hidden[0, 3] / hidden[0, 4])
    assert torch.equal(emphasised[1], hidden[1])


def test_plain_prompts_have_the_states_of_captions(sd1: BaseModel, sdxl: BaseModel) -> None:
    for base in (sd1, sdxl):
        captions = encode_captions(base, CAPTIONS)
        for number, condition in enumerate(encode_prompts(base, CAPTIONS)):
            torch.testing.assert_close(condition.hidden, captions.hidden[number])
            if captions.pooled is not None:
                torch.testing.assert_close(condition.pooled, captions.pooled[number])


def test_weights_break_and_length_change_the_states(sd1: BaseModel) -> None:
    plain, weighted, broken, long = encode_prompts(
        sd1, ["ann, hat", "ann, (hat:1.5)", "ann BREAK hat", LONG]
    )
    assert plain.hidden.shape == weighted.hidden.shape == (77, 32)
    assert not torch.allclose(plain.hidden, weighted.hidden)
    assert broken.hidden.shape == (154, 32)
    assert long.hidden.shape[0] > 77
    (empty,) = encode_prompts(sd1, [""])
    longer = filled_up(plain, empty, 154)
    assert torch.equal(longer.hidden, torch.cat([plain.hidden, empty.hidden]))


def test_long_prompts_are_cut_after_a_comma(sd1: BaseModel) -> None:
    tokenizer = sd1.tokenizers[0]
    chunks = prompt_chunks(tokenizer, parse_prompt(LONG))
    assert len(chunks) > 1 and all(len(chunk.tokens) <= 75 for chunk in chunks)
    assert all(chunk.tokens[-1] == 267 for chunk in chunks[:-1])
    joined = [token for chunk in chunks for token in chunk.tokens]
    assert joined == tokenizer(LONG, add_special_tokens=False).input_ids
    assert [len(chunk.tokens) for chunk in prompt_chunks(tokenizer, parse_prompt("cat " * 80))] == [
        75,
        5,
    ]
