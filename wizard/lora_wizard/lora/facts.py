"""What a file's metadata tells beyond the recipe. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Family = Literal["sd1", "sd2", "sdxl"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFacts:
    """What the metadata tells beyond the recipe: of the base, the pictures and the run."""

    family: Family
    v_prediction: bool = False
    zero_terminal_snr: bool = False
    base_name: str
    """File or folder name of the base, without its path."""
    base_hash: str | None = None
    """As `base_hashes` gives them; None for a base in a folder."""
    base_new_hash: str | None = None
    vae_name: str | None = None
    """File or folder name of another VAE than the base's own."""
    vae_hash: str | None = None
    """As `base_hashes` gives them; None for a VAE in a folder."""
    vae_new_hash: str | None = None

    images: int
    """Training pictures of an epoch, repeats counted."""
    regularisation_images: int = 0
    validation_images: int = 0
    """Held out of the training."""
    batches_per_epoch: int
    epochs: int
    dataset_dirs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Folder name to `{"n_repeats": N, "img_count": N}`."""
    regularisation_dirs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    tag_frequency: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Folder name to tag to count; tags in small letters."""
    bucket_info: Mapping[str, Any] | None = None
    """`{"buckets": {"0": {"resolution": [w, h], "count": n}}, "mean_img_ar_error": x}`."""

    session_id: int
    started_at: float
    """Seconds since 1970, as the two that follow."""
    finished_at: float
    total_steps: int
    """Of the whole run as planned."""
    warmup_steps: int = 0
    steps: int
    """Done when the file is saved."""
    epoch: int
    """Done when the file is saved."""
    mixed_precision: Literal["no", "fp16", "bf16"] = "no"
    processes: int = 1
