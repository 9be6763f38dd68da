"""The adapted convolution with a kernel of several pixels (LoCon), as one differentiable step.

y = W * x + bias + s B (A * x), where A is a convolution with the base's kernel, stride and
padding to `rank` channels and B mixes channels at each pixel. As in `linear_product`, the base
is frozen and the plan says how values and gradients are found.
"""

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional

from lora_wizard.lora.cost import Plan
from lora_wizard.lora.linear_product import form, in_type_of, scaled_gradient


@dataclass(frozen=True, slots=True)
class Window:
    """How a convolution's kernel moves over the picture, each as (height, width)."""

    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]


def adapted_convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    down: Tensor,
    up: Tensor,
    scale: float,
    window: Window,
    plan: Plan,
) -> Tensor:
    """The output of a frozen convolution with its change.

    Args:
        x: `(batch, inputs, height, width)`, in the type that everything is computed in.
        weight: `(outputs, inputs, kernel height, kernel width)` of the same type, frozen.
        bias: `(outputs,)` of the same type, frozen, or None.
        down: A, `(rank, inputs, kernel height, kernel width)`, of any float type.
        up: B, `(outputs, rank, 1, 1)`, likewise. Gradients come back in the type of A and B.
        scale: s, the factor of the change.
        window: Stride, padding and dilation of the base.
        plan: How to compute it.
    """
    y = _AdaptedConvolution.apply(x, weight, bias, down, up, scale, window, plan)
    return cast(Tensor, y)


class _AdaptedConvolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        down: Tensor,
        up: Tensor,
        scale: float,
        window: Window,
        plan: Plan,
    ) -> Tensor:
        a, b = down.to(x.dtype), in_type_of(up, x)
        lowered: Tensor | None = None
        if plan.merged:
            weight = _merged(weight, a, b, scale)
            y = _convolve(x, weight, bias, window)
        else:
            lowered = _convolve(x, a, None, window)
            y = _convolve(x, weight, bias, window)
            _add_raised(y, lowered, b, scale)
        ctx.save_for_backward(x, weight, a, b, None if plan.whole_gradient else lowered)
        ctx.scale, ctx.window, ctx.plan = scale, window, plan
        ctx.forms = form(down), form(up)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        x, weight, a, b, lowered = ctx.saved_tensors
        scale, window, plan = ctx.scale, ctx.window, ctx.plan
        dy: Tensor = gradients[0]
        input_gradient, factor_gradient = ctx.needs_input_grad[0], any(ctx.needs_input_grad[3:5])

        whole = factor_gradient and plan.whole_gradient
        dx, d_weight = _gradients(dy, x, weight, window, values=input_gradient, kernel=whole)
        d_down = d_up = None
        if whole and d_weight is not None:
            d_rows = d_weight.flatten(1)
            d_down, d_up = b.t() @ d_rows, d_rows @ a.flatten(1).t()
        factored = factor_gradient and not whole
        through_change = input_gradient and not plan.merged
        if factored or through_change:
            d_lowered = functional.conv2d(dy, b.t()[:, :, None, None])
            dx_change, d_kernel = _gradients(
                d_lowered, x, a, window, values=through_change, kernel=factored
            )
            if dx is not None and dx_change is not None:
                dx.add_(dx_change, alpha=scale)
            if d_kernel is not None:
                lowered = _convolve(x, a, None, window) if lowered is None else lowered
                d_down, d_up = d_kernel, _pixels(dy).t() @ _pixels(lowered)
        if d_down is not None and d_up is not None:
            d_down = scaled_gradient(d_down.contiguous(), scale, ctx.forms[0])
            d_up = scaled_gradient(d_up, scale, ctx.forms[1])
        return dx, None, None, d_down, d_up, None, None, None


def _convolve(x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
    return functional.conv2d(x, weight, bias, window.stride, window.padding, window.dilation)


def _gradients(
    dy: Tensor, x: Tensor, weight: Tensor, window: Window, *, values: bool, kernel: bool
) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of x and of the kernel of a convolution, as far as they are wanted."""
    if not values and not kernel:
        return None, None
    dx, d_weight, _ = torch.ops.aten.convolution_backward(
        dy,
        x,
        weight,
        None,
        window.stride,
        window.padding,
        window.dilation,
        False,
        (0, 0),
        1,
        (values, kernel, False),
    )
    return dx if values else None, d_weight if kernel else None


def _merged(weight: Tensor, a: Tensor, b: Tensor, scale: float) -> Tensor:
    """W + s B A in the memory layout of W, which decides how fast the convolution runs."""
    if weight.is_contiguous():
        return torch.addmm(weight.flatten(1), b, a.flatten(1), alpha=scale).view(weight.shape)
    outputs, inputs, height, width = weight.shape
    rows = weight.permute(0, 2, 3, 1).reshape(outputs, -1)
    change = a.permute(0, 2, 3, 1).reshape(a.shape[0], -1)
    merged = torch.addmm(rows, b, change, alpha=scale)
    return merged.view(outputs, height, width, inputs).permute(0, 3, 1, 2)


def _add_raised(y: Tensor, lowered: Tensor, b: Tensor, scale: float) -> None:
    """y += s B lowered at each pixel, without a second full-size tensor."""
    if y.is_contiguous():
        count = y.shape[0]
        y.view(count, y.shape[1], -1).baddbmm_(
            b.expand(count, *b.shape), lowered.flatten(2), alpha=scale
        )
    else:
        y.permute(0, 2, 3, 1).view(-1, y.shape[1]).addmm_(_pixels(lowered), b.t(), alpha=scale)


def _pixels(picture: Tensor) -> Tensor:
    """`(batch, channels, height, width)` as `(pixels, channels)`."""
    return picture.permute(0, 2, 3, 1).reshape(-1, picture.shape[1])
