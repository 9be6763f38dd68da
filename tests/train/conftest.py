"""A tiny real base, a few pictures, and trainers: in this process, or as processes."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import torch

from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.recipe import Recipe
from lora_wizard.runs import RunFolder, create_run
from lora_wizard.train.entry import main

from ..models.conftest import save_sd1, sdxl_folder
from .material import draw_pictures, small_recipe
from .trainers import Nursery

__all__ = ["sdxl_folder"]

MakeRecipe = Callable[..., Recipe]
NewRun = Callable[[Recipe], RunFolder]
TrainHere = Callable[[RunFolder], int]
LimitFiles = Callable[[int], AbstractContextManager[None]]


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny SD1 model whose VAE makes 8 x 8 latents of 64 x 64 pixels."""
    return save_sd1(tmp_path_factory.mktemp("models") / "tiny", vae_widths=(32, 32, 32, 32))


@pytest.fixture(scope="session")
def base(base_folder: Path) -> BaseModel:
    """The tiny model, loaded. Leave it as it is."""
    return load_base(str(base_folder))


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five pictures in two buckets."""
    root = tmp_path_factory.mktemp("pictures") / "mira-pictures"
    draw_pictures(root / "1_mira girl", [(64, 64), (64, 64), (64, 64), (96, 48), (96, 48)])
    return root


@pytest.fixture(scope="session")
def recipe(base_folder: Path, images: Path) -> MakeRecipe:
    """`recipe(training__steps="4")`: a small recipe, with changes."""
    return lambda **settings: small_recipe(base_folder, images, **settings)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="module")
def new_run(tmp_path_factory: pytest.TempPathFactory) -> NewRun:
    """A run folder for a recipe."""
    return lambda recipe: create_run(tmp_path_factory.mktemp("runs") / "run", recipe)


@pytest.fixture(scope="module")
def train_here() -> Iterator[TrainHere]:
    """Trains a run in this process, as `python -m lora_wizard.train` does; gives the exit code."""
    taken = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in taken}

    def train(folder: RunFolder) -> int:
        try:
            return main([str(folder.path)])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    yield train


@contextmanager
def limited_files(size: int) -> Iterator[None]:
    """Lets no file grow beyond so many bytes: writing fails in the middle, as on a full disk.

    Only around the act itself: pytest's own output may be such a file.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def limit_files() -> LimitFiles:
    return limited_files
