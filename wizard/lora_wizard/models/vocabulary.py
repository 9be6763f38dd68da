"""CLIP's byte-pair vocabulary and a tokenizer made of it, without a model hub.

The merges come from the file that open-clip-torch ships (OpenAI's own, MIT licence). Its package
is located, never imported: importing it would take seconds and pull in torchvision.
"""

from __future__ import annotations

import gzip
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lora_wizard.errors import ModelError

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

CONTEXT_TOKENS = 77
"""Length of CLIP's text context, begin and end marks included."""
CAPTION_TOKENS = CONTEXT_TOKENS - 2
"""How many tokens of a caption fit between the two marks."""
BEGIN = "<|startoftext|>"
END = "<|endoftext|>"

_MERGE_COUNT = 49152 - 256 - 2
"""CLIP uses that many of the file's merges; the rest of the file belongs to a larger model."""


@lru_cache(maxsize=1)
def clip_vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """CLIP's vocabulary as `(token -> id, merges in order of rank)`.

    Ids run 0..255 for bytes, 256..511 for bytes that end a word, then one for each of the 48,894
    merges, then `<|startoftext|>` 49406 and `<|endoftext|>` 49407 (Radford et al., 2021).

    Raises:
        ModelError: the vocabulary file of open-clip-torch is not there.
    """
    text = gzip.decompress(_vocabulary_file().read_bytes()).decode("utf-8")
    lines = text.split("\n")[1 : 1 + _MERGE_COUNT]  # the first line is a version note
    merges = [(first, second) for first, second in (line.split() for line in lines)]
    symbols = list(_byte_symbols())
    tokens = symbols + [symbol + "</w>" for symbol in symbols]
    tokens += ["".join(merge) for merge in merges]
    tokens += [BEGIN, END]
    return {token: number for number, token in enumerate(tokens)}, merges


def clip_tokenizer(pad: Literal["eos", "zero"] = "eos") -> CLIPTokenizer:
    """A tokenizer that gives OpenAI's ids, 77 long.

    Args:
        pad: what fills a short caption up: `eos` repeats the end mark (SD1, and SDXL's first
            encoder), `zero` is token 0 (SD2, and SDXL's second encoder).
    """
    from transformers import CLIPTokenizer

    vocabulary, merges = clip_vocabulary()
    build: Any = CLIPTokenizer  # its annotations say text for the merges, and it takes pairs
    tokenizer: CLIPTokenizer = build(
        vocab=dict(vocabulary), merges=list(merges), model_max_length=CONTEXT_TOKENS
    )
    if pad == "zero":
        # Set afterwards, not in the constructor: there "!" would become a special token, and a
        # caption's own "!" would then be read as padding.
        tokenizer.pad_token = "!"
    return tokenizer


def _vocabulary_file() -> Path:
    package = importlib.util.find_spec("open_clip")
    for folder in (package.submodule_search_locations or []) if package else []:
        file = Path(folder) / "bpe_simple_vocab_16e6.txt.gz"
        if file.is_file():
            return file
    raise ModelError(
        "CLIP's vocabulary file is not installed",
        where="open_clip/bpe_simple_vocab_16e6.txt.gz",
        fix="Install it with: pip install open-clip-torch",
    )


def _byte_symbols() -> list[str]:
    """One printable character for each byte, in the order of CLIP's first 256 ids.

    Printable bytes stand for themselves; the others are moved above 255, so that the vocabulary
    holds no blank or control character (Radford et al., 2019, section 2.2).
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden_count = 256 - len(printable)
    return [chr(code) for code in printable] + [chr(256 + index) for index in range(hidden_count)]
