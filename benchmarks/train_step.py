"""Seconds and memory of one training step: this trainer, diffusers + peft, and the bare model.

    python benchmarks/train_step.py --help

What is compared with what stands in README.md beside this file; the code is in `step_benchmark/`.
"""

import runpy

if __name__ == "__main__":
    runpy.run_module("step_benchmark", run_name="__main__")
