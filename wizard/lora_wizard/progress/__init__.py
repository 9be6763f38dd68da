"""A running training on the terminal: a bar where there is one, plain lines where there is not.

It only reads the run's log and asks through `runs`; the training never waits for it.
"""

from lora_wizard.progress.following import follow

__all__ = ["follow"]
