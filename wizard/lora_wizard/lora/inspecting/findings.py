"""What is wrong with a file, or worth knowing before it is used. Pure: facts in, findings out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from lora_wizard.lora.inspecting.naming import is_small, layers
from lora_wizard.lora.readers import FULL_SIZE, unread

if TYPE_CHECKING:
    from lora_wizard.lora.inspecting.inspection import Inspection

Severity = Literal["error", "warning", "hint"]
TRAINED_HERE = ("sd1", "sd2", "sdxl")
_USABLE = ("LoRA", "LoCon")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; its words are `inspect.problem.KEY` of the catalogue, filled with `values`."""

    key: str
    severity: Severity
    values: Mapping[str, object] = field(default_factory=dict)


def findings(seen: "Inspection") -> Iterator[Finding]:
    """Everything that can be told, the worst first."""
    found = [*_values(seen), *_names(seen), *_header(seen), *_strength(seen)]
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
    idle = [layer for layer in seen.idle if layer not in seen.not_finite]
    count = sum(part.layers for part in seen.parts)
    if idle and len(idle) == count:
        yield Finding("all_idle", "error")
    elif idle:
        yield Finding("idle", "hint", {"count": len(idle), "of": count})


def _names(seen: "Inspection") -> Iterator[Finding]:
    if seen.family not in TRAINED_HERE:
        name = seen.family or seen.metadata.get("modelspec.architecture")
        if name:
            yield Finding("other_family", "warning", {"family": name})
        else:
            yield Finding("unknown_family", "warning")
        return
    if seen.method not in _USABLE:
        yield Finding("other_method", "warning", {"method": seen.method or "?"})
    if is_small(seen.shapes):
        yield Finding("small_model", "hint")
    elif seen.naming == "diffusers":
        yield Finding("diffusers_names", "hint")
    elif seen.naming == "kohya" and seen.method in _USABLE:
        layout = FULL_SIZE[seen.family]  # type: ignore[index]
        for program, lost in unread(layers(seen.shapes), layout).items():
            if lost:
                yield Finding("unread", "warning", {"program": program, **_shown(lost)})


def _header(seen: "Inspection") -> Iterator[Finding]:
    told = a1111_family(seen.metadata)
    if seen.family in TRAINED_HERE and told is None:
        yield Finding("no_metadata", "hint")
    elif seen.family in TRAINED_HERE and told != seen.family:
        values = {"told": told, "is": seen.family}
        yield Finding("wrong_family", "warning", values)
    said = seen.metadata.get("sshs_model_hash", "")
    if said and said != seen.tensor_sha256:
        yield Finding("changed_since", "hint")
    rank = seen.metadata.get("ss_network_dim", "")
    if rank.isdecimal() and seen.ranks and int(rank) not in seen.ranks:
        ranks = ", ".join(map(str, seen.ranks))
        yield Finding("other_rank", "hint", {"told": rank, "is": ranks})


def _strength(seen: "Inspection") -> Iterator[Finding]:
    # diffusers' form has no alpha by convention; in kohya's it was forgotten.
    if seen.without_alpha and seen.method in _USABLE and seen.naming == "kohya":
        yield Finding("no_alpha", "hint", {"count": seen.without_alpha})
    for part in seen.parts:
        mixed = len(part.ranks) > 1 or len(part.alphas) > 1
        if part.name.startswith("text_encoder") and mixed:
            yield Finding("mixed_text_encoder", "warning", {"part": part.name})
        if part.name == "unet" and len(part.attention_alphas) > 1 and seen.naming == "kohya":
            alphas = ", ".join(f"{alpha:g}" for alpha in part.attention_alphas[:4])
            yield Finding("mixed_alphas", "warning", {"alphas": alphas})


def _shown(names: list[str] | tuple[str, ...]) -> dict[str, object]:
    return {"count": len(names), "names": ", ".join(names[:3]) + (", ..." if names[3:] else "")}
