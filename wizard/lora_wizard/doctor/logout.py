"""Whether this host ends a user's processes when they log out.

Where systemd-logind has `KillUserProcesses=yes`, a process that leads its own session dies as
well; only lingering keeps it. Most distributions ship `no`; containers have no logind.
"""

import getpass
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lora_wizard.doctor.findings import Finding, Level, Situation

__all__ = ["check_logout", "kills_at_logout"]

_RUNNING = Path("/run/systemd/seats")
_LINGERING = Path("/var/lib/systemd/linger")
_FOLDERS = (Path("/usr/lib/systemd"), Path("/usr/local/lib/systemd"), Path("/run/systemd"))
_ETC = Path("/etc/systemd")


def check_logout(situation: Situation) -> Iterator[Finding]:
    """What logind is told to do, and whether this user lingers."""
    if not _RUNNING.exists():
        yield Finding("logout", "no_logind")
        return
    user = _user()
    if not kills_at_logout(_settings(), user):
        yield Finding("logout", "spared")
    elif Path(_LINGERING, user).exists():
        yield Finding("logout", "lingers")
    else:
        yield Finding("logout", "kills", Level.WARNING, {"user": user})


def kills_at_logout(files: Sequence[str], user: str) -> bool:
    """Whether logind kills this user's processes.

    Args:
        files: Contents of its configuration files, the one that counts most last.
        user: The user's name.
    """
    kill, only, excluded = False, "", "root"
    for content in files:
        for line in content.splitlines():
            key, equals, value = (part.strip() for part in line.partition("="))
            if not equals or key.startswith(("#", ";")):
                continue
            if key == "KillUserProcesses":
                kill = value.lower() in ("yes", "true", "on", "1", "y", "t")
            elif key == "KillOnlyUsers":
                only = value
            elif key == "KillExcludeUsers":
                excluded = value
    named = not only.split() or user in only.split()
    return kill and named and user not in excluded.split()


def _settings() -> list[str]:
    """The main file, then the additions of all folders by their names, as systemd reads them."""
    mains = [folder / "logind.conf" for folder in (_ETC, _FOLDERS[2], _FOLDERS[1], _FOLDERS[0])]
    main = next((path for path in mains if path.is_file()), None)
    additions: dict[str, Path] = {}
    for folder in (*_FOLDERS, _ETC):  # a file in a later folder hides one of the same name
        additions |= {path.name: path for path in (folder / "logind.conf.d").glob("*.conf")}
    paths = [*([main] if main else []), *(additions[name] for name in sorted(additions))]
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths]


def _user() -> str:
    """In a container the number may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
