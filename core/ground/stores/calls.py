"""Call: one write somebody asked for, how it ended, and what follows it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

from core.ground.errors import OutcomeUnknown, ShopError
from core.ground.tx import Tx
from core.ground.waking import Bell

log = logging.getLogger(__name__)


class Decision:
    """A core function and what it is to decide on: called with a transaction, it decides. Its text says which it is."""

    __slots__ = ("_fn", "_args", "_facts")

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], facts: Mapping[str, Any]) -> None:
        self._fn = fn
        self._args = args
        self._facts = facts

    def __call__(self, tx: Tx) -> Any:
        return self._fn(tx, *self._args, **self._facts)

    def __str__(self) -> str:
        """Such as "checkout.place", or "ending.carried_out delivery.sent" when one function decides by another."""
        by = [fn for fn in self._args if isinstance(fn, FunctionType) and "<locals>" not in fn.__qualname__]
        return " ".join(map(named, (self._fn, *by)))


def named(fn: Callable[..., Any]) -> str:
    """A function as its callers write it: module and name."""
    while isinstance(fn, partial):
        fn = fn.func
    return f"{fn.__module__.rpartition('.')[2]}.{getattr(fn, '__qualname__', type(fn).__qualname__)}"


class Call:
    """A function to run in one transaction, as often as it takes. Only the last run counts."""

    __slots__ = ("work", "value", "error", "tx", "abandoned")

    def __init__(self, work: Callable[[Tx], Any]) -> None:
        self.work = work
        self.value: Any = None
        self.error: BaseException | None = None
        self.tx: Tx | None = None
        self.abandoned = False  # its caller has stopped waiting; it is carried out all the same

    def __str__(self) -> str:
        return f"commit {self.work if isinstance(self.work, Decision) else named(self.work)}"

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
