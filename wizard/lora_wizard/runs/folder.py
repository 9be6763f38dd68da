"""Where everything of one run lies. Paths only: nothing here reads or writes.

RUN/
  recipe.toml      what is trained, written once before the start
  run.json         which process trains it, written by the trainer
  lock             held by the trainer while it lives
  events.jsonl     what happened, appended by the trainer alone
  console.log      the trainer's stdout and stderr
  control/         empty files that ask the trainer for something
  samples/  checkpoints/  state/
  tensorboard/     the same for TensorBoard, where the recipe asks for it
  NAME.safetensors the final file
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["RunFolder"]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of one run. `path` is made absolute, so that it holds in any working folder."""

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path).expanduser().absolute())

    @property
    def name(self) -> str:
        """The folder's own name, by which `lora-wizard resume NAME` finds it."""
        return self.path.name

    @property
    def recipe_path(self) -> Path:
        return self.path / "recipe.toml"

    @property
    def run_json(self) -> Path:
        return self.path / "run.json"

    @property
    def lock_path(self) -> Path:
        return self.path / "lock"

    @property
    def events_path(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def console_path(self) -> Path:
        return self.path / "console.log"

    @property
    def control(self) -> Path:
        return self.path / "control"

    @property
    def samples(self) -> Path:
        return self.path / "samples"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def tensorboard(self) -> Path:
        return self.path / "tensorboard"

    @property
    def state(self) -> Path:
        """What a resumed run goes on from: optimizer, schedule, random generators, position."""
        return self.path / "state"

    def final_path(self, name: str) -> Path:
        """The finished LoRA. `name` is the recipe's `saving.name`."""
        return self.path / f"{name}.safetensors"

    def is_run(self) -> bool:
        """Whether a run was ever made here."""
        try:
            return self.recipe_path.is_file()
        except OSError:  # a name that is too long for any file
            return False
