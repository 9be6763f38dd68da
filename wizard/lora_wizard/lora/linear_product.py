"""The adapted linear layer as one differentiable step: y = x Wᵀ + bias + s (x Aᵀ) Bᵀ.

Autograd on its own would keep more activations, pass over them once more to add the change, and
could not choose how the gradients are found. It refuses to give W a gradient: W is frozen.

In half precision the change is computed first and the base product is accumulated onto it, so
that the sum is rounded once. The other way round, a change smaller than the rounding step of
the base's output would be lost entirely.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional

from lora_wizard.lora.cost import Plan

Form = tuple[torch.Size, torch.dtype]


def adapted_linear(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    down: Tensor,
    up: Tensor,
    scale: float,
    plan: Plan,
    remake: Callable[[], Tensor] | None = None,
) -> Tensor:
    """The output of a frozen linear layer with its change.

    Args:
        x: `(..., inputs)`, in the type that everything is computed in.
        weight: `(outputs, inputs)` of the same type, frozen.
        bias: `(outputs,)` of the same type, frozen, or None.
        down: A, `(rank, inputs)` with further dimensions of size 1 allowed, of any float type.
        up: B, `(outputs, rank)`, likewise. Gradients come back in the type of A and B.
        scale: s, the factor of the change.
        plan: How to compute it.
        remake: Makes the weight again, where it is not to be kept for the way back. Such a weight
            cannot be merged.

    Returns:
        `(..., outputs)` in the type of x.
    """
    return cast(Tensor, _AdaptedLinear.apply(x, weight, bias, down, up, scale, plan, remake))


def in_type_of(factor: Tensor, x: Tensor) -> Tensor:
    """A or B as a matrix in the type that x is computed in."""
    return factor.flatten(1).to(x.dtype)


def scaled_gradient(gradient: Tensor, scale: float, like: Form) -> Tensor:
    """A matrix times s, in the type and shape of the factor that it is the gradient of."""
    shape, dtype = like
    result = gradient.to(dtype)
    if scale != 1.0:
        # A product of this step, so nobody else holds it.
        result = result.mul_(scale)
    return result.view(shape)


def form(factor: Tensor) -> Form:
    """Shape and type of A or B, for its gradient."""
    return factor.shape, factor.dtype


class _AdaptedLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        down: Tensor,
        up: Tensor,
        scale: float,
        plan: Plan,
        remake: Callable[[], Tensor] | None,
    ) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        a, b = in_type_of(down, x), in_type_of(up, x)
        lowered: Tensor | None = None
        if plan.merged:
            # Kept for the backward pass. Merging only wins where W is smaller than x and y
            # together, so this never outweighs the activations.
            weight = torch.addmm(weight, b, a, alpha=scale)
            y = functional.linear(rows, weight, bias)
        else:
            lowered = rows @ a.t()
            beta = 0 if bias is None else 1
            start = rows.new_empty(()) if bias is None else bias
            y = torch.addmm(start, lowered, b.t(), beta=beta, alpha=scale)
            y.addmm_(rows, weight.t())
        # A and B as cast, not to cast them again: in full precision they are the parameters.
        # And x as rows: for a picture that lies channels first they are a copy already made.
        kept = weight if remake is None else None
        ctx.save_for_backward(rows, kept, a, b, None if plan.whole_gradient else lowered)
        ctx.scale, ctx.plan, ctx.forms = scale, plan, (form(down), form(up))
        ctx.remake = remake
        ctx.shape = x.shape
        return y.view(*x.shape[:-1], y.shape[-1])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        rows, weight, a, b, lowered = ctx.saved_tensors
        scale, plan = ctx.scale, ctx.plan
        input_gradient, factor_gradient = ctx.needs_input_grad[0], any(ctx.needs_input_grad[3:5])
        dy = gradients[0].reshape(-1, gradients[0].shape[-1])

        factored = factor_gradient and not plan.whole_gradient
        dx = d_down = d_up = None
        if factored or (input_gradient and not plan.merged):
            d_lowered = dy @ b
            if input_gradient and not plan.merged:
                dx = torch.addmm(dy.new_empty(()), d_lowered, a, beta=0, alpha=scale)
                dx.addmm_(dy, weight if ctx.remake is None else ctx.remake())
            if factored:
                lowered = rows @ a.t() if lowered is None else lowered
                d_down, d_up = d_lowered.t() @ rows, dy.t() @ lowered
        if input_gradient and plan.merged:
            dx = dy @ weight
        if factor_gradient and plan.whole_gradient:
            d_weight = dy.t() @ rows
            d_down, d_up = b.t() @ d_weight, d_weight @ a.t()
        if d_down is not None and d_up is not None:
            d_down = scaled_gradient(d_down, scale, ctx.forms[0])
            d_up = scaled_gradient(d_up, scale, ctx.forms[1])
        dx = None if dx is None else dx.view(ctx.shape)
        return dx, None, None, d_down, d_up, None, None, None
