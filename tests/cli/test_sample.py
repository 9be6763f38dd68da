"""`lora-wizard sample` from its words to its pictures, on a tiny model with a real LoRA file."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import safetensors.torch
import torch
from click.testing import CliRunner, Result
from PIL import Image
from transformers import CLIPTextConfig, CLIPTextModel

from lora_wizard.cli import main
from lora_wizard.commands.chosen_loras import ChosenLora, choose_loras, parse_lora
from lora_wizard.errors import LoraFileError
from lora_wizard.lora import attach, load_lora, save_lora
from lora_wizard.lora.surgery import to_diffusers
from lora_wizard.models.base import load_base
from lora_wizard.models.vocabulary import clip_tokenizer
from lora_wizard.recipe import NetworkSettings

from ..train.conftest import limited_files

library: Any = diffusers  # its classes are untyped


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("base") / "tiny"
    settings = CLIPTextConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=1,
        vocab_size=49408, bos_token_id=49406, eos_token_id=49407,
    )  # fmt: skip
    library.StableDiffusionPipeline(
        vae=library.AutoencoderKL(latent_channels=4, block_out_channels=(32,)),
        text_encoder=CLIPTextModel(settings),
        tokenizer=clip_tokenizer(),
        unet=library.UNet2DConditionModel(
            sample_size=16,
            block_out_channels=(32,),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlock2D",),
            up_block_types=("CrossAttnUpBlock2D",),
            cross_attention_dim=16,
        ),
        scheduler=library.DDIMScheduler(clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def lora(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA that changes the tiny model strongly."""
    model = load_base(str(base))
    network = attach(model.unet, model.text_encoders, NetworkSettings(rank=2, alpha=2.0))
    generator = torch.Generator().manual_seed(5)
    tensors = {
        name: torch.randn(tensor.shape, generator=generator) / 3 if "lora_up" in name else tensor
        for name, tensor in network.tensors().items()
    }
    path = tmp_path_factory.mktemp("loras") / "inner" / "ann.safetensors"
    path.parent.mkdir()
    save_lora(path, tensors, {"ss_output_name": "ann"})
    return path


def run(base: Path, out: Path, *arguments: str) -> Result:
    fixed = ["sample", "--base", str(base), "--out", str(out), "--steps", "2", "--guidance", "2"]
    return CliRunner().invoke(main, [*fixed, *arguments])


def pixels(path: Path) -> bytes:
    with Image.open(path) as picture:
        data: bytes = picture.tobytes()
        return data


def words(path: Path) -> str:
    with Image.open(path) as picture:
        return str(picture.info["parameters"])


def test_pictures_are_saved_and_say_how_they_were_made(base: Path, tmp_path: Path) -> None:
    result = run(base, tmp_path, "--prompt", "ann", "--seed", "7", "--count", "2")
    assert result.exit_code == 0, result.output
    assert "00001-seed7.png to 00002-seed8.png" in result.output
    assert "Drawing 2 pictures" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "00001-seed7.png",
        "00002-seed8.png",
    ]
    assert words(tmp_path / "00002-seed8.png").splitlines() == [
        "ann",
        "Steps: 2, Sampler: DDIM, CFG scale: 2, Seed: 8, Size: 16x16, Model: tiny",
    ]


def test_a_lora_under_pefts_names_draws_what_it_draws_under_kohyas(
    base: Path, lora: Path, tmp_path: Path
) -> None:
    renamed = {
        f"base_model.model.{name}": each for name, each in to_diffusers(load_lora(lora)).items()
    }
    renamed["bundle_emb.mira.emb_params"] = torch.ones(1, 16)
    peft = tmp_path / "ann.safetensors"
    safetensors.torch.save_file(renamed, peft)
    drawn = {}
    for file in (lora, peft):
        out = tmp_path / f"of-{file.parent.name}"
        result = run(base, out, "--prompt", "ann", "--lora", str(file))
        assert result.exit_code == 0, result.output
        drawn[file] = np.frombuffer(pixels(out / "00001-seed1.png"), np.uint8).astype(int)
    assert "ann.safetensors: it also holds the embedding mira" in result.output
    assert np.abs(drawn[lora] - drawn[peft]).max() <= 2


