"""A LoRA on a model: its layers by name, its parameters for the optimizer, its tensors.

It refuses to own the base model: it is put on in place, and `detach` leaves the model as it was.
Several may lie on one model; their changes add up, and each can be taken off at any time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lora_wizard.errors import RecipeError
from lora_wizard.lora.layers import AdaptedLayer, Adapter
from lora_wizard.lora.pixelwise import as_convolution
from lora_wizard.lora.restoring import ALPHA, DOWN, UP, LoraModule, named, restore
from lora_wizard.lora.targets import SECOND_ENCODER, Part, Target, find_targets
from lora_wizard.recipe import NetworkSettings, TrainingSettings
from lora_wizard.recipe.blocks import block_values


class LoraNetwork:
    """All adapted layers of one LoRA. Made by `attach` or, from a file, by `attach_file`.

    Attributes:
        modules: The change of each layer, by its name in a file.
        layers: The same as a module, for what walks modules, such as data-parallel wrappers.
    """

    def __init__(self, adapters: Mapping[str, Adapter], targets: Mapping[str, Target]) -> None:
        self.modules: dict[str, Adapter] = dict(adapters)
        self.layers = nn.ModuleDict(self.modules)
        self._targets = {name: targets[name] for name in self.modules}
        self._places = {name: AdaptedLayer.on(self._targets[name].layer) for name in self.modules}
        self._trained_before: list[nn.Parameter] = []
        self._norms: dict[str, Tensor] = {}
        self._multiplier = 1.0
        for name, adapter in self.modules.items():
            self._places[name].add(adapter)

    @property
    def multiplier(self) -> float:
        """Strength of the whole LoRA; 1 as trained, 0 leaves exactly the base."""
        return self._multiplier

    @multiplier.setter
    def multiplier(self, value: float) -> None:
        self._multiplier = value
        for adapter in self.modules.values():
            adapter.multiplier = value

    def parameters(self, part: Part | None = None) -> Iterator[nn.Parameter]:
        """A and B of every layer, or of one part's layers."""
        for name, adapter in self.modules.items():
            if part is None or self._targets[name].part == part:
                yield from adapter.parameters()

    def weight(self, name: str) -> Tensor:
        """The frozen weight W that a layer's change is added to."""
        return self._targets[name].layer.weight

    def train(self, mode: bool = True) -> None:
        """Turns dropouts on, or off for drawing samples. No matter without dropouts."""
        self.layers.train(mode)

    def to(self, device: torch.device | str) -> None:
        """Moves A and B after the base model was moved."""
        self.layers.to(device)

    def freeze_base(self, models: Sequence[nn.Module]) -> None:
        """Takes all of the models' own parameters out of training until `detach`."""
        for model in models:
            self._trained_before += [own for own in model.parameters() if own.requires_grad]
            model.requires_grad_(False)

    def detach(self) -> None:
        """Takes the LoRA off: the model is exactly what it was. A second call does nothing."""
        for name, place in self._places.items():
            place.remove(self.modules[name])
        for parameter in self._trained_before:
            parameter.requires_grad_(True)
        self._places, self._trained_before = {}, []

    def parameter_groups(
        self, training: TrainingSettings, block_rates: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Groups for a torch optimizer, each with `params`, `lr` and `name`.

        A part's own rate counts, else `learning_rate`. A part whose rate is 0 gets no group and
        its parameters no gradient: they stay as they are. Blocks of the U-Net with a factor of
        their own are groups of their own, before the rest.

        Args:
            training: The rates.
            block_rates: As in `NetworkSettings.block_rates`.

        Raises:
            RecipeError: Nothing is left to train.
        """
        groups: list[dict[str, Any]] = []
        for part, rate, parameters in self._rated(training, block_values(block_rates)):
            for parameter in parameters:
                parameter.requires_grad_(rate != 0)
            if parameters and rate != 0:
                groups.append({"params": parameters, "lr": rate, "name": part})
        if not groups:
            raise RecipeError(
                "every part that is trained has the learning rate 0",
                where="training",
                fix="Set training.learning_rate, text_encoder_lr or unet_lr above 0",
            )
        return groups

    def _rated(
        self, training: TrainingSettings, factors: Mapping[str, float]
    ) -> Iterator[tuple[str, float, list[nn.Parameter]]]:
        """Each part with its rate and parameters; SDXL's second text encoder is one of its own
        where it has a rate of its own."""
        common = training.learning_rate
        text = common if training.text_encoder_lr is None else training.text_encoder_lr
        second = training.text_encoder_2_lr
        unet = common if training.unet_lr is None else training.unet_lr
        encoders = [name for name, place in self._targets.items() if place.part == "text_encoder"]
        apart = [name for name in encoders if name.startswith(SECOND_ENCODER)]
        if second is None:
            yield "text_encoder", text, list(self.parameters("text_encoder"))
        else:
            first = [name for name in encoders if name not in set(apart)]
            yield "text_encoder", text, self._of(first)
            yield "text_encoder_2", second, self._of(apart)
        by_factor: dict[float, list[str]] = {}
        for name, target in self._targets.items():
            if target.part == "unet":
                factor = factors.get(target.block or "", 1.0)
                by_factor.setdefault(factor, []).append(name)
        # The rest comes last: the last group's rate is the one that the log shows.
        for factor in sorted(by_factor, key=lambda one: (one == 1, one)):
            yield "unet", unet * factor, self._of(by_factor[factor])

    def _of(self, names: Sequence[str]) -> list[nn.Parameter]:
        return [one for name in names for one in self.modules[name].parameters()]

    def tensors(self) -> dict[str, Tensor]:
        """A copy of the state, on the CPU, in float32, named as in a file."""
        result: dict[str, Tensor] = {}
        for name, adapter in self.modules.items():
            result[f"{name}.{DOWN}"] = _copy(adapter.down)
            result[f"{name}.{UP}"] = _copy(adapter.up)
            result[f"{name}.{ALPHA}"] = torch.tensor(adapter.alpha)
        return result

    def file_tensors(self) -> dict[str, Tensor]:
        """The state as it goes into a file: where blocks have alphas of their own, B takes up the
        difference, and all layers but the spatial ones have one alpha. Projections are as
        sd-scripts has them: see `targets.Target.is_convolution_in_file`.

        diffusers (0.42 at least) looks attention's alphas up under names that its models do not
        have, and applies the commonest alpha to them. Other programs do not mind either way.
        """
        tensors = self.tensors()
        for name in self.modules:
            if self._targets[name].is_convolution_in_file:
                for kind in (DOWN, UP):
                    tensors[f"{name}.{kind}"] = as_convolution(tensors[f"{name}.{kind}"])
        plain = {
            name: one for name, one in self.modules.items() if not self._targets[name].is_spatial
        }
        alphas = {one.alpha for one in plain.values()}
        if len(alphas) < 2:
            return tensors
        common = max(alphas)  # B only becomes smaller, and overflows nowhere
        for name, adapter in plain.items():
            tensors[f"{name}.{UP}"] *= adapter.alpha / common
            tensors[f"{name}.{ALPHA}"] = torch.tensor(common)
        return tensors

    def load_tensors(self, tensors: Mapping[str, Tensor], *, partial: bool = False) -> None:
        """Takes over a state as `tensors` gave it, or another LoRA's to go on from.

        A layer's alpha stays as it was set here: where the state was made with another, B is
        rescaled so that the change of the model is the same.

        Args:
            tensors: Named as in a file.
            partial: Allow layers that the state does not have; they stay as they are.

        Raises:
            LoraFileError: Names or shapes do not fit; nothing was taken over then.
        """
        restore(self.modules, tensors, partial=partial)

    def load_modules(self, modules: Mapping[str, LoraModule]) -> None:
        """Takes over another LoRA's layers to go on from; as `load_tensors` with `partial`.

        Args:
            modules: By their canonical names, as `LoraFile.modules` has them.

        Raises:
            LoraFileError: Names or shapes do not fit; nothing was taken over then.
        """
        names = {target.canonical: name for name, target in self._targets.items()}
        restore(self.modules, named(modules, names), partial=True)

    @torch.no_grad()
    def moved(self) -> float:
        """How far the adapted weights are from the base: ‖s B A‖ / ‖W‖ over all layers.

        Frobenius norms, at multiplier 1. The products are never formed: ‖B A‖² is the sum of
        BᵀB ∘ AAᵀ, two matrices of rank times rank.
        """
        if not self.modules:
            return 0.0
        squares: list[Tensor] = []
        for name, adapter in self.modules.items():
            a, b = adapter.down.flatten(1), adapter.up.flatten(1)
            square = ((b.t() @ b) * (a @ a.t())).sum() * (adapter.alpha / adapter.rank) ** 2
            squares.append(square)
            if name not in self._norms:
                norm = torch.linalg.vector_norm(self.weight(name), dtype=torch.float32)
                self._norms[name] = norm**2
        change = torch.stack([square.to(squares[0].device) for square in squares]).sum()
        base = torch.stack([norm.to(squares[0].device) for norm in self._norms.values()]).sum()
        return float((change.clamp(min=0) / base).sqrt())


def attach(
    unet: nn.Module,
    text_encoders: Sequence[nn.Module],
    settings: NetworkSettings,
    *,
    seed: int = 0,
    generator: torch.Generator | None = None,
) -> LoraNetwork:
    """Puts a fresh LoRA on a model, in place, ready to be trained; the base is frozen.

    Args:
        unet: A diffusers `UNet2DConditionModel`.
        text_encoders: One CLIP text model, or the two of SDXL in their order.
        settings: Ranks, alphas, dropouts and parts. A block of rank 0 is left out, with its
            convolutions.
        seed: Of the first values of A, where no generator is given.
        generator: What A is drawn from.

    Raises:
        ModelError: The model has nothing to adapt.
        RecipeError: The ranks of blocks leave nothing over.
    """
    targets = find_targets(
        unet, text_encoders, parts=settings.parts, convolutions=settings.conv_rank > 0
    )
    draws = torch.Generator().manual_seed(seed) if generator is None else generator
    ranks, alphas = block_values(settings.block_ranks), block_values(settings.block_alphas)
    adapters: dict[str, Adapter] = {}
    for target in targets:
        block = target.block or ""
        rank = int(ranks.get(block, settings.rank))
        if rank == 0:
            continue
        adapter = Adapter(
            target.layer,
            settings.conv_rank if target.is_spatial else rank,
            settings.conv_alpha if target.is_spatial else alphas.get(block, settings.alpha),
            dropout=settings.dropout,
            rank_dropout=settings.rank_dropout,
            module_dropout=settings.module_dropout,
        )
        adapter.initialise(draws)
        adapters[target.name] = adapter
    if not adapters:
        raise RecipeError(
            "every layer that could be adapted has the rank 0",
            where="network.block_ranks",
            fix="Leave some blocks, or train the text encoder as well",
        )
    network = LoraNetwork(adapters, {target.name: target for target in targets})
    network.freeze_base([unet, *text_encoders])
    return network


def _copy(parameter: Tensor) -> Tensor:
    return parameter.detach().to("cpu", torch.float32, copy=True).contiguous()
