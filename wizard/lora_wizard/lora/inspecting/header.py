"""What a file's header tells of its training: settings, triggers and tags. Pure.

Keys and spellings are sd-scripts' (`train_network.py`); other trainers write some of them.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from lora_wizard.parsing import ParseError, parse_json, whole_number

SETTINGS = (
    "ss_learning_rate",
    "ss_unet_lr",
    "ss_text_encoder_lr",
    "ss_lr_scheduler",
    "ss_optimizer",
    "ss_num_epochs",
    "ss_epoch",
    "ss_steps",
    "ss_max_train_steps",
    "ss_batch_size_per_device",
    "ss_gradient_accumulation_steps",
    "ss_resolution",
    "ss_clip_skip",
    "ss_num_train_images",
    "ss_num_reg_images",
    "ss_shuffle_caption",
    "ss_keep_tokens",
    "ss_min_snr_gamma",
    "ss_noise_offset",
    "ss_network_args",
    "ss_mixed_precision",
    "ss_seed",
)
"""What is worth showing, in this order."""
_EMPTY = ("", "None", "null", "{}")
_ALWAYS = 0.95
"""Share of a folder's captions from which a tag counts as being in every one."""


def settings(metadata: Mapping[str, str]) -> dict[str, str]:
    """The training's settings by their names without `ss_`; what is unset is left out."""
    return {
        key.removeprefix("ss_"): metadata[key]
        for key in SETTINGS
        if metadata.get(key, "") not in _EMPTY
    }


def base_model(metadata: Mapping[str, str]) -> tuple[str, str]:
    """Name of the base's file and its hash (the SHA-256's first ten digits, or the old short one);
    empty where they are not told."""
    new, old = metadata.get("ss_new_sd_model_hash", ""), metadata.get("ss_sd_model_hash", "")
    shown = new[:10] if new not in _EMPTY else old
    name = metadata.get("ss_sd_model_name", "")
    return ("" if name in _EMPTY else name, "" if shown in _EMPTY else shown)


def triggers(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Words that call the character: as the file names them, else its folders' names."""
    named = metadata.get("modelspec.trigger_phrase", "")
    if named not in _EMPTY:
        return (named,)
    folders = _table(metadata, "ss_dataset_dirs")
    found = [name.split("_", 1)[-1].strip() for name in folders if "_" in name]
    return tuple(dict.fromkeys(word for word in found if word))


def always(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Tags that nearly every caption of a folder has: triggers, and what sticks to them."""
    folders = _table(metadata, "ss_dataset_dirs")
    found: list[str] = []
    for folder, counts in _tags(metadata).items():
        pictures = whole_number(folders.get(folder, {}).get("img_count"), least=1)
        if pictures is not None:
            found += [tag.strip() for tag, count in counts.items() if count >= _ALWAYS * pictures]
    return tuple(dict.fromkeys(tag for tag in found if tag))


def tags(metadata: Mapping[str, str]) -> list[tuple[str, int]]:
    """Every tag of the training captions and how many have it, the commonest first."""
    counts = Counter[str]()
    for found in _tags(metadata).values():
        counts.update({tag.strip(): count for tag, count in found.items() if tag.strip()})
    return counts.most_common()


def _tags(metadata: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Tags of each training folder; those of regularisation folders are left out."""
    others = _table(metadata, "ss_reg_dataset_dirs").keys() - _table(metadata, "ss_dataset_dirs")
    return {
        folder: {
            str(tag): number
            for tag, count in found.items()
            if (number := whole_number(count)) is not None
        }
        for folder, found in _table(metadata, "ss_tag_frequency").items()
        if folder not in others
    }


def _table(metadata: Mapping[str, str], key: str) -> dict[str, dict[str, Any]]:
    """A value that is JSON; an empty table where it is none, or another program's something."""
    try:
        found = parse_json(metadata.get(key, "{}"), nan=True)
    except ParseError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): value for name, value in found.items() if isinstance(value, dict)}
