"""Valid files of every kind that the commands read, and ways to spoil them.

Everything follows from one `random.Random`, so that a seed repeats an input exactly.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, PngImagePlugin

NAMES = [
    "mira",
    "\x1b[2Jmira\x1b]0;owned\x07",
    "\x9b31mmira",
    "\u202eamolf\u202c",
    "[/]",
    "mira [red]",
    "[link=file:///etc/passwd]x[/link]",
    "日本語　ミラ",
    "a\nb\tc\rd",
    "-rf",
    "=1+1",
    "%s%n{}",
    "'\"`$(id)",
    "\udce3\udc81\udc82",
    "ミ" * 60,
    "..",
    "",
]
"""For metadata, tags, prompts, labels. As file names, see `file_name`."""

SCALARS: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**63,
    10**29,
    0.5,
    -0.0,
    1e308,
    "1e999",
    "nan",
    "",
    "0",
    "5e-05;",
    "../../../etc/passwd",
    "/dev/zero",
    [],
    {},
    [[[[]]]],
    {"": ""},
    *NAMES,
]

RAW = ["1e999", "NaN", "Infinity", "9" * 5000, "[" * 3000 + "]" * 3000, '"\\ud800"', '"\\u0000"']
"""JSON values that a writer of JSON would not write."""


def file_name(random: Random) -> str:
    """A name that a file on Linux may have."""
    name = random.choice(NAMES).replace("/", "_").replace("\0", "")
    return name if name not in ("", "..") and len(os.fsencode(name)) < 200 else "mira"


def spoiled_value(random: Random, value: Any) -> Any:
    """The value with one part replaced, removed, renamed or doubled."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        spoiled = dict(value)
        key = random.choice(list(spoiled))
        match random.randrange(6):
            case 0:
                del spoiled[key]
            case 1:
                spoiled[str(random.choice(NAMES))] = spoiled.pop(key)
            case 2:
                spoiled[key] = random.choice(SCALARS)
            case _:
                spoiled[key] = spoiled_value(random, spoiled[key])
        return spoiled
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        spoiled_list = list(value)
        match random.randrange(4):
            case 0:
                del spoiled_list[place]
            case 1:
                spoiled_list.append(spoiled_list[place])
            case _:
                spoiled_list[place] = spoiled_value(random, spoiled_list[place])
        return spoiled_list
    return random.choice(SCALARS)


def spoiled_bytes(random: Random, content: bytes) -> bytes:
    """The bytes cut, changed, doubled or with something put in."""
    place = random.randrange(len(content) + 1)
    match random.randrange(6):
        case 0:
            return content[:place]
        case 1:
            return content[:place] + random.randbytes(random.randrange(1, 9)) + content[place + 1 :]
        case 2:
            return content[:place] + random.choice(NAMES).encode(errors="replace") + content[place:]
        case 3:
            return content[:place] + content
        case 4:
            return content.replace(b"1", b"9" * random.choice([1, 30, 400, 5000]), 1)
        case _:
            return b"\xff\xfe" + content


