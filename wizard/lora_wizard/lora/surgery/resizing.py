"""Another rank for a whole LoRA, and how much of it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from lora_wizard.lora.restoring import LoraModule
from lora_wizard.lora.surgery.changes import Spectrum, encoder_of, of_rank, spectrum


@dataclass(frozen=True, slots=True)
class Kept:
    """A resized LoRA."""

    modules: Mapping[str, LoraModule]
    energy: Mapping[str, float]
    """Share of each layer's energy that is kept, 0 to 1: the sum of the squares of the singular
    values, which is the square of the change's Frobenius norm."""
    whole: float
    """The same of all layers together."""

    @property
    def ranks(self) -> dict[str, int]:
        """The new rank of each layer."""
        return {name: module.rank for name, module in self.modules.items()}


def by_rank(modules: Mapping[str, LoraModule], rank: int) -> Kept:
    """Every layer at `rank`; layers of a smaller one keep theirs.

    Args:
        modules: As `LoraFile.modules` has them.
        rank: 1 or more.
    """
    found = {name: spectrum(module) for name, module in modules.items()}
    return _at(modules, found, {name: min(rank, len(one.values)) for name, one in found.items()})


def by_energy(modules: Mapping[str, LoraModule], share: float) -> Kept:
    """Every layer at the smallest rank that keeps a share of its energy.

    The layers of one text encoder share the largest rank that any of them needs: see `encoder_of`.

    Args:
        modules: As `LoraFile.modules` has them.
        share: More than 0, at most 1.
    """
    found = {name: spectrum(module) for name, module in modules.items()}
    ranks = {name: one.rank_for(share) for name, one in found.items()}
    common: dict[str, int] = {}
    for name, rank in ranks.items():
        if (encoder := encoder_of(name)) is not None:
            common[encoder] = max(common.get(encoder, 1), rank)
    for name in ranks:
        if (encoder := encoder_of(name)) is not None:
            ranks[name] = min(common[encoder], len(found[name].values))
    return _at(modules, found, ranks)


def _at(
    modules: Mapping[str, LoraModule], found: Mapping[str, Spectrum], ranks: Mapping[str, int]
) -> Kept:
    whole = {name: one.energy(len(one.values)) for name, one in found.items()}
    kept = {name: one.energy(ranks[name]) for name, one in found.items()}
    total = sum(whole.values())
    return Kept(
        modules={name: of_rank(found[name], ranks[name], modules[name]) for name in modules},
        energy={name: kept[name] / whole[name] if whole[name] else 1.0 for name in modules},
        whole=sum(kept.values()) / total if total else 1.0,
    )
