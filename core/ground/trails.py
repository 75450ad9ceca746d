"""What the log may say of where something comes from.

An exception: its files and lines, never its message nor a variable, which quote what people wrote. An event from
outside: a mark that is the same wherever it is spoken of, and tells nothing of it.
"""

from __future__ import annotations

import hashlib
import traceback

FRAMES = 6


def trail(error: BaseException) -> list[str]:
    """The last lines it came through, the one that raised last."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames]


def mark(source: str, external_id: str) -> str:
    """The event's mark, by what the inbox knows it by."""
    return hashlib.sha256(f"{source}\n{external_id}".encode()).hexdigest()[:12]
