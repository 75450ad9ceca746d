"""The commands a chat shows in its menu: verbs of its router, each with a line on what it does."""

from __future__ import annotations

from core.ground.words import sentence

COMMANDS = {
    "buyers": ("shelf", "orders", "help", "language", "terms", "paysupport"),
    "staff": ("reviews", "hands", "orders", "stock", "help"),
}


def commands(router: str, locale: str) -> list[tuple[str, str]]:
    """A router's commands in their order, with what each does in that language (at most 256 characters)."""
    return [(verb, sentence(locale, f"command-{router}-{verb}")) for verb in COMMANDS[router]]