def test_existing_pictures_stay_and_equal_wishes_give_equal_pictures(
    base: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        assert run(base, tmp_path, "--prompt", "ann", "--width", "24").exit_code == 0
    first, second = sorted(tmp_path.iterdir())
    assert [first.name, second.name] == ["00001-seed1.png", "00002-seed1.png"]
    assert pixels(first) == pixels(second)
    with Image.open(first) as picture:
        assert picture.size == (24, 16)


def test_another_vae_and_the_users_word_on_the_prediction_count(base: Path, tmp_path: Path) -> None:
    def one(*arguments: str) -> bytes:
        out = tmp_path / str(len(list(tmp_path.iterdir())))
        result = run(base, out, "--prompt", "ann", "--precision", "fp32", *arguments)
        assert result.exit_code == 0, result.output
        said.append(result.output)
        (path,) = out.iterdir()
        return pixels(path)

    said: list[str] = []
    torch.manual_seed(9)
    library.AutoencoderKL(latent_channels=4, block_out_channels=(32,)).save_pretrained(
        tmp_path / "other"
    )
    file = tmp_path / "other" / "diffusion_pytorch_model.safetensors"
    plain, other = one(), one("--vae", str(file))
    velocity = one("--v-prediction")
    assert len({plain, other, velocity, one("--v-prediction", "--zero-terminal-snr")}) == 4
    assert one("--epsilon") == plain
    assert "with the VAE diffusion_pytorch_model.safetensors" in said[1]
    assert "v-prediction, zero-terminal SNR" in said[3]


def test_a_lora_acts_by_its_strength_wherever_it_is_named(
    base: Path, lora: Path, tmp_path: Path
) -> None:
    def one(*arguments: str) -> bytes:
        out = tmp_path / str(len(list(tmp_path.iterdir())))
        result = run(base, out, "--precision", "fp32", *arguments)
        assert result.exit_code == 0, result.output
        (path,) = out.iterdir()
        return pixels(path)

    plain = one("--prompt", "ann")
    full = one("--prompt", "ann", "--lora", str(lora))
    half = one("--prompt", "ann", "--lora", f"{lora}:0.5")
    assert len({plain, full, half}) == 3
    assert one("--prompt", "ann", "--lora", f"{lora}:0") == plain
    by_folder = ["--lora-dir", str(lora.parent.parent)]
    assert one("--prompt", "ann<lora:ann:0.5>", *by_folder) == half
    assert one("--prompt", "ann<lora:ann:0.5>", "--lora", str(lora)) == half
    assert one("--prompt", "ann", *by_folder) == plain


def test_only_the_prompts_that_name_a_lora_get_it_and_the_sheet_shows_all(
    base: Path, lora: Path, tmp_path: Path
) -> None:
    result = run(
        base, tmp_path, "--prompt", "ann", "--prompt", "ann<lora:ann>", "--grid",
        "--lora-dir", str(lora.parent), "--count", "2",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == [
        "00001-seed1.png",
        "00002-seed2.png",
        "00003-seed1.png",
        "00004-seed2.png",
        "00005-sheet.png",
    ]
    assert pixels(files[0]) != pixels(files[2])
    assert "Lora hashes" not in words(files[0])
    assert 'Lora hashes: "ann: ' in words(files[2])
    with Image.open(files[4]) as sheet:
        assert sheet.width > 2 * 256
        assert sheet.height > 2 * 256


def test_unknown_names_are_told_together_before_anything_is_loaded(
    lora: Path, tmp_path: Path
) -> None:
    result = run(
        tmp_path / "no-base", tmp_path / "out", "--lora", str(lora),
        "--prompt", "a<lora:anne:1>", "--prompt", "b<lora:zzz:1>",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "<lora:anne>" in result.output
    assert "Did you mean ann?" in result.output
    assert "<lora:zzz>" in result.output
    assert not (tmp_path / "out").exists()


def test_mistakes_are_told_in_words(base: Path, lora: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.safetensors"
    torn.write_bytes(lora.read_bytes()[:900])
    (tmp_path / "file").touch()
    wishes = {
        "There is no such file or folder": (tmp_path / "no-base", ["--prompt", "a"]),
        "is not there": (base, ["--prompt", "a", "--lora", str(tmp_path / "no.safetensors")]),
        "torn.safetensors": (base, ["--prompt", "a", "--lora", str(torn)]),
        "is not a LoRA call": (base, ["--prompt", "a<lora:ann:much>"]),
        "Check --lora-dir": (base, ["--prompt", "<lora:a>", "--lora-dir", str(tmp_path / "no")]),
        "Missing option '--prompt'": (base, []),
    }
    for sentence, (model, arguments) in wishes.items():
        result = run(model, tmp_path / "out", *arguments)
        assert result.exit_code == 2
        assert sentence in result.output
    result = run(base, tmp_path / "file" / "inner", "--prompt", "a")
    assert result.exit_code == 2
    assert "Pictures cannot be written there" in result.output


def test_a_full_disk_leaves_no_half_picture(base: Path, tmp_path: Path) -> None:
    first = run(base, tmp_path, "--prompt", "ann")
    assert first.exit_code == 0, first.output
    with limited_files(100):
        result = run(base, tmp_path, "--prompt", "ann", "--seed", "2")
    assert result.exit_code == 2
    assert "Pictures cannot be written there" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["00001-seed1.png"]


def test_strengths_are_read_off_the_end_of_a_lora(tmp_path: Path) -> None:
    assert parse_lora("a/b.safetensors") == ChosenLora(Path("a/b.safetensors"), 1.0)
    assert parse_lora("b.safetensors:-0.5") == ChosenLora(Path("b.safetensors"), -0.5)
    assert parse_lora("odd:b.safetensors") == ChosenLora(Path("odd:b.safetensors"), 1.0)
    (tmp_path / "x:1").touch()
    assert parse_lora(str(tmp_path / "x:1")).strength == 1.0
    with pytest.raises(LoraFileError, match=r"b\.safetensors:0\.8"):
        parse_lora("b.safetensors:strong")


def test_calls_in_a_prompt_add_up_and_replace_the_given_strength() -> None:
    ann, eve = ChosenLora(Path("ann.safetensors"), 0.9), ChosenLora(Path("eve.safetensors"), 0.4)
    prompts = ["x", "<lora:ann:0.2><lora:ann:0.3>", "<lora:eve:0>"]
    chosen = choose_loras(prompts, [ann, eve], [])
    assert chosen["x"] == (ann, eve)
    assert chosen[prompts[1]] == (ChosenLora(ann.path, 0.5), eve)
    assert chosen["<lora:eve:0>"] == (ann,)


def test_help_needs_no_torch() -> None:
    code = (
        "import sys\nfrom lora_wizard.cli import main\n"
        "try: main(['sample', '--help'])\nexcept SystemExit: pass\n"
        "sys.exit('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "--lora-dir" in result.stdout
