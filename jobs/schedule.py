"""The whole timetable: what happens by the clock, how often, and which function does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from core.shop import Shop
from jobs.alarms import alarms, lost_money
from jobs.backups import back_up, copy_journal, tell_week
from jobs.chain import chain, tell_mark
from jobs.choices import choices, restocked
from jobs.claims import claims
from jobs.digests import daily, paid, what_waited
from jobs.doctor import again, doctor
from jobs.expire import expire
from jobs.exports import ripen
from jobs.heartbeat import heartbeat
from jobs.invariants import all_invariants, invariants
from jobs.later import later
from jobs.line import line
from jobs.linking import unanswered
from jobs.news import news
from jobs.overdue import overdue
from jobs.prune import prune
from jobs.questions import unchosen
from jobs.reconcile import reconcile
from jobs.redeemed import redeemed
from jobs.reminding import reminding
from jobs.reprice import planned
from jobs.reviews import reviews
from jobs.stock_levels import levels
from jobs.switched import kept_back, over
from jobs.unsupplied import unsupplied
from jobs.wellness import wellness
from jobs.withdraw import given_back


@dataclass(frozen=True)
class Entry:
    """Done once at the start and then every so often. Harmless when several processes do it."""

    what: str
    every: timedelta
    does: Callable[[Shop], Awaitable[None]]


# In each process that speaks in chats: what is sent there is sent by whoever has the chat. Codes go out with it, so its
# journal may lie on this machine alone.
IN_CHATS = (
    Entry("news goes out", timedelta(seconds=1), news),
    Entry("the journal is copied elsewhere", timedelta(seconds=30), copy_journal),
)

TIMETABLE = (
    *IN_CHATS,
    Entry("unpaid orders end", timedelta(seconds=5), expire),
    Entry("what was to go out later goes out", timedelta(seconds=5), later),
    Entry("links nobody confirmed end", timedelta(seconds=15), unanswered),
    Entry("undecided reviews end", timedelta(seconds=15), reviews),
    Entry("claims nobody decided end", timedelta(seconds=5), claims),
    Entry("staff hear of what runs out of time", timedelta(seconds=20), reminding),
    Entry("what staff owe too long is refunded", timedelta(minutes=1), overdue),
    Entry("what buyers didn't choose in time is refunded", timedelta(seconds=15), choices),
    Entry("new stock goes to those who wait", timedelta(seconds=5), restocked),
    Entry("issuers are asked what was redeemed", timedelta(minutes=1), redeemed),
    Entry("who waited for new stock hears of it", timedelta(seconds=5), line),
    Entry("staff hear of what is overdue", timedelta(seconds=15), alarms),
    Entry("staff hear what runs low", timedelta(seconds=30), levels),
    Entry("what was given back goes where its batch went", timedelta(seconds=15), given_back),
    Entry("money without an order goes back", timedelta(minutes=1), lost_money),
    Entry("questions whose offered answers nobody took go to staff", timedelta(minutes=1), unchosen),
    Entry("planned prices come", timedelta(seconds=15), planned),
    Entry("our books are held against the rails'", timedelta(minutes=5), reconcile),
    Entry("rails that don't answer are hidden", timedelta(minutes=1), wellness),
    Entry("what a supplier owes too long is short", timedelta(minutes=1), unsupplied),
    Entry("switches whose time is over go off", timedelta(seconds=15), over),
    Entry("what was kept back goes out", timedelta(seconds=2), kept_back),
    Entry("staff are told what waited", timedelta(seconds=15), what_waited),
    Entry("staff are told which orders were paid", timedelta(seconds=15), paid),
    Entry("staff are told of the day before", timedelta(minutes=1), daily),
    Entry("the audit is chained", timedelta(seconds=20), chain),
    Entry("the audit's mark is told", timedelta(minutes=10), tell_mark),
    Entry("the shop is backed up", timedelta(minutes=1), back_up),
    Entry("staff are told of the week's backups", timedelta(minutes=10), tell_week),
    Entry("codes nobody stopped may be fetched", timedelta(minutes=1), ripen),
    Entry("invariants are checked", timedelta(minutes=1), invariants),
    Entry("invariants are checked, the long ones too", timedelta(hours=12), all_invariants),
    Entry("the shop itself is looked over", timedelta(minutes=5), doctor),
    Entry("what keeps it from serving is looked for again", timedelta(seconds=15), again),
    Entry("whoever watches hears that all is well", timedelta(minutes=1), heartbeat),
    Entry("old queue rows are removed", timedelta(hours=1), prune),
)
