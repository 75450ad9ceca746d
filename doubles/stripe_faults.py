"""What can be made to go wrong at Stripe, for tests and rehearsals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Call = Literal["open", "session", "sessions", "expire", "refund", "refunds", "events", "account"]
Trouble = Literal[
    "broken",  # answers 503 and does nothing
    "failed",  # answers 500 and does nothing, and says the same for a day to whoever repeats the Idempotency-Key
    "lost",  # does it, but the connection ends before the answer
    "silent",  # does nothing and says nothing until the caller gives up
    "busy",  # 429
    "nonsense",  # 200, and not what was asked for
]


@dataclass
class Faults:
    """Each can be changed while the server runs."""

    copies: int = 2  # how often each notice is delivered; 0 loses it
    shuffled: bool = False  # notices come in another order than things happened
    late: float = 0.0  # seconds between what happened and its first notice
    amount: int | None = None  # stands in notices of sessions instead of what was paid
    currency: str | None = None  # likewise
    refunds: Literal["succeeded", "pending", "failed"] = "succeeded"  # what becomes of new refunds
    races: bool = False  # the buyer of a session that is being expired has paid a moment before
    old_version: bool = False  # the endpoint is of an API version whose charges have their refunds in them
    troubles: dict[Call, list[Trouble]] = field(default_factory=dict)

    def give(self, call: Call, trouble: Trouble, times: int = 1) -> None:
        """The next `times` calls of that name meet this trouble, after those arranged before."""
        for _ in range(times):
            self.troubles.setdefault(call, []).append(trouble)

    def mend(self) -> None:
        self.troubles.clear()

    def meet(self, call: Call) -> Trouble | None:
        """The trouble this call is to have; counts it as had."""
        arranged = self.troubles.get(call)
        return arranged.pop(0) if arranged else None
