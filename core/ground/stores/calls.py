"""Call: one write somebody asked for, how it ended, and what follows it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from core.ground.errors import OutcomeUnknown, ShopError
from core.ground.tx import Tx
from core.ground.waking import Bell

log = logging.getLogger(__name__)


class Call:
    """A function to run in one transaction, as often as it takes. Only the last run counts."""

    __slots__ = ("work", "value", "error", "tx", "abandoned")

    def __init__(self, work: Callable[[Tx], Any]) -> None:
        self.work = work
        self.value: Any = None
        self.error: BaseException | None = None
        self.tx: Tx | None = None
        self.abandoned = False  # its caller has stopped waiting; it is carried out all the same

    def run(self, tx: Tx) -> None:
        """Runs the function. Whatever it throws is kept for its caller, and so is a database error it swallowed."""
        self.tx, self.value, self.error = tx, None, None
        try:
            self.value = self.work(tx)
        except BaseException as error:  # even SystemExit concerns the caller only, not the thread it happens in
            self.error = error
        else:
            self.error = tx.error

    def result(self) -> Any:
        """What the function returned, or raises what ended it."""
        if self.error is not None:
            raise self.error
        return self.value

    def in_doubt(self, doubt: BaseException | None) -> None:
        """The answer of an earlier COMMIT was lost. Only a result, or a refusal, of a later run makes up for that."""
        if doubt is not None and self.error is not None and not isinstance(self.error, ShopError):
            self.error = OutcomeUnknown(f"the answer to a COMMIT was lost, and trying again did not tell: {doubt}")
            self.error.__cause__ = doubt

    def follow(self, bell: Bell) -> set[str]:
        """After the commit, on the loop's thread: rings the topics and makes the calls. Returns the topics rung."""
        if self.error is not None or self.tx is None:
            self._report()
            return set()
        if self.tx.topics:
            bell.ring(self.tx.topics)
        for call in self.tx.calls or ():
            try:
                call()
            except Exception:
                log.exception("what should have followed a commit failed: %r", call)
        return self.tx.topics

    def _report(self) -> None:
        if self.abandoned and not isinstance(self.error, ShopError):
            log.error("a write failed that nobody waits for any more", exc_info=self.error)
