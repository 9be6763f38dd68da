"""Judging folders: pictures to evidence, evidence to judgements, judgements to disk and back."""

from lora_eval.judging.backends import Backends, open_backends
from lora_eval.judging.folder import judge_folder
from lora_eval.judging.reading import read_judged

__all__ = ["Backends", "judge_folder", "open_backends", "read_judged"]
