"""The end of a row, in the same transaction as the decision it led to: a crash can't come between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec

from core.ground import inbox, outbox
from core.ground.db import Tx
from core.ground.inbox import InboxRow
from core.ground.outbox import OutboxRow

P = ParamSpec("P")


class NotYet(Exception):
    """It is under way, but not over: the row is looked at again after `wait`."""

    def __init__(self, why: str, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(why)


def heard(
    tx: Tx, row: InboxRow, decide: Callable[Concatenate[Tx, P], Any], /, *args: P.args, **facts: P.kwargs
) -> None:
    """Decide, and the event has had its effect."""
    decide(tx, *args, **facts)
    inbox.done(tx, row.source, row.external_id)


def carried_out(
    tx: Tx, row: OutboxRow, decide: Callable[Concatenate[Tx, P], Any], /, *args: P.args, **facts: P.kwargs
) -> None:
    """Decide, and the effect is done."""
    decide(tx, *args, **facts)
    outbox.done(tx, row.id)


def put_off(
    tx: Tx,
    row: OutboxRow,
    why: str,
    wait: timedelta,
    decide: Callable[Concatenate[Tx, P], Any],
    /,
    *args: P.args,
    **facts: P.kwargs,
) -> None:
    """Decide, and look at the row again later: it is under way, and has not failed, however long that takes."""
    decide(tx, *args, **facts)
    outbox.failed(tx, row, why, wait=wait, counts=False)


def nothing(tx: Tx) -> None:
    """There was nothing to decide."""
