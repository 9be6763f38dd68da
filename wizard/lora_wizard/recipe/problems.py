"""What is wrong with a recipe's data, all of it, in words and with a way out."""

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from lora_wizard.errors import Problem
from lora_wizard.recipe.recipe import FORMAT, Recipe, known_keys, tables
from lora_wizard.recipe.table import CHECK

Data = dict[str, Any]
Finding = tuple[str, str, str]
"""A dotted key, what is wrong with it, and what to do."""

FOREIGN = {
    "network_dim": "network.rank",
    "net_dim": "network.rank",
    "dim": "network.rank",
    "network_alpha": "network.alpha",
    "conv_dim": "network.conv_rank",
    "pretrained_model_name_or_path": "model.base",
    "base_model": "model.base",
    "train_data_dir": "data.images",
    "img_folder": "data.images",
    "reg_data_dir": "data.regularisation",
    "reg_img_folder": "data.regularisation",
    "regularization": "data.regularisation",
    "enable_bucket": "data.buckets",
    "train_batch_size": "training.batch_size",
    "num_epochs": "training.epochs",
    "max_train_epochs": "training.epochs",
    "max_train_steps": "training.steps",
    "lr": "training.learning_rate",
    "lr_scheduler": "training.scheduler",
    "lr_warmup": "training.warmup_ratio",
    "warmup_lr_ratio": "training.warmup_ratio",
    "optimizer_type": "training.optimizer",
    "mixed_precision": "training.precision",
    "output_name": "saving.name",
    "save_precision": "saving.precision",
    "save_every_n_epochs": "saving.every_epochs",
    "training_comment": "saving.comment",
}
"""Names that other trainers use, for those who bring their habits."""


def find_problems(data: Data) -> list[Finding]:
    """Everything that keeps `data` from being a recipe; an empty list where it is one.

    Checks that span several keys run only on sound values, so what is found is taken out and
    the rest is checked again, with defaults in its place, until nothing new turns up. A key
    is complained about once.
    """
    if (problem := _wrong_format(data)) is not None:
        return [problem]
    findings: list[Finding] = []
    remaining = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in data.items()
    }
    while True:
        try:
            Recipe.model_validate(remaining)
        except ValidationError as error:
            for finding in (finding for detail in error.errors() for finding in _describe(detail)):
                if finding[0] not in {key for key, _, _ in findings}:
                    findings.append(finding)
            if not _take_out(remaining, error):
                return findings
        else:
            return findings


def as_problems(findings: list[Finding], where: Mapping[str, str]) -> list[Problem]:
    """The findings as problems, each placed by `where` (dotted key to place) or by its key."""
    return [Problem(where.get(key, key), what, fix) for key, what, fix in findings]


def nearest_key(key: str) -> str | None:
    """The dotted key that was probably meant by the unknown `key`, or None."""
    table, _, name = key.rpartition(".")
    known = known_keys()
    if name in FOREIGN:
        return FOREIGN[name]
    same_table = [other for other in known if other.rpartition(".")[0] == table]
    same_name = [other for other in known if other.rpartition(".")[2] == name]
    if same_name:
        return same_name[0]
    for candidates in (same_table, known):
        if near := difflib.get_close_matches(key, candidates, n=1, cutoff=0.7):
            return near[0]
    names = {other.rpartition(".")[2]: other for other in reversed(known)}
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    return names[close[0]] if close else None


def unknown_key(key: str) -> Finding:
    """The finding that `key` does not exist, with what was probably meant."""
    if "." not in key and (near := difflib.get_close_matches(key, tables(), n=1)):
        return key, "there is no such table", f"Did you mean [{near[0]}]?"
    meant = nearest_key(key)
    if meant is None:
        table = key.rpartition(".")[0]
        names = ", ".join(tables()[table].model_fields if table in tables() else tables())
        return key, "there is no such setting", f"Known here: {names}."
    return key, "there is no such setting", f"Did you mean {meant}?"


def _wrong_format(data: Data) -> Finding | None:
    version = data.get("format", FORMAT)
    if isinstance(version, int) and not isinstance(version, bool):
        if version > FORMAT:
            what = f"this is format {version}, from a newer lora-wizard; this one reads {FORMAT}"
            return "format", what, "Update it with: pip install --upgrade lora-wizard"
        if version == FORMAT:
            return None
    return "format", f"{version!r} is no version of this format", f"Write format = {FORMAT}."


def _describe(detail: Any) -> list[Finding]:
    key = ".".join(str(part) for part in detail["loc"][:2])
    if detail["type"] == CHECK:
        prefix = f"{key}." if key else ""
        return [(prefix + name, what, fix) for name, what, fix in detail["ctx"]["findings"]]
    if detail["type"] == "extra_forbidden":
        return [unknown_key(key)]
    if detail["type"] in ("model_type", "model_attributes_type"):
        return [(key, f"{_shown(detail['input'])} is not a table", f"Write it as [{key}].")]
    what = f"{_shown(detail['input'])} does not do: {_lowered(detail['msg'])}"
    return [(key, what, _advice(detail))]


def _advice(detail: Any) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "literal_error":
        near = difflib.get_close_matches(str(detail["input"]), _words(context["expected"]), n=1)
        return f'Did you mean "{near[0]}"?' if near else "Choose one of these."
    if detail["type"] == "string_pattern_mismatch":
        return {
            "data.background": 'Write a colour such as "#ffffff".',
            "data.caption_extension": 'Write an ending with its dot, such as ".txt".',
        }[".".join(detail["loc"])]
    if detail["type"].endswith("_type") and isinstance(detail["input"], str):
        return "Write it without quotes."
    if detail["type"] == "string_type":
        return "Write it in quotes."
    if detail["type"] == "multiple_of":
        return f"Round it to a multiple of {context['multiple_of']}."
    return ""


def _take_out(data: Data, error: ValidationError) -> bool:
    """Remove what `error` complains about; False where that leaves nothing new to check."""
    removed = False
    for detail in error.errors():
        if detail["type"] == CHECK:
            continue
        table, *rest = detail["loc"]
        holder = data.get(str(table))
        if rest and isinstance(holder, dict):
            removed |= holder.pop(str(rest[0]), None) is not None
        else:
            removed |= data.pop(str(table), None) is not None
    return removed


def _words(expected: str) -> list[str]:
    return [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
