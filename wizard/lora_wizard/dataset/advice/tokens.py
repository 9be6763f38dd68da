"""How many tokens CLIP makes of a caption, counted without torch or transformers.

The vocabulary is the one that comes along with the embedded base: OpenAI's own (Radford et al.,
2021), which SD1, SD2 and SDXL share.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def count_tokens(caption: str) -> int:
    """CLIP's tokens of a caption, begin and end marks not counted."""
    return len(_tokenizer().encode(caption, add_special_tokens=False).ids)


@cache
def _tokenizer() -> Tokenizer:
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import BPE

    folder = files("lora_wizard").joinpath("paperdoll", "weights", "tokenizer")
    with as_file(folder) as path:
        model = BPE.from_file(
            str(path / "vocab.json"),
            str(path / "merges.txt"),
            end_of_word_suffix="</w>",
            unk_token="<|endoftext|>",
        )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer
