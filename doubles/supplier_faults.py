"""What can be made to go wrong at the test supplier, for tests, rehearsals and proofs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Call = Literal["buy", "look_up"]
Trouble = Literal[
    "error",  # answers 500 and does nothing
    "error_done",  # does it and answers 500 all the same
    "refuse",  # says no: definitely not done
    "busy",  # 429, nothing done
    "silent",  # does it, and says nothing until the caller gives up
    "cut",  # does it, but the connection ends before the answer
    "lost",  # the connection ends before anything is done
    "slow",  # does it and answers after `slow` seconds
    "pending",  # accepts it now and does it `pending` seconds later
    "empty",  # says it is done, and has the code `pending` seconds later
    "hidden",  # does it, the connection ends, and for `hidden` seconds it is not to be found
    "none_ever",  # accepts it, and that is the last that is heard of it
    "double",  # two codes where one was bought
    "repeat",  # a code that it has sold before
    "other",  # a code of another product
]
FOREVER = 1_000_000


@dataclass
class Faults:
    """Each can be changed while the server runs."""

    slow: float = 0.5  # seconds of real time
    pending: float = 60.0  # seconds by the supplier's clock
    hidden: float = 30.0
    chance: Callable[[Call, str], Trouble | None] = lambda call, reference: None  # what else a call meets
    _troubles: dict[Call, list[tuple[Trouble, int]]] = field(default_factory=dict)

    def give(self, call: Call, trouble: Trouble, times: int = FOREVER) -> None:
        """The next `times` calls of that name meet this trouble, after those arranged before."""
        self._troubles.setdefault(call, []).append((trouble, times))

    def mend(self) -> None:
        """No more trouble."""
        self._troubles.clear()
        self.chance = lambda call, reference: None

    def meet(self, call: Call, reference: str) -> Trouble | None:
        """The trouble this call is to have; counts it as had."""
        arranged = self._troubles.get(call)
        if not arranged:
            return self.chance(call, reference)
        trouble, times = arranged.pop(0)
        if times > 1:
            arranged.insert(0, (trouble, times - 1))
        return trouble
