"""Runs in processes of their own that are killed at a chosen moment. Started by test_killed.py.

Usage: python -m tests.evaluate.generate.killing BASE LORA OUT MODE [MOMENT ...]

MODE `kill`: for each MOMENT a run is started in OUT/MOMENT and killed right before its
MOMENT-th file would get its name. MODE `share`: two processes share one run in OUT.
Every run is a fork made before the first computation: the libraries are loaded once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from lora_eval.generate.contenders import Wanted
from lora_eval.generate.processes import this_process
from lora_eval.generate.running import RunWish, make_pictures
from tests.evaluate.generate.making import small_suite


def wish(base: str, lora: str, out: Path) -> RunWish:
    return RunWish(
        suite=small_suite(),
        base=base,
        loras=(Wanted(Path(lora)),),
        out=out,
        precision="fp32",
        device="cpu",
        batch=2,
    )


def die_before_rename(moment: int) -> None:
    """SIGKILL, as no handler ever sees it, when the `moment`-th file is about to be named."""
    renames = 0

    def watch(event: str, arguments: object) -> None:
        nonlocal renames
        if event == "os.rename":
            renames += 1
            if renames == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def forked(
    wanted: RunWish, *, moment: int = 0, environment: Mapping[str, str] | None = None
) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.environ.update(environment or {})
        die_before_rename(moment)
        make_pictures(wanted, process=this_process())
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def main(base: str, lora: str, out: Path, mode: str, moments: list[int]) -> None:
    if mode == "kill":
        for moment in moments:
            child = forked(wish(base, lora, out / str(moment)), moment=moment)
            _, status = os.waitpid(child, 0)
            print(moment, -os.waitstatus_to_exitcode(status))
        return
    ranks = [{"RANK": rank, "WORLD_SIZE": "2"} for rank in ("1", "0")]
    children = [forked(wish(base, lora, out), environment=rank) for rank in ranks]
    for child in children:
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4], [int(n) for n in sys.argv[5:]])
