"""Which questions there are, in the order of the popup, and which settings nobody is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from lora_wizard.questions import (
    model,
    network,
    objective,
    pictures,
    sampling,
    saving,
    start,
    training,
    validation,
)
from lora_wizard.questions.question import Question

MAIN: tuple[Question, ...] = (
    model.BASE,
    pictures.IMAGES,
    start.OUTPUT,
    pictures.REGULARISATION,
    model.CONTINUE_FROM,
    training.BATCH_SIZE,
    training.LENGTH,
    network.RANK,
    network.ALPHA,
    pictures.RESOLUTION,
    training.LEARNING_RATE,
    training.TEXT_ENCODER_LR,
    training.UNET_LR,
    training.SCHEDULER,
    training.CYCLES,
    training.POWER,
    saving.EVERY_EPOCHS,
    pictures.SHUFFLE,
    pictures.KEEP_TOKENS,
    training.WARMUP,
    saving.NAME,
    saving.COMMENT,
    sampling.PROMPTS,
    sampling.EVERY_EPOCHS,
    start.MORE,
)
"""Asked of everybody, where they apply; the last one opens `EXPERT`."""

EXPERT: tuple[Question, ...] = (
    model.FAMILY,
    model.CLIP_SKIP,
    model.V_PREDICTION,
    model.ZERO_TERMINAL_SNR,
    model.VAE,
    training.OPTIMIZER,
    training.OPTIMIZER_OPTIONS,
    training.PRECISION,
    training.MIN_SNR,
    objective.KIND,
    objective.HUBER_SCHEDULE,
    objective.HUBER_C,
    objective.DEBIASED,
    objective.SCALE_V,
    training.NOISE_OFFSET,
    objective.PYRAMID,
    objective.PYRAMID_DISCOUNT,
    objective.INPUT_GAMMA,
    network.PARTS,
    training.TEXT_ENCODER_2_LR,
    network.CONV_RANK,
    network.CONV_ALPHA,
    network.BLOCK_RANKS,
    network.BLOCK_ALPHAS,
    network.BLOCK_RATES,
    network.DROPOUT,
    network.RANK_DROPOUT,
    network.MODULE_DROPOUT,
    training.CHECKPOINTING,
    training.ACCUMULATION,
    training.SEED,
    training.WEIGHT_DECAY,
    training.LORA_PLUS,
    training.MAX_WEIGHT_NORM,
    training.EMA_DECAY,
    training.PRIOR_LOSS_WEIGHT,
    pictures.FLIP,
    pictures.BUCKETS,
    pictures.NO_UPSCALE,
    pictures.BACKGROUND,
    pictures.ALPHA_MASK,
    pictures.CAPTION_EXTENSION,
    pictures.CAPTION_TOKENS,
    pictures.WILDCARDS,
    pictures.CAPTION_PREFIX,
    pictures.CAPTION_SUFFIX,
    pictures.CAPTION_DROPOUT,
    pictures.DROPOUT_EPOCHS,
    pictures.TAG_DROPOUT,
    validation.SHARE,
    validation.IMAGES,
    validation.EVERY_EPOCHS,
    saving.PRECISION,
    saving.METADATA,
    saving.TENSORBOARD,
    sampling.NEGATIVE,
)
"""Asked on request only; answered by their suggestions otherwise."""

ALL: tuple[Question, ...] = MAIN + EXPERT

BY_KEY: Mapping[str, Question] = {question.key: question for question in ALL}

NEVER_ASKED: Mapping[str, str] = {
    "format": "it is the file's version, not a choice",
    "training.max_grad_norm": "clipping at 1 does no harm and saves runs; nobody gains by asking",
    "loss.huber_scale": "loss.huber_c says as much; it is here for the files of other trainers",
    "noise.random_offset": "it is here for the files of other trainers",
    "noise.random_input_gamma": "it is here for the files of other trainers",
    "validation.every_steps": "epochs are asked; counting steps is for scripts",
    "validation.seed": "it is there for comparing runs, which have it alike by themselves",
    "saving.every_steps": "epochs are asked; counting steps is for scripts",
    "sampling.every_steps": "epochs are asked; counting steps is for scripts",
    "sampling.steps": "it changes pictures for looking at, not the LoRA",
    "sampling.guidance": "it changes pictures for looking at, not the LoRA",
    "sampling.seed": "pictures of one run are compared with each other only",
    "sampling.width": "the training resolution is what the LoRA is good at",
    "sampling.height": "the training resolution is what the LoRA is good at",
}
"""Settings of the recipe without a question, and why. Presets and `--set` reach them."""
