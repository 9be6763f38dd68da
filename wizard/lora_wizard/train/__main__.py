"""`python -m lora_wizard.train RUN_FOLDER`, as `runs.launch` starts it."""

import os
import sys
from contextlib import suppress

from lora_wizard.train.entry import main

if __name__ == "__main__":
    code = main(sys.argv[1:])
    # All files are closed. To take torch and what it brings apart would cost a second or two,
    # and fill the console with what they leak.
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)
