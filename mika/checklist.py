"""What a check says: line by line what is right and what is to do."""

from __future__ import annotations

from collections.abc import Callable


class Report:
    """Lines of what is right and what is to do, and how much of that."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.left = 0

    def right(self, line: str) -> None:
        self._say(f"ok     {line}")

    def todo(self, line: str) -> None:
        self.left += 1
        self._say(f"TO DO  {line}")
