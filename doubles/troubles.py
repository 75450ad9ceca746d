"""What may happen to a provider's next calls, by their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Trouble = Literal[
    "broken",  # answers 502 and does nothing
    "lost",  # does it, but the connection ends before the answer
    "silent",  # does nothing and says nothing until the caller gives up
    "busy",  # answers 429 and does nothing
]
FOREVER = 1_000_000


@dataclass
class Troubles:
    """Each can be arranged while the server runs."""

    _arranged: dict[str, list[tuple[Trouble, int]]] = field(default_factory=dict)

    def give(self, call: str, trouble: Trouble, times: int = FOREVER) -> None:
        """The next `times` calls of that name meet this trouble, after those arranged before."""
        self._arranged.setdefault(call, []).append((trouble, times))

    def mend(self) -> None:
        self._arranged.clear()

    def meet(self, call: str) -> Trouble | None:
        """The trouble this call is to have; counts it as had."""
        arranged = self._arranged.get(call)
        if not arranged:
            return None
        trouble, times = arranged.pop(0)
        if times > 1:
            arranged.insert(0, (trouble, times - 1))
        return trouble
