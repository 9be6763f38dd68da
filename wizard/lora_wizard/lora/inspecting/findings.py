"""What is wrong with a file, or worth knowing before it is used. Pure: facts in, findings out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from lora_wizard.lora.names import FAMILIES, is_layer, is_small
from lora_wizard.lora.pixelwise import PROJECTIONS
from lora_wizard.lora.readers import FULL_SIZE, unread

if TYPE_CHECKING:
    from lora_wizard.lora.inspecting.inspection import Inspection

Severity = Literal["error", "warning", "hint"]
_USABLE = ("LoRA", "LoCon")
_LEAST_HASH = 8
"""Digits of a hash that are compared; some programs write only its beginning."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; its words are `inspect.problem.KEY` of the catalogue, filled with `values`."""

    key: str
    severity: Severity
    values: Mapping[str, object] = field(default_factory=dict)


def findings(seen: "Inspection") -> Iterator[Finding]:
    """Everything that can be told, the worst first."""
    found = [
        *_values(seen),
        *_layers(seen),
        *_names(seen),
        *_header(seen),
        *_strength(seen),
    ]
    order: dict[Severity, int] = {"error": 0, "warning": 1, "hint": 2}
    yield from sorted(found, key=lambda each: order[each.severity])


def a1111_family(metadata: Mapping[str, str]) -> str | None:
    """The family that A1111 takes a file for by its header; None where it shows it everywhere."""
    if metadata.get("ss_base_model_version", "").startswith("sdxl_"):
        return "sdxl"
    if metadata.get("ss_v2") == "True":
        return "sd2"
    return "sd1" if metadata else None


def _values(seen: "Inspection") -> Iterator[Finding]:
    if seen.not_finite:
        yield Finding("not_finite", "error", _shown(seen.not_finite))
    impossible = seen.contents.impossible
    if impossible:
        first = next(iter(impossible.values()))
        yield Finding("impossible", "error", {**_shown(list(impossible)), "why": first})
    idle = [layer for layer in seen.idle if layer not in seen.not_finite]
    count = len(seen.contents.names.written)
    if idle and len(idle) == count:
        yield Finding("all_idle", "error")
    elif idle:
        yield Finding("idle", "hint", {"count": len(idle), "of": count})


def _layers(seen: "Inspection") -> Iterator[Finding]:
    """What the file holds besides layers, and layers that are none."""
    names = seen.contents.names
    if seen.method in _USABLE and names.unpaired:
        yield Finding("unpaired", "error", _shown(names.unpaired))
    if names.twice:
        pairs = [f"{one} = {other}" for one, other in names.twice]
        yield Finding("twice", "error", _shown(pairs))
    if seen.family in FAMILIES and names.written:
        unknown = [written for name, written in names.written.items() if not is_layer(name)]
        if unknown and seen.method in _USABLE:
            yield Finding("unknown_layers", "warning", _shown(unknown))
        if names.strange and seen.method in _USABLE:
            yield Finding("strange", "warning", _shown(names.strange))
    if names.is_wrapped:
        yield Finding("wrapped", "warning")
    if names.embeddings:
        yield Finding("embeddings", "hint", _shown(names.embeddings))
    if not seen.method and not names.embeddings:
        yield Finding("no_lora", "error")


def _names(seen: "Inspection") -> Iterator[Finding]:
    names = seen.contents.names
    if seen.family not in FAMILIES:
        name = seen.family or seen.metadata.get("modelspec.architecture")
        if name:
            yield Finding("other_family", "warning", {"family": name})
        elif seen.method:
            yield Finding("unknown_family", "warning")
        return
    if seen.method not in _USABLE:
        yield Finding("other_method", "warning", {"method": seen.method or "?"})
    if is_small(seen.shapes, names):
        yield Finding("small_model", "hint")
    elif seen.naming == "kohya" and seen.method in _USABLE:
        layout = FULL_SIZE[seen.family]
        known = [written for name, written in names.written.items() if is_layer(name)]
        for program, lost in unread(known, layout).items():
            if lost:
                yield Finding("unread", "warning", {"program": program, **_shown(lost)})
    if seen.naming != "kohya" and seen.method in _USABLE:
        yield Finding("diffusers_names", "hint", {"naming": seen.naming})
    if seen.family == "sd2" and seen.naming == "kohya" and _has_linear_projections(seen):
        yield Finding("linear_projections", "hint")


def _has_linear_projections(seen: "Inspection") -> bool:
    return any(
        name.endswith(PROJECTIONS) and module.down.ndim == 2
        for name, module in seen.contents.modules.items()
    )


def _header(seen: "Inspection") -> Iterator[Finding]:
    told = a1111_family(seen.metadata)
    if seen.family in FAMILIES and told is None:
        yield Finding("no_metadata", "hint")
    elif seen.family in FAMILIES and told != seen.family:
        values = {"told": told, "is": seen.family}
        yield Finding("wrong_family", "warning", values)
    # LyCORIS writes 0x in front.
    said = seen.metadata.get("sshs_model_hash", "").lower().removeprefix("0x")
    if len(said) >= _LEAST_HASH and not seen.tensor_sha256.startswith(said):
        yield Finding("changed_since", "hint")
    rank = seen.metadata.get("ss_network_dim", "")
    if rank.isdecimal() and seen.ranks and int(rank) not in seen.ranks:
        ranks = ", ".join(map(str, seen.ranks))
        yield Finding("other_rank", "hint", {"told": rank, "is": ranks})


def _strength(seen: "Inspection") -> Iterator[Finding]:
    contents = seen.contents
    untold, zero = len(contents.without_alpha), len(contents.zero_alpha)
    if seen.method in _USABLE:
        # diffusers' form has no alpha by convention; in kohya's it was forgotten.
        if untold and seen.naming == "kohya":
            yield Finding("no_alpha", "hint", {"count": untold})
        if untold and "PEFT" in contents.names.namings:
            yield Finding("no_peft_alpha", "hint")
        if zero:
            yield Finding("zero_alpha", "warning", {"count": zero, "of": len(contents.modules)})
        yield from _told_alpha(seen)
    for part in seen.parts:
        mixed = len(part.ranks) > 1 or len(part.alphas) > 1
        if part.name.startswith("text_encoder") and mixed:
            yield Finding("mixed_text_encoder", "warning", {"part": part.name})
        if part.name == "unet" and len(part.attention_alphas) > 1 and seen.naming == "kohya":
            alphas = ", ".join(f"{alpha:g}" for alpha in part.attention_alphas[:4])
            yield Finding("mixed_alphas", "warning", {"alphas": alphas})


def _told_alpha(seen: "Inspection") -> Iterator[Finding]:
    """Alpha from the header or from peft's settings, which most programs do not read."""
    scales = seen.contents.scales
    for part in seen.parts:
        alpha = scales.said(part.name)
        if alpha is None or not part.alphas or seen.contents.names.naming == "kohya":
            continue
        acts = next(iter(part.alphas))
        values = {"part": part.name, "alpha": f"{alpha:g}", "acts": f"{acts:g}",
                  "rank": next(iter(part.ranks), 0)}  # fmt: skip
        is_stabilised = scales.is_stabilised(part.name)
        yield Finding("stabilised" if is_stabilised else "told_alpha", "hint", values)


def _shown(names: list[str] | tuple[str, ...]) -> dict[str, object]:
    return {"count": len(names), "names": ", ".join(names[:3]) + (", ..." if names[3:] else "")}
