"""`python -m lora_eval`, as `accelerate launch -m` needs it."""

from lora_eval.cli import main

main(prog_name="lora-eval")
