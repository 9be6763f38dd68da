"""Which way of computing an adapted layer does the least work, by counting it.

With the base weight W `(outputs, inputs)` and the change s B A, there are two ways to the values,
`x Wᵀ + s (x Aᵀ) Bᵀ` (factored) or `x (W + s B A)ᵀ` (merged), and two ways to the gradients of A
and B, through the small products or through the gradient of the whole weight. Many tokens
favour the whole matrices, few tokens the small ones, and the two choices are independent.

It counts, it does not measure: a plan depends on shapes alone, so that a run can be repeated.
"""

from dataclasses import dataclass
from functools import lru_cache

MOVED_ELEMENT = 10
"""Multiply-adds done in the time that moving one element to or from memory takes, about.
Between 8 and 16 on the processors tried; it matters only where a product is thin."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one call of an adapted layer is computed."""

    merged: bool
    """Values from one product with W + s B A, else base and change apart."""
    whole_gradient: bool
    """Gradients of A and B from the gradient of the whole weight, else from small products."""


PLANS = tuple(Plan(merged, whole) for merged in (False, True) for whole in (False, True))


@lru_cache(maxsize=4096)
def choose_plan(
    tokens: int,
    inputs: int,
    outputs: int,
    rank: int,
    *,
    input_gradient: bool,
    factor_gradient: bool,
    may_merge: bool,
) -> Plan:
    """The plan of least work for a layer's call.

    Args:
        tokens: Rows of x: batch times tokens, or batch times pixels of the output.
        inputs: Columns of W. For a convolution, channels times kernel area.
        outputs: Rows of W.
        rank: Rows of A.
        input_gradient: Whether x needs a gradient.
        factor_gradient: Whether A and B need one.
        may_merge: False where W + s B A would be rounded too coarsely.
    """
    plans = [plan for plan in PLANS if may_merge or not plan.merged]
    if not factor_gradient:
        plans = [plan for plan in plans if not plan.whole_gradient]
    return min(
        plans,
        key=lambda plan: extra_work(
            plan,
            tokens,
            inputs,
            outputs,
            rank,
            input_gradient=input_gradient,
            factor_gradient=factor_gradient,
        ),
    )


def extra_work(
    plan: Plan,
    tokens: int,
    inputs: int,
    outputs: int,
    rank: int,
    *,
    input_gradient: bool,
    factor_gradient: bool,
) -> int:
    """Multiply-adds of a plan, forward and backward, beyond those of the frozen layer alone."""
    lower = product(tokens, inputs, rank)
    lift = product(tokens, outputs, rank)
    whole = product(outputs, rank, inputs)
    work = 0
    if plan.merged:
        work += whole
    else:
        work += lower + lift
        if input_gradient:
            work += lift + lower
    if not factor_gradient:
        return work
    if plan.whole_gradient:
        return work + product(outputs, tokens, inputs) + 2 * whole
    work += lift + lower
    if plan.merged:  # x Aᵀ was not needed for the values
        work += lower
    if plan.merged or not input_gradient:  # nor was dy B
        work += lift
    return work


def product(rows: int, inner: int, columns: int) -> int:
    """Work of a matrix product: its multiply-adds, and its three matrices moved once."""
    moved = rows * inner + inner * columns + rows * columns
    return rows * inner * columns + MOVED_ELEMENT * moved
