"""What the kohya_ss GUI's page shows before anybody fills it in, by the time of its version. Pure.

A file that leaves a setting out is opened with what the page shows. Source: the pages of v20.8.2,
v21.5.7, v21.8.10, v22.6.2, v23.0.15, v24.1.7, v25.2.1 and v26.0.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ALL: Mapping[str, Any] = {
    "max_resolution": "512,512",
    "enable_bucket": True,
    "min_bucket_reso": 256,
    "max_bucket_reso": 2048,
    "bucket_no_upscale": True,
    "caption_extension": ".caption",
    "shuffle_caption": False,
    "keep_tokens": 0,
    "network_dim": 8,
    "network_alpha": 1,
    "train_batch_size": 1,
    "learning_rate": 1e-4,
    "unet_lr": 1e-4,
    "text_encoder_lr": 5e-5,
    "lr_scheduler": "cosine",
    "lr_warmup": 10,
    "optimizer": "AdamW8bit",
    "save_every_n_epochs": 1,
    "mixed_precision": "fp16",
    "save_precision": "fp16",
}
_BEFORE_21_8 = {"min_bucket_reso": 256, "max_bucket_reso": 1024}
"""Before v21.8 the page had no limits of buckets, so that those of sd-scripts held."""
_SINCE_22 = {"text_encoder_lr": 1e-4}
_SINCE_24 = {**_SINCE_22, "caption_extension": ".txt"}
_SINCE_25 = {**_SINCE_24, "text_encoder_lr": 0}

_MARKS_22 = ("max_grad_norm",)
_MARKS_24 = ("loss_type", "huber_schedule", "dynamo_backend")
_MARKS_25 = ("flux1_checkbox", "sd3_checkbox", "loraplus_lr_ratio", "log_config")


def time_of(data: Mapping[str, Any]) -> int:
    """The version that a file is of, as far as its settings tell: 21, 22, 24 or 25.

    21 stands for all before v22.6, 22 for those up to v23, 25 for it and all later ones.
    """
    if any(key in data for key in _MARKS_25):
        return 25
    if any(key in data for key in _MARKS_24):
        return 24
    return 22 if any(key in data for key in _MARKS_22) else 21


def defaults(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the page shows where a file says nothing, by setting."""
    time = time_of(data)
    changed: Mapping[int, Mapping[str, Any]] = {22: _SINCE_22, 24: _SINCE_24, 25: _SINCE_25}
    found = {**_ALL, **changed.get(time, {})}
    if time == 21 and isinstance(data.get("xformers"), bool):
        found |= _BEFORE_21_8
    if not any(data.get(key) for key in ("epoch", "max_train_epochs", "max_train_steps")):
        # A limit of 0 that stands there is none.
        shows_steps = time >= 24 and "max_train_steps" not in data
        found |= {"max_train_steps": 1600} if shows_steps else {"epoch": 1}
    return found