def json_bytes(random: Random, value: Any) -> bytes:
    """JSON of a value spoiled a few times, sometimes no JSON at all."""
    for _ in range(random.randrange(4)):
        value = spoiled_value(random, value)
    content = json.dumps(value, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    match random.randrange(8):
        case 0:
            return spoiled_bytes(random, content)
        case 1:
            return content.replace(b"0", random.choice(RAW).encode(), 1)
        case _:
            return content


def toml_bytes(random: Random, text: str) -> bytes:
    """TOML with a line changed, dropped, doubled or a value replaced."""
    lines = text.split("\n")
    for _ in range(random.randrange(4)):
        place = random.randrange(len(lines))
        key = lines[place].partition("=")[0]
        match random.randrange(5):
            case 0:
                del lines[place]
                lines = lines or [""]
            case 1:
                lines.insert(place, lines[place])
            case 2:
                lines[place] = (
                    f"{key}= {random.choice([*RAW, 'inf', 'nan', '1979-05-27', '[1, 2]'])}"
                )
            case _:
                lines[place] = f"{key}= {json.dumps(random.choice(SCALARS))}"
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    return spoiled_bytes(random, content) if random.random() < 0.2 else content


def lora_bytes(random: Random) -> bytes:
    """A small LoRA as a safetensors file, its header and layers spoiled."""
    header: dict[str, Any] = {"__metadata__": metadata(random)}
    data = b""
    forms = [
        ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", "lora_down.weight",
         "lora_up.weight"),
        ("lora_te_text_model_encoder_layers_0_self_attn_q_proj", "lora_down.weight",
         "lora_up.weight"),
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k", "lora_A.weight",
         "lora_B.weight"),
        ("base_model.model.up_blocks.1.attentions.0.proj_in", "lora_A.weight", "lora_B.weight"),
    ]  # fmt: skip
    for name, down, up in random.sample(forms, random.randrange(1, len(forms) + 1)):
        rank = random.choice([0, 1, 2, 4])
        for part, shape in ((down, [rank, 8]), (up, [8, rank]), ("alpha", [])):
            if random.random() < 0.05:
                continue
            shape = random.choice([shape, shape, shape, shape, shape, [], [2], [1, 2, 3], [0]])
            count = 1
            for side in shape:
                count *= side
            content = struct.pack(f"<{count}f", *[random.choice([0.0, 1.0, 0.25])] * count)
            if random.random() < 0.02:
                content = struct.pack("<f", float("nan")) * count
            name = name if random.random() < 0.97 else random.choice(NAMES)
            header[f"{name}.{part}"] = {
                "dtype": "F32",
                "shape": shape,
                "data_offsets": [len(data), len(data) + len(content)],
            }
            data += content
    if random.random() < 0.3:
        header = spoiled_value(random, header)
    text = json.dumps(header).encode()
    if random.random() < 0.1:
        text = text.replace(b"0", random.choice(RAW).encode(), 1)
    file = struct.pack("<Q", len(text)) + text + data
    return spoiled_bytes(random, file) if random.random() < 0.2 else file


def metadata(random: Random) -> dict[str, Any]:
    """A LoRA's metadata as trainers write it, with odd values."""
    plain = {
        "ss_output_name": "mira",
        "ss_network_dim": "4",
        "ss_network_alpha": "1.0",
        "ss_base_model_version": "sd_v1-5",
        "ss_network_module": "networks.lora",
        "ss_epoch": "3",
        "ss_steps": "100",
        "ss_training_finished_at": "1700000000.5",
        "ss_tag_frequency": json.dumps({"4_mira": {"mira": 4, "smile": 2}}),
        "ss_network_args": json.dumps({"conv_dim": 4, "algo": "loha"}),
        "ss_dataset_dirs": json.dumps({"4_mira": {"n_repeats": 4, "img_count": 2}}),
        "sshs_model_hash": "0xab",
        "lora_adapter_metadata": json.dumps({"unet.r": 4, "unet.lora_alpha": 1}),
        "modelspec.title": "mira",
    }
    values: dict[str, Any] = {key: plain[key] for key in plain if random.random() < 0.7}
    for key in list(values):
        if random.random() < 0.2:
            values[key] = str(random.choice([*SCALARS, *RAW]))
    return values


def picture(path: Path, text: str | None = None, *, kind: str = "PNG") -> None:
    """A small picture, with a web UI's text in it where there is one."""
    image = Image.new("RGB", (64, 64), (120, 80, 200))
    if text is None:
        image.save(path, kind)
    elif kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", text.encode("utf-8", "replace").decode())
        image.save(path, kind, pnginfo=info)
    else:
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode("utf-16-le", "surrogatepass")
        image.save(path, kind, exif=exif)


def web_ui_text(random: Random) -> str:
    """What A1111 writes, spoiled."""
    call = random.choice(
        ["<lora:mira:0.8>", "<lora:mira:nan>", "<lyco:a b:1>", "<lora:[/]:1>", "<LORA:x:te=1>", ""]
    )
    text = (
        f"mira, 1girl, {random.choice(NAMES)} {call}\nNegative prompt: bad\n"
        "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64, Model: paperdoll"
    )
    if random.random() < 0.4:
        place = random.randrange(len(text))
        text = text[:place] + str(random.choice([*NAMES, *RAW])) + text[place:]
    return text


