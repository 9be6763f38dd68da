"""Base checkpoints: which family a file is, loading it, encoding text, sampling pictures.

Nothing here reaches the network: every configuration, vocabulary and weight is a local file.
The switch below says so to the Hugging Face libraries too, before any of them is imported.
"""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# The tokenizer's own threads warn and stall after a fork, and gain nothing on short captions.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
