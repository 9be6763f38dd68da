"""Which requests may use the app. Pure: no server, no socket.

Loopback alone protects nothing: every page that is open in the same browser, and every user of the
same machine, can connect to it. Three checks together do:

- `Host` names this machine. A page whose own name was pointed at 127.0.0.1 (DNS rebinding) is of
  the same origin as the server for the browser, but its `Host` is its own name.
- `Origin` is this server. Browsers let any page open a WebSocket anywhere, and send the page's
  origin with it.
- The address begins with a random token that only the terminal shows. It is in the path and not in
  a cookie: cookies of 127.0.0.1 are sent to every port of it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Access", "Refusal"]

Refusal = Literal["host", "origin", "token"]

_HOSTS = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
"""Any port: `ssh -L 9000:127.0.0.1:8000` makes the browser's port another one."""


def _new_token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Access:
    """The rule of one server."""

    token: str = field(default_factory=_new_token, repr=False)
    """256 random bits, as the first part of every path."""

    def refusal(
        self, path: str, *, hosts: Sequence[str], origins: Sequence[str], asks_origin: bool
    ) -> Refusal | None:
        """Why a request is refused, or None.

        Args:
            path: Of the address, such as `/TOKEN/ws`.
            hosts: Every `Host` header of the request.
            origins: Every `Origin` header of the request.
            asks_origin: Whether a request without an origin is refused, as for a WebSocket. A
                browser sends none when it opens a page.
        """
        if len(hosts) != 1 or _HOSTS.fullmatch(hosts[0]) is None:
            return "host"
        expected = [f"http://{hosts[0]}".lower()]
        if (origins or asks_origin) and [origin.lower() for origin in origins] != expected:
            return "origin"
        given = path.lstrip("/").partition("/")[0]
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode("ascii")):
            return "token"
        return None
