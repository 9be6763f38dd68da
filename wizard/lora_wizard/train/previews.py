"""Sample pictures while training: the recipe's prompts, drawn with the LoRA as it is now."""

from __future__ import annotations

from PIL.PngImagePlugin import PngInfo

from lora_wizard.lora import LoraNetwork
from lora_wizard.models.base import BaseModel
from lora_wizard.models.images import Generation, generation_text
from lora_wizard.models.sampling import sample
from lora_wizard.recipe import Recipe
from lora_wizard.runs import EventWriter, Phase, RunFolder, Sample, replacing


def draw_previews(
    folder: RunFolder,
    recipe: Recipe,
    base: BaseModel,
    network: LoraNetwork,
    log: EventWriter,
    *,
    step: int,
) -> None:
    """Draws every prompt of `sampling.prompts`, with the same seeds each time, to compare."""
    sampling = recipe.sampling
    if not sampling.prompts:
        return
    log.write(Phase("sampling", 0, len(sampling.prompts)))
    network.train(False)
    width, height = _size(recipe, base)
    pictures = sample(
        base,
        sampling.prompts,
        seeds=[sampling.seed + number for number in range(len(sampling.prompts))],
        negative=sampling.negative,
        steps=sampling.steps,
        guidance=sampling.guidance,
        width=width,
        height=height,
        clip_skip=recipe.model.clip_skip,
    )
    network.train(True)
    for number, (prompt, picture) in enumerate(zip(sampling.prompts, pictures, strict=True)):
        path = folder.samples / f"step-{step:06d}-{number}.png"
        made = Generation(
            prompt=prompt,
            negative=sampling.negative,
            seed=sampling.seed + number,
            steps=sampling.steps,
            sampler="DDIM",
            guidance=sampling.guidance,
            width=picture.width,
            height=picture.height,
            model=base.name,
            clip_skip=recipe.model.clip_skip,
        )
        information = PngInfo()
        information.add_text("parameters", generation_text(made))
        with replacing(path) as temporary:
            picture.save(temporary, format="PNG", pnginfo=information)
        log.write(Sample(step, prompt, str(path.relative_to(folder.path))))
    log.write(Phase("sampling", len(pictures), len(pictures)))


def _size(recipe: Recipe, base: BaseModel) -> tuple[int, int]:
    """The recipe's size, else the training resolution, to a multiple of what the VAE can make."""
    wanted = (
        recipe.sampling.width or recipe.data.resolution[0],
        recipe.sampling.height or recipe.data.resolution[1],
    )
    unit = base.pixels_per_latent * 2 ** (len(base.unet.config.block_out_channels) - 1)
    return (max(unit, wanted[0] // unit * unit), max(unit, wanted[1] // unit * unit))
