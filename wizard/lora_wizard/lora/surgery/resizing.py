"""Another rank for a whole LoRA, and how much of it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from lora_wizard.lora.names import PartName, part_of
from lora_wizard.lora.restoring import LoraModule
from lora_wizard.lora.surgery.changes import (
    encoder_of,
    of_rank,
    padded,
    rank_for,
    spectrum,
    with_one_alpha,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A resized LoRA."""

    modules: Mapping[str, LoraModule]
    energy: Mapping[str, float]
    """Share of each layer's energy that is kept, 0 to 1: the sum of the squares of the singular
    values, which is the square of the change's Frobenius norm."""
    parts: Mapping[PartName, float]
    """The same of the layers of each part: `unet`, `text_encoder` and `text_encoder_2`."""
    whole: float
    """The same of all layers together."""

    @property
    def ranks(self) -> dict[str, int]:
        """The new rank of each layer."""
        return {name: module.rank for name, module in self.modules.items()}


def by_rank(modules: Mapping[str, LoraModule], rank: int) -> Kept:
    """Every layer at `rank`; layers of a smaller one keep theirs.

    The layers of one text encoder get one rank, filled up with zeros where one has less: see
    `encoder_of`.

    Args:
        modules: As `LoraFile.modules` has them.
        rank: 1 or more.
    """
    return _at(modules, {name: min(rank, _most(module)) for name, module in modules.items()})


def by_energy(modules: Mapping[str, LoraModule], share: float) -> Kept:
    """Every layer at the smallest rank that keeps a share of its energy.

    The layers of one text encoder share the largest rank that any of them needs: see `encoder_of`.

    Args:
        modules: As `LoraFile.modules` has them.
        share: More than 0, at most 1.
    """
    # Two passes over the layers, so that no more than one is held taken apart.
    ranks = {name: rank_for(spectrum(module).values, share) for name, module in modules.items()}
    return _at(modules, ranks)


def _at(modules: Mapping[str, LoraModule], wanted: Mapping[str, int]) -> Kept:
    common: dict[str, int] = {}
    for name, rank in wanted.items():
        if (encoder := encoder_of(name)) is not None:
            common[encoder] = max(common.get(encoder, 1), rank)
    made: dict[str, LoraModule] = {}
    kept: dict[str, float] = {}
    whole: dict[str, float] = {}
    for name, module in modules.items():
        encoder = encoder_of(name)
        found = spectrum(module)
        rank = min(common[encoder] if encoder else wanted[name], len(found.values))
        made[name] = of_rank(found, rank, module)
        if encoder:
            made[name] = padded(made[name], common[encoder])
        kept[name], whole[name] = found.energy(rank), found.energy(len(found.values))
    by_part: dict[PartName, list[str]] = {}
    for name in modules:
        by_part.setdefault(part_of(name), []).append(name)
    return Kept(
        modules=with_one_alpha(made),
        energy={name: _share(kept[name], whole[name]) for name in modules},
        parts={
            part: _share(sum(kept[n] for n in names), sum(whole[n] for n in names))
            for part, names in by_part.items()
        },
        whole=_share(sum(kept.values()), sum(whole.values())),
    )


def _most(module: LoraModule) -> int:
    """The largest rank that the change can have."""
    return min(module.rank, module.down[0].numel(), int(module.up.shape[0]))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
