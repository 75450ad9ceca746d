"""What can be made to go wrong at the test provider, for tests and rehearsals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Call = Literal["start", "truth", "refund", "refund_truth", "close", "day", "page"]
Trouble = Literal[
    "broken",  # answers 500 and does nothing
    "lost",  # does it, but the connection ends before the answer
    "silent",  # does nothing and says nothing until the caller gives up
]
FOREVER = 1_000_000


@dataclass
class Faults:
    """Each can be changed while the server runs."""

    copies: int = 2  # how often each notice is delivered; 0 loses it
    late: float = 0.0  # seconds between the payment and its first notice
    amount: int | None = None  # stands in notices instead of what was paid
    currency: str | None = None  # likewise
    takes: int | None = None  # the pay page takes so much, whatever was asked for
    denies: bool = False  # asked for the truth, the provider knows of no money
    takes_late: bool = False  # the pay page takes money although the payment was closed or has expired
    refunds: Literal["done", "pending", "failed"] = "done"  # what becomes of new refunds
    _troubles: dict[Call, list[tuple[Trouble, int]]] = field(default_factory=dict)

    def give(self, call: Call, trouble: Trouble, times: int = FOREVER) -> None:
        """The next `times` calls of that name meet this trouble, after those arranged before."""
        self._troubles.setdefault(call, []).append((trouble, times))

    def mend(self, call: Call | None = None) -> None:
        """No more trouble with that call, or with any."""
        if call is None:
            self._troubles.clear()
        else:
            self._troubles.pop(call, None)

    def meet(self, call: Call) -> Trouble | None:
        """The trouble this call is to have; counts it as had."""
        arranged = self._troubles.get(call)
        if not arranged:
            return None
        trouble, times = arranged.pop(0)
        if times > 1:
            arranged.insert(0, (trouble, times - 1))
        return trouble
