"""What the terminal can show, and what lies between it and the user."""

from collections.abc import Iterator

from lora_wizard.doctor.findings import Finding, Level, Situation

__all__ = ["check_connection", "check_terminal"]

_LEAST_SIZE = (60, 16)
_DESIGN_SIZE = (80, 24)


def check_terminal(situation: Situation) -> Iterator[Finding]:
    """Kind, size, characters and colours."""
    environment = situation.environment
    kind = environment.get("TERM", "")
    if not situation.is_terminal:
        yield Finding("terminal", "none", Level.OK)
        return
    if kind in ("", "dumb", "unknown"):
        yield Finding("terminal", "dumb", Level.WARNING, {"kind": kind})
        return
    columns, rows = situation.size
    values = {"kind": kind, "columns": columns, "rows": rows}
    if columns < _LEAST_SIZE[0] or rows < _LEAST_SIZE[1]:
        yield Finding("terminal", "tiny", Level.WARNING, values)
    elif columns < _DESIGN_SIZE[0] or rows < _DESIGN_SIZE[1]:
        yield Finding("terminal", "small", Level.OK, values)
    else:
        yield Finding("terminal", "good", Level.OK, values)
    if situation.encoding.lower().replace("-", "") != "utf8":
        yield Finding("terminal", "no_unicode", Level.WARNING, {"encoding": situation.encoding})
    yield _colours(situation, kind)


def _colours(situation: Situation, kind: str) -> Finding:
    environment = situation.environment
    if environment.get("NO_COLOR"):
        return Finding("terminal", "colours_unwanted")
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or "direct" in kind:
        return Finding("terminal", "all_colours")
    if "256" in kind:
        return Finding("terminal", "many_colours")
    return Finding("terminal", "few_colours", Level.WARNING, {"kind": kind})


def check_connection(situation: Situation) -> Iterator[Finding]:
    """SSH and multiplexers. None is needed for a training to go on."""
    environment = situation.environment
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        yield Finding("connection", "ssh")
    else:
        yield Finding("connection", "local")
    if environment.get("TMUX"):
        yield Finding("connection", "tmux")
    elif environment.get("STY"):
        yield Finding("connection", "screen")
