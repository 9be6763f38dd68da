"""The LoRA itself: its size, its strength and its place."""

from __future__ import annotations

from typing import get_args

from lora_wizard.questions.context import Context
from lora_wizard.questions.material import is_head_only
from lora_wizard.questions.question import Kind, Question, Suggestion, kept, start_reason
from lora_wizard.questions.texts import text
from lora_wizard.recipe import NetworkSettings
from lora_wizard.recipe.network import Parts


def _suggest_alpha(context: Context) -> Suggestion:
    """A start's own alpha keeps its ratio to the rank; 1 for heads; else the rank, as usual."""
    start, rank = context.start.network, context.recipe.network.rank
    plain = NetworkSettings()
    if start.alpha == 1 and context.start_name:
        return Suggestion(1.0, start_reason(context, True))
    if (start.rank, start.alpha) == (plain.rank, plain.alpha) and is_head_only(context.dataset):
        if not context.start_name:
            return Suggestion(1.0, text("network.alpha.reason_heads", context.language))
        reason = text("network.alpha.reason_heads_preset", context.language)
        return Suggestion(_in_range(float(rank)), reason)
    if start.alpha == start.rank:
        return Suggestion(_in_range(float(rank)), text("network.alpha.reason", context.language))
    return Suggestion(_in_range(rank * start.alpha / start.rank), start_reason(context, True))


def _in_range(alpha: float) -> float:
    return min(max(alpha, 1e-6), 65536.0)


def _has_convolutions(context: Context) -> bool:
    return context.recipe.network.conv_rank > 0


RANK = Question("network.rank", Kind.NUMBER, kept("network.rank"))
ALPHA = Question("network.alpha", Kind.NUMBER, _suggest_alpha)
PARTS = Question(
    "network.parts", Kind.CHOICE, kept("network.parts"), choices=get_args(Parts), expert=True
)
CONV_RANK = Question("network.conv_rank", Kind.NUMBER, kept("network.conv_rank"), expert=True)
CONV_ALPHA = Question(
    "network.conv_alpha",
    Kind.NUMBER,
    kept("network.conv_alpha"),
    applies=_has_convolutions,
    expert=True,
)
DROPOUT = Question("network.dropout", Kind.NUMBER, kept("network.dropout"), expert=True)
RANK_DROPOUT = Question(
    "network.rank_dropout", Kind.NUMBER, kept("network.rank_dropout"), expert=True
)
MODULE_DROPOUT = Question(
    "network.module_dropout", Kind.NUMBER, kept("network.module_dropout"), expert=True
)
BLOCK_RANKS = Question(
    "network.block_ranks", Kind.PROMPTS, kept("network.block_ranks"), optional=True, expert=True
)
BLOCK_ALPHAS = Question(
    "network.block_alphas", Kind.PROMPTS, kept("network.block_alphas"), optional=True, expert=True
)
BLOCK_RATES = Question(
    "network.block_rates", Kind.PROMPTS, kept("network.block_rates"), optional=True, expert=True
)
