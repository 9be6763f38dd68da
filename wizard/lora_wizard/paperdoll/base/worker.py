"""One process of a training of the base: `python -m lora_wizard.paperdoll.base.worker PLAN`."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import nullcontext
from pathlib import Path

import diffusers
import torch
import torch.distributed as distributed
import transformers

from lora_wizard.errors import LoraWizardError
from lora_wizard.paperdoll.base.plan import read_plan
from lora_wizard.paperdoll.base.progress import rank
from lora_wizard.paperdoll.base.train import train_base
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.lock import hold_lock


def main() -> None:
    """Joins the other workers, where torchrun has started several, and trains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--drawers", type=int, default=0)
    chosen = parser.parse_args()
    device = torch.device(chosen.device)
    for library in (diffusers.utils.logging, transformers.utils.logging):
        library.disable_progress_bar()  # the log says what happens, a line at a time
    if device.type == "cpu":
        # Threads of one process wait for each other: beside another busy process they fall to a
        # tenth of their speed. So it is one thread a worker, and as many workers as cores.
        torch.set_num_threads(1)
    if "WORLD_SIZE" in os.environ:
        distributed.init_process_group("gloo")
    try:
        plan = read_plan(chosen.plan)
        with hold_lock(RunFolder(plan.state)) if rank() == 0 else nullcontext():
            train_base(plan, device=device, drawers=chosen.drawers)
    except LoraWizardError as error:
        sys.exit(f"Error: {error}")
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()


if __name__ == "__main__":
    main()
