"""Stage 2: the text encoder, trained to read captions before any picture is drawn.

Stable Diffusion's text encoder comes trained (CLIP saw pictures; here a caption's own tags are the
truth). It learns to state, at the end mark and at every padding place after it, which tags the
caption holds, whatever their order and whatever unknown words stand among them. After that it is
frozen, as Stable Diffusion's is, and the denoiser finds every tag in one place.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lora_wizard.models.vocabulary import clip_tokenizer, clip_vocabulary
from lora_wizard.paperdoll.base.corpus import training_caption, training_scene
from lora_wizard.paperdoll.base.modules import (
    END_OF_TEXT,
    TOKENS,
    Sizes,
    TextEncoder,
    build_text_encoder,
)
from lora_wizard.paperdoll.base.progress import (
    Log,
    Pace,
    cooled,
    learn,
    load_state,
    rank,
    save_state,
    start_together,
)
from lora_wizard.paperdoll.vocabulary import TAG_GROUPS, groups_of

SAVE_EVERY = 200
"""Steps between two lines of the log, which are also the points to go on from."""


class Captions:
    """Captions of random scenes as token ids, with the tags that they hold."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._tokenizer = clip_tokenizer()
        self.words = plain_words()

    def next(self, count: int) -> tuple[Tensor, Tensor]:
        """Ids `(count, 77)`, and the number of each group's tag, 0 for none, `(count, groups)`."""
        captions, truth = [], []
        for _ in range(count):
            caption = training_caption(training_scene(self._rng), self._rng, self.words)
            if self._rng.random() < 0.05:
                caption = ""
            captions.append(caption)
            truth.append(groups_of(caption))
        return self.tokenise(captions), torch.tensor(truth)

    def tokenise(self, captions: list[str]) -> Tensor:
        """`(n, 77)` int64, cut and padded with the end mark as Stable Diffusion 1 does."""
        ids: Tensor = self._tokenizer(
            captions, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt"
        ).input_ids
        return ids


def plain_words() -> list[str]:
    """Whole lower-case words of the CLIP vocabulary, as stand-ins for names nobody knows."""
    vocabulary, _ = clip_vocabulary()
    words = (token[:-4] for token in vocabulary if token.endswith("</w>"))
    return [word for word in words if word.isascii() and word.isalpha() and len(word) > 2]


def train_text_encoder(
    sizes: Sizes,
    folder: Path,
    log: Log,
    *,
    steps: int,
    batch: int,
    device: torch.device,
    rate: float = 1e-3,
) -> TextEncoder:
    """Trains until `steps`; goes on from `text.pt`.

    Args:
        steps: of the optimizer, counted over all earlier starts.
        batch: captions a worker and step.

    Returns:
        The encoder in evaluation mode.
    """
    study = _begin(sizes, folder, device, rate)
    captions = Captions(seed=study.step * 2 + rank() + 1)
    pace = Pace(study.step)
    while study.step < steps:
        warm = min(1, (study.step + 1) / 200)
        study.optimizer.param_groups[0]["lr"] = cooled(rate, study.step / steps) * warm
        ids, truth = (each.to(device) for each in captions.next(batch))
        scores = study.heads(read_places(study.encoder, ids))
        loss = tag_loss(scores, truth)
        learn(loss, study.parameters, study.optimizer)
        study.step += 1
        if study.step % SAVE_EVERY == 0 or study.step == steps:
            right, a_step = tag_accuracy(scores, truth), 1 / pace.since(study.step)
            log.write("text", step=study.step, loss=loss.item(), right=right, step_seconds=a_step)
            save_state(folder / "text.pt", study.state())
    return study.encoder.eval()


@dataclass(slots=True)
class _Study:
    """The encoder being trained with the heads that read its states, and how far it is."""

    encoder: TextEncoder
    heads: nn.Linear
    parameters: list[nn.Parameter]
    optimizer: torch.optim.AdamW
    step: int = 0

    def state(self) -> dict[str, object]:
        return {
            "model": self.encoder.state_dict(),
            "heads": self.heads.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }


def _begin(sizes: Sizes, folder: Path, device: torch.device, rate: float) -> _Study:
    encoder = build_text_encoder(sizes).to(device)
    heads = nn.Linear(sizes.width, sum(len(group) + 1 for group in TAG_GROUPS)).to(device)
    start_together(encoder)
    start_together(heads)
    parameters = [*encoder.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01, fused=True)
    study = _Study(encoder, heads, parameters, optimizer)
    if (state := load_state(folder / "text.pt")) is not None:
        encoder.load_state_dict(state["model"])
        heads.load_state_dict(state["heads"])
        optimizer.load_state_dict(state["optimizer"])
        study.step = state["step"]
    return study


def read_places(encoder: TextEncoder, ids: Tensor) -> Tensor:
    """States at the end mark and at one random padding place: `(texts, 2, width)`."""
    hidden: Tensor = encoder(ids).last_hidden_state
    ends = (ids == END_OF_TEXT).int().argmax(dim=1)
    later = ends + ((TOKENS - ends) * torch.rand(ends.shape, device=ids.device)).long()
    places = torch.stack([ends, later.clamp(max=TOKENS - 1)], dim=1)
    return hidden.gather(1, places[..., None].expand(-1, -1, hidden.shape[-1]))


def tag_loss(scores: Tensor, truth: Tensor) -> Tensor:
    """Mean cross-entropy over groups.

    Args:
        scores: `(texts, places, all tags)`, the groups side by side.
        truth: `(texts, groups)`, each group's number of its tag.
    """
    sizes = [len(group) + 1 for group in TAG_GROUPS]
    losses = [
        F.cross_entropy(part.flatten(0, 1), truth[:, index].repeat_interleave(scores.shape[1]))
        for index, part in enumerate(torch.split(scores, sizes, dim=-1))
    ]
    return torch.stack(losses).mean()


def tag_accuracy(scores: Tensor, truth: Tensor) -> float:
    """Share of groups read rightly at the end mark, 0..1."""
    sizes = [len(group) + 1 for group in TAG_GROUPS]
    parts = torch.split(scores[:, 0], sizes, dim=-1)
    right = [(part.argmax(-1) == truth[:, i]).float().mean() for i, part in enumerate(parts)]
    return torch.stack(right).mean().item()
