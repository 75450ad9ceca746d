"""Ports for those who must be told one before they bind it."""

from __future__ import annotations

import random
import socket

OURS = range(20_000, 30_000)  # below those that the system hands out by itself, to clients and to whoever binds port 0


def free_port() -> int:
    """A port that nobody has now, and that nobody gets by chance before it is bound."""
    while True:
        port = random.SystemRandom().choice(OURS)
        with socket.socket() as asked:
            try:
                asked.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