def picture_folder(random: Random, folder: Path) -> Path:
    """Folders of pictures and captions as people have them, and as nobody should."""
    for _ in range(random.randrange(1, 3)):
        repeats = random.choice(["4_", "", "0_", "-1_", "20240115_", "9" * 40 + "_", "4 ", "1_2_"])
        sub = folder / f"{repeats}{file_name(random)}"
        sub.mkdir(parents=True, exist_ok=True)
        for number in range(random.randrange(3)):
            name = random.choice([f"p{number}", file_name(random)])
            kind = random.choice(["PNG", "PNG", "JPEG"])
            path = sub / f"{name}.{'png' if kind == 'PNG' else 'jpg'}"
            picture(path, web_ui_text(random) if random.random() < 0.3 else None, kind=kind)
            if random.random() < 0.2:
                path.write_bytes(spoiled_bytes(random, path.read_bytes()))
            caption(random, path.with_suffix(".txt"))
    return folder


def caption(random: Random, path: Path) -> None:
    tags = ", ".join(str(random.choice(NAMES)) for _ in range(random.randrange(4)))
    match random.randrange(12):
        case 0:
            os.mkfifo(path) if not os.path.lexists(path) else None
        case 1:
            path.unlink(missing_ok=True)
            path.symlink_to(random.choice(["/dev/zero", "/etc/hostname", "missing", "."]))
        case 2:
            path.write_bytes(tags.encode("utf-16-le", "surrogatepass"))
        case 3:
            path.write_bytes(b"a, " * 100_000)
        case 4:
            pass
        case _:
            if not os.path.lexists(path) or path.is_file():
                path.write_bytes(tags.encode("utf-8", "surrogatepass"))


EVENTS: list[dict[str, Any]] = [
    {"log": 1, "kind": "started", "time": 1.0, "generation": 1, "resumed_from": None,
     "total_steps": 20, "epochs": 1, "images": 2, "batch": 1},
    {"kind": "phase", "time": 2.0, "name": "training", "done": 1, "total": 20},
    {"kind": "step", "time": 3.0, "step": 1, "epoch": 1, "loss": 0.5, "lr": 1e-4, "seconds": 0.1},
    {"kind": "note", "time": 3.5, "level": "warning", "text": "something"},
    {"kind": "sample", "time": 3.6, "step": 1, "prompt": "mira", "path": "samples/0.png"},
    {"kind": "checkpoint", "time": 3.7, "step": 1, "path": "checkpoints/mira-1.safetensors"},
    {"kind": "failed", "time": 4.0, "error": "it failed", "hint": "do that", "traceback": "x"},
    {"kind": "finished", "time": 4.0, "path": "mira.safetensors", "steps": 20, "seconds": 3.0},
    {"kind": "stopped", "time": 4.0, "step": 1},
]  # fmt: skip


def run_folder(random: Random, folder: Path) -> Path:
    """A run whose record, log, console and recipe may hold anything. Nothing runs in it."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = 'format = 1\n[model]\nbase = "paperdoll"\n[data]\nimages = "x"\n[network]\nrank = 4\n'
    (folder / "recipe.toml").write_bytes(toml_bytes(random, recipe))
    record = {
        "pid": 1, "start_ticks": None, "boot_id": "x", "host": "elsewhere", "started_at": 0.5,
        "argv": ["train"], "versions": {"torch": "2"},
    }  # fmt: skip
    if random.random() < 0.8:
        (folder / "run.json").write_bytes(json_bytes(random, record))
    lines = [json_bytes(random, event) for event in EVENTS if random.random() < 0.6]
    (folder / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "console.log").write_bytes(web_ui_text(random).encode("utf-8", "surrogatepass"))
    return folder


Maker = Callable[[Random, Path], Path]
