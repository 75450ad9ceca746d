"""The whole timetable: what happens by the clock, how often, and which function does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from core.shop import Shop
from jobs.alarms import alarms, lost_money
from jobs.chain import chain
from jobs.choices import choices, restocked
from jobs.expire import expire
from jobs.invariants import all_invariants, invariants
from jobs.overdue import overdue
from jobs.prune import prune
from jobs.reconcile import reconcile
from jobs.reprice import reprice
from jobs.reviews import reviews
from jobs.unsupplied import unsupplied
from jobs.wellness import wellness


@dataclass(frozen=True)
class Entry:
    """Done once at the start and then every so often. Harmless when several processes do it."""

    what: str
    every: timedelta
    does: Callable[[Shop], Awaitable[None]]


TIMETABLE = (
    Entry("unpaid orders end", timedelta(seconds=5), expire),
    Entry("undecided reviews end", timedelta(seconds=15), reviews),
    Entry("what staff owe too long is refunded", timedelta(minutes=1), overdue),
    Entry("what buyers didn't choose in time is refunded", timedelta(seconds=15), choices),
    Entry("new stock goes to those who wait", timedelta(seconds=5), restocked),
    Entry("staff hear of what is overdue", timedelta(seconds=15), alarms),
    Entry("money without an order goes back", timedelta(minutes=1), lost_money),
    Entry("planned prices come", timedelta(seconds=15), reprice),
    Entry("our books are held against the rails'", timedelta(minutes=5), reconcile),
    Entry("rails that don't answer are hidden", timedelta(minutes=1), wellness),
    Entry("what a supplier owes too long is short", timedelta(minutes=1), unsupplied),
    Entry("the audit is chained", timedelta(seconds=20), chain),
    Entry("invariants are checked", timedelta(minutes=1), invariants),
    Entry("invariants are checked, the long ones too", timedelta(hours=12), all_invariants),
    Entry("old queue rows are removed", timedelta(hours=1), prune),
)
