"""`python -m lora_wizard.train RUN_FOLDER`, as `runs.launch` starts it."""

import sys

from lora_wizard.train.session import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
