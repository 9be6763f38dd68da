"""A running training on the terminal: a bar where there is one, plain lines where there is not.

It only reads the run's log and asks through `runs`; the training never waits for it.
"""

from lora_wizard.progress.farewell import attach_command, farewell_lines, resume_command, trigger_of
from lora_wizard.progress.following import follow
from lora_wizard.progress.next_steps import next_lines
from lora_wizard.progress.views import phase_words

__all__ = [
    "attach_command",
    "farewell_lines",
    "follow",
    "next_lines",
    "phase_words",
    "resume_command",
    "trigger_of",
]
