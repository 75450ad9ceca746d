"""A socket that was handed over, by systemd or whatever else keeps it open while processes come and go.

Several processes may share one. While it stays open somewhere, nobody who connects is refused.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress

from mika.refusals import Refusal

FIRST = 3  # file descriptor, see sd_listen_fds(3)
NAME = "web"
TOLD = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def handed_over(environ: MutableMapping[str, str] = os.environ) -> socket.socket | None:
    """The one that is named `web`, else the first; None if none was meant for this process. Raises Refusal S045.

    What told of it is taken out of the environment: it is no child's.
    """
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    many, names = environ.get("LISTEN_FDS", ""), environ.get("LISTEN_FDNAMES", "").split(":")
    for name in TOLD:
        environ.pop(name, None)
    if not many.isdecimal() or many == "0":
        raise Refusal("S045", what=f"LISTEN_FDS is {many!r}")
    return _listening(FIRST + (names.index(NAME) if NAME in names[: int(many)] else 0))


def _listening(number: int) -> socket.socket:
    try:
        made = socket.socket(fileno=number)
    except OSError as error:
        raise Refusal("S045", what=f"file descriptor {number} is no socket ({error.strerror})") from None
    of_internet = made.family in (socket.AF_INET, socket.AF_INET6) and made.type == socket.SOCK_STREAM
    listens = False
    with suppress(OSError):
        listens = bool(made.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    if not of_internet or not listens:
        made.detach()
        raise Refusal("S045", what=f"file descriptor {number} is no TCP socket that listens")
    made.set_inheritable(False)
    return made
