"""Where an exception came from: files and lines, never its message nor a variable, which quote what people wrote."""

from __future__ import annotations

import traceback

FRAMES = 6


def trail(error: BaseException) -> list[str]:
    """The last lines it came through, the one that raised last."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames]
