"""`python -m lora_wizard.queue QUEUE_FOLDER`, as `start_worker` starts it."""

import sys
from pathlib import Path

from lora_wizard.queue.folder import QueueFolder
from lora_wizard.queue.worker import main

if __name__ == "__main__":
    sys.exit(main(QueueFolder(Path(sys.argv[1]))))
