"""The tables `model` and `data`: what training starts from."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from lora_wizard.recipe.table import Table, refuse, setting

Family = Literal["auto", "sd1", "sd2", "sdxl"]


class ModelSettings(Table, frozen=True):
    """The base model that the LoRA is trained for."""

    base: str = setting(
        "paperdoll",
        "The base model: the word `paperdoll` for the small one that comes with the package, or "
        "the path of a checkpoint file or a diffusers folder. A LoRA suits the base that it was "
        "trained on and its relatives.",
        min_length=1,
    )
    vae: str = setting(
        "",
        "The path of another VAE than the base's own, a file or a diffusers folder; empty for its "
        "own. It only turns pictures into latents and back; the LoRA learns nothing of it.",
    )
    family: Family = setting(
        "auto",
        "The architecture of the base. `auto` reads it from the file, which is nearly always "
        "right; set it for a checkpoint that is taken for another.",
    )
    clip_skip: int = setting(
        1,
        "Which layer of the text encoder to read, counted from its end. 1 is the last; many "
        "anime checkpoints of the SD1 family were trained with 2. SDXL ignores it.",
        unit="layers from the end",
        ge=1,
        le=12,
    )
    v_prediction: bool | None = setting(
        None,
        "Whether the base predicts velocity in place of noise. Unset, the file is believed; a "
        "wrong value gives pure noise.",
    )
    zero_terminal_snr: bool | None = setting(
        None,
        "Whether the base's noise schedule ends without any signal (Lin et al., 2024), as with "
        "most v-prediction models of today. Unset, the file is believed.",
    )


def _pair(value: Any) -> Any:
    """`512` and `"512x768"` as `(512, 512)` and `(512, 768)`; anything else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    if isinstance(value, str):
        parts = value.lower().replace(",", "x").split("x")
        if len(parts) in (1, 2) and all(part.strip().isdecimal() for part in parts):
            return (int(parts[0]), int(parts[-1]))
    return tuple(value) if isinstance(value, list) else value


Resolution = Annotated[tuple[int, int], BeforeValidator(_pair)]


class DataSettings(Table, frozen=True):
    """The pictures, their captions, and how they are cut to size."""

    images: str = setting(
        "",
        "The folder of training pictures, laid out as `REPEATS_name` folders. Left empty in "
        "presets; `--images` fills it.",
    )
    regularisation: str = setting(
        "",
        "A folder of pictures of what the character is not, in the same layout: it keeps the "
        "base's idea of an ordinary person. Empty for none.",
    )
    trigger: str = setting(
        "",
        "The tag that calls the character. Training puts it in front of every caption that does "
        "not have it, and keeps it there; regularisation pictures go without. Empty leaves the "
        "captions as they are.",
        max_length=200,
    )
    repeats: int = setting(
        1,
        "How often an epoch sees each picture where the folder's name does not say so: a folder "
        "named such as `10_name` has its own number.",
        unit="times",
        ge=1,
        le=10_000,
    )
    resolution: Resolution = setting(
        (512, 512),
        'Size to train at, as one number, `[width, height]` or `"512x768"`. Use what the base '
        "was trained at: 512 for SD1, 768 for most of SD2, 1024 for SDXL.",
        unit="pixels",
        schema="each 64 to 4096, a multiple of 8",
    )
    buckets: bool = setting(
        True,
        "Whether pictures of other shapes keep their shape, in groups of about equal area. "
        "Without it everything is cut to `resolution`, which easily cuts heads.",
    )
    bucket_min: int = setting(
        256, "Shortest side of a bucket.", unit="pixels", ge=8, le=4096, multiple_of=8
    )
    bucket_max: int = setting(
        1024, "Longest side of a bucket.", unit="pixels", ge=8, le=8192, multiple_of=8
    )
    bucket_step: int = setting(
        64,
        "Sides of buckets are multiples of this; smaller steps cut less off, and make more "
        "groups, which fill batches worse.",
        unit="pixels",
        ge=8,
        le=512,
        multiple_of=8,
    )
    bucket_no_upscale: bool = setting(
        False, "Whether small pictures stay small: enlarged ones teach the LoRA to be blurry."
    )
    caption_extension: str = setting(
        ".txt", "Ending of the caption beside each picture, with its dot.", pattern=r"^\.[^/\\]+$"
    )
    shuffle_captions: bool = setting(
        True, "Whether tags change places at each step, so that no tag's place is learned."
    )
    keep_tokens: int = setting(
        1,
        "How many tags at the front stay there when captions are shuffled: the trigger.",
        unit="tags",
        ge=0,
        le=255,
    )
    caption_dropout: float = setting(
        0.0,
        "Share of the steps that see an empty caption. A little makes the LoRA act without its "
        "trigger, so characters do best with 0.",
        ge=0,
        le=1,
    )
    caption_dropout_every_epochs: int = setting(
        0,
        "Whole epochs with empty captions: every so many; 0 for none.",
        unit="epochs",
        ge=0,
    )
    tag_dropout: float = setting(
        0.0, "Chance of each tag behind the kept ones to be left out of a step.", ge=0, le=1
    )
    wildcards: bool = setting(
        False,
        "Whether a caption file may hold several lines, of which each time one is taken, and "
        "choices such as `{smile|grin}`; `{{` and `}}` are then plain braces.",
    )
    caption_prefix: str = setting(
        "", "Put before every caption, such as `mira,` where no caption names her."
    )
    caption_suffix: str = setting("", "Put behind every caption.")
    caption_tokens: Literal[75, 150, 225] = setting(
        75,
        "How many of CLIP's tokens of a caption are read; 75 is one reading, 150 and 225 are two "
        "and three. More costs time in the text encoder and in every step.",
        unit="tokens",
    )
    background: str = setting(
        "#ffffff",
        "Colour that transparent pictures are put on. It is learned like anything else in them.",
        pattern=r"^#[0-9a-fA-F]{6}$",
    )
    alpha_mask: bool = setting(
        False, "Whether transparent parts count for nothing in the loss, so they are not learned."
    )
    flip: bool = setting(
        False,
        "Whether half of the steps see their picture mirrored: more material, but what is on "
        "one side only (an ornament, a parting) is lost.",
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        findings = []
        if any(side % 8 or not 64 <= side <= 4096 for side in self.resolution):
            shown = "x".join(str(side) for side in self.resolution)
            what = f"{shown} does not do: each side must be 64 to 4096 and a multiple of 8"
            near = "x".join(str(min(4096, max(64, side // 8 * 8))) for side in self.resolution)
            findings.append(("resolution", what, f"Try {near}."))
        if self.buckets and self.bucket_min > self.bucket_max:
            what = f"{self.bucket_min} is more than bucket_max, {self.bucket_max}"
            findings.append(("bucket_min", what, "Lower bucket_min or raise bucket_max."))
        findings += _wrong_trigger(self.trigger)
        refuse(findings)
        return self


def _wrong_trigger(trigger: str) -> list[tuple[str, str, str]]:
    """What keeps a text from being one tag: key, what, fix."""
    if trigger != trigger.strip():
        what = f"{trigger!r} has blanks around it"
        return [("trigger", what, f"Write {trigger.strip()!r}.")]
    if "," in trigger or "|||" in trigger or not trigger.isprintable():
        what = f"{trigger!r} is more than one tag"
        fix = "Give one tag without a comma; further ones may go into data.caption_prefix."
        return [("trigger", what, fix)]
    return []
