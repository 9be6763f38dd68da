"""What was seen of a folder's captions, in sentences for a run's notes."""

from __future__ import annotations

from collections.abc import Sequence

from lora_wizard.dataset.captions import FolderCaptions
from lora_wizard.dataset.prompt_syntax import Oddity
from lora_wizard.dataset.trigger import with_trigger
from lora_wizard.dataset.wording import counted, listed

_OF_SEVERAL_LINES = {
    False: "longer than one line: only the first is used",
    True: "longer than one line: each time one of them is taken",
}
_ODD = {
    Oddity.ESCAPED: r"brackets behind a backslash, as in prompts: the backslash is learned too",
    Oddity.WEIGHTED: "weights or commands of prompts, such as (smile:1.3): learned as words",
    Oddity.CHOICES: "choices such as {smile|grin}, which count only with data.wildcards = true",
    Oddity.CALLING: "a call such as <lora:name:1>: learned as words",
    Oddity.STRUCTURED: "JSON or the like: its keys and brackets are learned too",
    Oddity.PASTED: "a web UI's settings (Negative prompt, Steps): they are no part of a caption",
    Oddity.FULL_WIDTH: "Japanese or Chinese commas, which separate no tags",
    Oddity.NULS: "bytes of 0, as in UTF-16: save them again as UTF-8",
}


def caption_notes(
    folder: str,
    found: FolderCaptions,
    *,
    extension: str,
    class_tokens: str,
    trigger: str = "",
    every_line: bool = False,
) -> tuple[str, ...]:
    """Sentences about what was assumed, passed over or looks like an oversight.

    Args:
        folder: Its name.
        found: Its captions, read with the same arguments.
        trigger: What training puts in front of them; empty for regularisation.
    """
    notes = [
        *_missing_notes(folder, found, extension, with_trigger(class_tokens, trigger)),
        *_unread_notes(folder, found, extension),
        *_file_notes(folder, found.empty, "empty: the caption is empty too"),
        *_file_notes(folder, found.longer, _OF_SEVERAL_LINES[every_line]),
    ]
    for oddity, names in found.odd:
        files = counted(len(names), "caption file")
        verb = "has" if len(names) == 1 else "have"
        notes.append(f"{folder}: {files} ({listed(names)}) {verb} {_ODD[oddity]}.")
    return tuple(notes)


def _missing_notes(
    folder: str, found: FolderCaptions, extension: str, class_tokens: str
) -> list[str]:
    if not found.missing:
        return []
    instead = f'"{class_tokens}" is their caption' if class_tokens else "their caption is empty"
    share = f"{len(found.missing)} of {counted(len(found.captions), 'picture')}"
    return [f"{folder}: {share} without a {extension} file ({listed(found.missing)}): {instead}."]


def _unread_notes(folder: str, found: FolderCaptions, extension: str) -> list[str]:
    """What lies beside pictures without a caption and looks as if it were meant for them."""
    notes = [
        f"{folder}: captions in {counted(count, f'{other} file')} are not used, since "
        f"data.caption_extension is {extension}. If they are meant, set it to {other}."
        for other, count in found.other
    ]
    if found.misnamed:
        first = found.missing[0].rpartition(".")[0]
        notes.append(
            f"{folder}: {counted(len(found.misnamed), 'file')} ({listed(found.misnamed)}) beside "
            f"pictures without a caption: not used. A caption is called as its picture, "
            f"{first}{extension} for {found.missing[0]}."
        )
    if found.orphans:
        notes.append(
            f"{folder}: {counted(len(found.orphans), f'{extension} file')} without a picture of "
            f"the same name ({listed(found.orphans)}): not used."
        )
    return notes


def _file_notes(folder: str, names: Sequence[str], what: str) -> list[str]:
    verb = "is" if len(names) == 1 else "are"
    files = counted(len(names), "caption file")
    return [f"{folder}: {files} ({listed(names)}) {verb} {what}."] if names else []
