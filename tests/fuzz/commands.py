"""One entry for each command: lays hostile files into a folder, and gives the command's words."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import click

from lora_eval.cli import main as lora_eval
from lora_wizard.cli import main as lora_wizard

from . import material

Words = list[str]
Prepare = Callable[[Random, Path], Words]

PRESET = (Path(__file__).parents[2] / "presets" / "full-body-many-outfits.toml").read_text(
    encoding="utf-8"
)

KOHYA_GUI = {
    "LoRA_type": "Standard", "network_dim": 128, "network_alpha": 1, "learning_rate": 1e-4,
    "text_encoder_lr": 5e-5, "unet_lr": 1e-4, "train_batch_size": 1, "epoch": 1,
    "max_resolution": "512,512", "pretrained_model_name_or_path": "x", "output_name": "mira",
    "optimizer": "AdamW8bit", "lr_scheduler": "cosine", "lr_warmup": 10, "clip_skip": 2,
    "additional_parameters": "--network_train_unet_only --max_grad_norm=1", "min_snr_gamma": 5,
    "train_data_dir": "x", "seed": "1234", "keep_tokens": 1, "noise_offset": 0.05,
}  # fmt: skip

SD_SCRIPTS = """
pretrained_model_name_or_path = "x"
network_module = "networks.lora"
network_dim = 32
network_alpha = 16
network_args = ["conv_dim=4", "algo=locon"]
learning_rate = 0.0001
optimizer_type = "AdamW"
resolution = "512,512"
max_train_steps = 1000
zero_terminal_snr = true
min_snr_gamma = 5
[[datasets]]
resolution = 512
[[datasets.subsets]]
image_dir = "x"
num_repeats = 4
"""


def _lora(random: Random, folder: Path) -> Path:
    path = folder / f"{material.file_name(random)}.safetensors"
    path.write_bytes(material.lora_bytes(random))
    return path


def _inspect(random: Random, folder: Path) -> Words:
    return ["inspect", str(_lora(random, folder)), *random.choice([[], ["--json"]])]


def _convert(random: Random, folder: Path) -> Words:
    form = random.choice(["kohya", "diffusers"])
    return [
        "convert",
        str(_lora(random, folder)),
        "--to",
        form,
        "--out",
        str(folder / "o.safetensors"),
    ]


def _merge(random: Random, folder: Path) -> Words:
    files = [
        f"{_lora(random, folder)}:{random.choice(['1', '0', '-1', 'nan', '1e99', 'x'])}",
        str(_lora(random, folder)),
    ]
    rank = random.choice([[], ["--rank", "2"]])
    return ["merge", *files, *rank, "--out", str(folder / "o.safetensors")]


def _resize(random: Random, folder: Path) -> Words:
    how = random.choice([["--rank", "1"], ["--energy", "0.9"]])
    return ["resize", str(_lora(random, folder)), *how, "--out", str(folder / "o.safetensors")]


def _check(random: Random, folder: Path) -> Words:
    material.picture_folder(random, folder / "pictures")
    extra = random.choice([[], ["--json"], ["--lang", "ja"], ["--reg", str(folder / "pictures")]])
    return ["check", str(folder / "pictures"), *extra]


def _new(random: Random, folder: Path) -> Words:
    material.picture_folder(random, folder / "pictures")
    target = random.choice(["-", str(folder / "recipe.toml")])
    name = material.file_name(random)
    images = str(folder / "pictures")
    return ["new", "--images", images, "--yes", "--to", target, f"--name={name}"]


def _runs(random: Random, folder: Path) -> Words:
    for _ in range(2):
        material.run_folder(random, folder / material.file_name(random))
    return ["runs", str(folder), *random.choice([[], ["--json"]])]


def _attach(random: Random, folder: Path) -> Words:
    name = material.file_name(random)
    run = material.run_folder(random, folder / name)
    (run / "run.json").unlink(missing_ok=True)  # a run of another host is followed until it ends
    return ["attach", "--plain", str(folder / name), "--lang", random.choice(["en", "ja"])]


def _stop(random: Random, folder: Path) -> Words:
    run = material.run_folder(random, folder / material.file_name(random))
    return ["stop", str(run), "--no-wait", *random.choice([[], ["--now", "--yes"]])]


def _queue(random: Random, folder: Path) -> Words:
    waiting = folder / "queue" / random.choice(["waiting", "done"])
    waiting.mkdir(parents=True)
    for number in range(3):
        run = material.run_folder(random, folder / material.file_name(random))
        entry = {"run": str(run), "processes": 1, "added_at": 1.0, "problem": "x"}
        (waiting / f"000{number}.json").write_bytes(material.json_bytes(random, entry))
    record = {"pid": 1, "start_ticks": 1, "boot_id": "", "host": "", "started_at": 1.0}
    (folder / "queue" / "worker.json").write_bytes(material.json_bytes(random, record))
    what = random.choice([["list"], ["list", "--json"], ["remove", "1"], ["stop"]])
    return ["queue", *what, "--root", str(folder)]


def _presets(random: Random, folder: Path) -> Words:
    own = folder / "config" / "lora-wizard" / "presets"
    own.mkdir(parents=True)
    path = own / f"{material.file_name(random)}.toml"
    path.write_bytes(material.toml_bytes(random, PRESET))
    if random.random() < 0.1:
        os.mkfifo(own / "pipe.toml")
        (own / "zero.toml").symlink_to("/dev/zero")
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    target = ["--to", str(folder / "exported.toml")]
    what = random.choice(
        [
            ["list"],
            ["check", str(path)],
            ["show", str(path)],
            ["show", "--full", str(path)],
            ["diff", str(path), "popup-defaults"],
            ["export", str(path), *target],
            ["export", str(path), "--format", "preset", *target],
            ["save", "mine", "--from", str(path)],
        ]
    )
    return ["presets", *what]


def _import(random: Random, folder: Path) -> Words:
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    name = material.file_name(random)
    if random.random() < 0.5:
        path = folder / f"{name}.json"
        path.write_bytes(material.json_bytes(random, KOHYA_GUI))
    else:
        path = folder / f"{name}.toml"
        path.write_bytes(material.toml_bytes(random, random.choice([SD_SCRIPTS, PRESET])))
    extra = random.choice([[], ["--json"], ["--dry-run"], ["--lang", "ja"], ["--as", name]])
    return ["presets", "import", str(path), *extra]


def _judge(random: Random, folder: Path) -> Words:
    for number in range(random.randrange(1, 3)):
        sub = folder / random.choice(["", material.file_name(random)])
        sub.mkdir(exist_ok=True)
        name = random.choice([f"p{number}", material.file_name(random)])
        kind = random.choice(["PNG", "JPEG"])
        material.picture(
            sub / f"{name}.{'png' if kind == 'PNG' else 'jpg'}",
            material.web_ui_text(random),
            kind=kind,
        )
    if random.random() < 0.2:
        (folder / "manifest.json").write_bytes(material.json_bytes(random, _MANIFEST))
    return ["judge", str(folder), "--tagger", "none", "--clip", "none"]


_MANIFEST = {
    "format": 1, "suite": "quick", "suite_sha256": "x", "base": "paperdoll", "base_sha256": "x",
    "negative": "", "sampler": "ddim", "steps": 20, "guidance": 5.0, "width": 64, "height": 64,
    "clip_skip": 1, "precision": "fp32", "vae_sha256": "", "prediction": "",
    "character": {"trigger": "mira", "outfit_triggers": [], "training_outfits": [], "traits": [],
                  "training_images": "../moved"},
    "contenders": [{"id": "base", "label": "base", "path": "", "sha256": "", "factor": 1.0,
                    "series": "", "epoch": None, "step": None, "rank": None, "alpha": None,
                    "moved": None}],
    "pictures": [{"file": "../secret.png", "contender": "base", "prompt": "x", "text": "mira",
                  "seed": 1, "strength": 1.0, "expects": {}}],
}  # fmt: skip


def _report(random: Random, folder: Path) -> Words:
    (folder / "manifest.json").write_bytes(material.json_bytes(random, _MANIFEST))
    rows = [material.json_bytes(random, {"picture": "p.png", "judgements": {}}) for _ in range(3)]
    (folder / "judgements.jsonl").write_bytes(b"\n".join(rows))
    return ["report", str(folder), *random.choice([[], ["--json"], ["--all", "--no-page"]])]


def _labels(random: Random, folder: Path) -> Words:
    shutil.copy(_picture(folder), folder / "p0.png")
    table = "picture\tjudge\tanswer\tby\tat\np0.png\tfloating_head\tyes\tmi\t1\n"
    (folder / "labels.tsv").write_bytes(
        material.spoiled_bytes(random, table.encode() + b"x" * random.choice([0, 0, 200_000]))
    )
    return ["calibrate", str(folder), "--tagger", "none", "--clip", "none"]


def _picture(folder: Path) -> Path:
    path = folder / "one.png"
    material.picture(path)
    return path


def _suites(random: Random, folder: Path) -> Words:
    suite = 'format = 1\ntitle = "mine"\n[[prompts]]\nid = "a"\ntext = "{trigger}, 1girl"\n'
    path = folder / f"{material.file_name(random)}.toml"
    path.write_bytes(material.toml_bytes(random, suite))
    return ["suites", str(path)]


COMMANDS: dict[str, tuple[click.Command, Prepare]] = {
    "inspect": (lora_wizard, _inspect),
    "convert": (lora_wizard, _convert),
    "merge": (lora_wizard, _merge),
    "resize": (lora_wizard, _resize),
    "check": (lora_wizard, _check),
    "new": (lora_wizard, _new),
    "runs": (lora_wizard, _runs),
    "attach": (lora_wizard, _attach),
    "stop": (lora_wizard, _stop),
    "queue": (lora_wizard, _queue),
    "presets": (lora_wizard, _presets),
    "import": (lora_wizard, _import),
    "judge": (lora_eval, _judge),
    "report": (lora_eval, _report),
    "calibrate": (lora_eval, _labels),
    "suites": (lora_eval, _suites),
}
