"""Where everything of a queue lies. Paths only: nothing here reads or writes.

ROOT/queue/
  waiting/0003.json  a run that is to be trained, or is being trained
  done/0001.json     one whose end the worker saw
  worker.json        which process works
  lock               held by it while it lives
  worker.log         what it did, a line each
  control/           empty files that ask it for something
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["QueueFolder"]

_NAME = "queue"


@dataclass(frozen=True, slots=True)
class QueueFolder:
    """The paths of one queue. `path` is made absolute, so that it holds in any working folder."""

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path).expanduser().absolute())

    @classmethod
    def of_root(cls, root: Path) -> "QueueFolder":
        """The queue of a folder of runs."""
        return cls(root / _NAME)

    @property
    def waiting(self) -> Path:
        return self.path / "waiting"

    @property
    def done(self) -> Path:
        return self.path / "done"

    @property
    def worker_json(self) -> Path:
        return self.path / "worker.json"

    @property
    def lock_path(self) -> Path:
        return self.path / "lock"

    @property
    def log_path(self) -> Path:
        return self.path / "worker.log"

    @property
    def control(self) -> Path:
        return self.path / "control"
