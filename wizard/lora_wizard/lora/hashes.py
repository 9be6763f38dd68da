"""Fingerprints of files, as other programs show and compare them.

Source: sd-scripts `library/train_util.py`. The legacy hash looks at 64 KiB in the middle of a
file only and says little; it is written because older programs look for it.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from lora_wizard.lora.container import data_offset, serialise

LEGACY_START, LEGACY_LENGTH = 0x100000, 0x10000


def tensor_hashes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> tuple[str, str]:
    """`sshs_model_hash` and `sshs_legacy_hash` of a LoRA file with these tensors.

    The first is over the tensors' bytes only, so it outlives a change of the metadata.
    """
    kept = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    content = serialise(tensors, kept)
    return hashlib.sha256(content[data_offset(content) :]).hexdigest(), _legacy(content)


def base_hashes(path: Path) -> tuple[str, str]:
    """`ss_sd_model_hash` and `ss_new_sd_model_hash` of a base model in a single file."""
    with path.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(LEGACY_START)
        part = file.read(LEGACY_LENGTH)
    return hashlib.sha256(part).hexdigest()[:8], whole


def _legacy(content: bytes) -> str:
    part = content[LEGACY_START : LEGACY_START + LEGACY_LENGTH]
    return hashlib.sha256(part).hexdigest()[:8]
