"""Parts come to the device for their work and are put aside again.

A part here is a stand-in for a module on a graphics card, which says where it is and can be moved.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from lora_wizard.models.base import BaseModel
from lora_wizard.models.residence import ASIDE, brought, making_room, resting_place
from lora_wizard.models.sampling import sample

CARD = torch.device("cuda:0")


class Parameter:
    def __init__(self, device: torch.device) -> None:
        self.device = device


class Part:
    """A module as far as moving goes."""

    def __init__(self, device: torch.device) -> None:
        self.parameter = Parameter(device)
        self.moves: list[str] = []

    @property
    def device(self) -> torch.device:
        return self.parameter.device

    def parameters(self) -> Iterator[Parameter]:
        yield self.parameter

    def to(self, device: torch.device) -> None:
        self.parameter.device = device
        self.moves.append(device.type)


def test_parts_rest_beside_a_card_and_nowhere_else_on_a_cpu() -> None:
    assert resting_place(CARD) == ASIDE
    assert resting_place(torch.device("cpu")) == torch.device("cpu")


def test_a_part_is_brought_for_its_work_and_goes_back_even_after_an_error() -> None:
    waiting, there = Part(ASIDE), Part(CARD)
    with brought([waiting, there], torch.device("cuda")):
        assert waiting.device.type == there.device.type == "cuda"
    assert waiting.device == ASIDE and there.device == CARD
    assert waiting.moves == ["cuda", "cpu"] and there.moves == []
    with pytest.raises(ValueError, match="lost"), brought([waiting], CARD):
        raise ValueError("lost")
    assert waiting.device == ASIDE


@pytest.mark.parametrize(("free", "moves"), [(2 << 30, ["cpu", "cuda"]), (40 << 30, [])])
def test_room_is_made_only_where_a_card_has_little_memory_left(
    monkeypatch: pytest.MonkeyPatch, free: int, moves: list[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 48 << 30))
    part = Part(CARD)
    with making_room([part]):
        assert part.device == (ASIDE if moves else CARD)
    assert part.device == CARD and part.moves == moves


def test_on_a_cpu_nothing_moves() -> None:
    part = Part(ASIDE)
    with making_room([part]), brought([part], ASIDE):
        assert part.moves == []


def test_what_was_moved_while_pictures_were_drawn_can_still_be_trained_on(sd1: BaseModel) -> None:
    sample(sd1, ["ann"], seeds=[1], steps=1)
    for module in (sd1.unet, sd1.vae, *sd1.text_encoders):
        assert not any(parameter.is_inference() for parameter in module.parameters())
