"""TEMP"""


def clip_facts() -> None: ...
