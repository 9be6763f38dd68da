"""Base checkpoints: which family a file is, loading it, encoding text, sampling pictures.

Nothing here reaches the network: every configuration, vocabulary and weight is a local file.
The switch below says so to the Hugging Face libraries too, before any of them is imported.
"""

import logging
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# The tokenizer's own threads warn and stall after a fork, and gain nothing on short captions.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Where bitsandbytes is installed, peft imports it, and it warns of a package that only some of its
# products on a CPU would gain from: a line in every run's console that nobody can use.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
