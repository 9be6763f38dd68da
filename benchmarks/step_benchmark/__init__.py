"""The benchmark of one training step. Run it by `python benchmarks/train_step.py`.

It refuses to have a trainer of its own: what is timed as `ours` is `lora_wizard.train` as shipped.
"""
