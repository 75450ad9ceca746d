"""What staff are told in one message instead of many: the summary of what waited, paid orders in a list, a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from core import cards, quiet, reports, staff
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.quiet import Kind, Mode, Notice
from core.reports import Day, Flow, Waiting

LATEST = 5  # paid orders named in a list
NAMED = 5  # payments that wait, in a line
SETTLED = timedelta(seconds=10)  # an order counts as paid from its transaction's begin: by now all those have ended
WEEK = timedelta(days=7)
MISSED = Choice(words("choose-missed"), "missed")


# What waited


def tell_what_waited(tx: Tx, board: str) -> bool:
    """Say there in one message all that waits and may be said now; a single notice as it is. A repeat says nothing."""
    found = quiet.take(tx, board)
    if not found:
        return False
    if len(found) == 1:
        staff.tell_one(
            tx,
            f"notice {found[0].id} {found[0].at.isoformat()} to {board}",
            board,
            found[0].message,
            topic=quiet.topic(found[0].kind),
        )
        return True
    message, key = summary(found), f"summary {tx.now.isoformat()}"  # what waits again has the same row again
    quiet.said(tx, board, key, Kind.DAILY, message)
    staff.tell_one(tx, f"{key} to {board}", board, message)
    return True


def summary(found: list[Notice]) -> Message:
    """How many of each kind, and where to read them."""
    counts = Counter(notice.kind for notice in found)
    rows = (words("summary-row", kind=words(f"kind-{kind}"), n=counts[kind]) for kind in Kind if counts[kind])
    about = words("summary", n=len(found), time=found[0].at)
    return Message(Lines((about, *rows)), (MISSED, *_lists(counts)))


def _lists(counts: Counter[Kind]) -> Iterator[Choice]:
    if counts[Kind.REVIEWS]:
        yield Choice(words("choose-reviews"), "reviews")
    if counts[Kind.HANDS]:
        yield Choice(words("choose-hands"), "hands")


# Paid orders


def tell_paid(tx: Tx) -> None:
    """Wherever somebody wants to hear of them: the orders paid since the last list, in one message."""
    for board in staff.boards(tx):
        here = quiet.of(tx, board)
        mode, until = here.mode(Kind.PAID), tx.now - SETTLED
        if mode is Mode.OFF or here.sleeps_until(tx.now, tx.rules.zone):
            continue
        since = here.paid_until
        if since is not None and until - since < (quiet.LISTED if mode is Mode.LISTS else quiet.MINUTE):
            continue
        if not quiet.has_room(tx, board) or quiet.of(tx, board).paid_until != since:
            continue  # said by another process, this moment
        quiet.paid_told(tx, board, until)
        found = reports.paid(tx, since, until, LATEST) if since is not None else None
        if found and found.orders:
            message = _paid_list(found)
            key = f"paid until {until.isoformat()}"
            quiet.said(tx, board, key, Kind.PAID, message)
            staff.tell_one(tx, f"{key} to {board}", board, message, topic=quiet.topic(Kind.PAID))


def _paid_list(found: reports.Paid) -> Message:
    totals = (words("paid-total", amount=total) for total in found.totals)
    rows = (
        words("paid-row", number=order.number, product=order.terms.name, n=order.quantity, amount=order.total)
        for order in found.latest
    )
    choices = (Choice(words("choose-latest"), "orders"),)
    return Message(Lines((words("paid-list", n=found.orders), *totals, *rows)), choices)


# A day


def due_daily(tx: Tx) -> tuple[date, Message] | None:
    """The report that is to be said now: of the day before, from nine on. Reads only: tell_daily says it."""
    which = reports.due(tx)
    return (which, daily(tx, which)) if which else None


def tell_daily(tx: Tx, which: date, report: Message) -> bool:
    """Say the report of that day. Once, over all processes; False for a repeat."""
    if not reports.report(tx, which):
        return False
    staff.tell(tx, f"daily {which.isoformat()}", report, Kind.DAILY)
    return True


def daily(tx: Tx, which: date) -> Message:
    """The numbers of a day, beside the same day a week before; what waits, as it stands now."""
    now, past = reports.day(tx, which), reports.day(tx, which - WEEK)
    waits = reports.waiting(tx)
    lines = [*_sales(now, past, tx.rules.currency, over=now.until <= tx.now), *_waits(waits)]
    return Message(Lines(tuple(lines)), tuple(_where_to_look(waits)))


def _sales(now: Day, past: Day, own: str, *, over: bool) -> Iterator[Words]:
    yield words("daily", date=now.date.isoformat(), over="yes" if over else "no")
    yield words("daily-sold", orders=now.orders, n=now.units)
    yield words("daily-week-before", orders=past.orders, n=past.units, amount=past.came(own))
    for flow in now.flows:
        yield from _flow(flow)
    if not now.flows:
        yield words("daily-no-money")
    if now.handed:
        yield _margin(now)
    if now.new_buyers:
        yield words("daily-new-buyers", n=now.new_buyers)


def _flow(flow: Flow) -> Iterator[Words]:
    rail = cards.rail_called(flow.rail)
    if flow.came.amount:
        yield words("daily-came", rail=rail, amount=flow.came)
    if flow.back.amount:
        yield words("daily-back", rail=rail, amount=flow.back)
    if flow.disputed.amount:
        yield words("daily-disputed", rail=rail, amount=flow.disputed)


def _margin(now: Day) -> Words:
    if now.margin is None:
        return words("daily-margin-unknown")
    return words("daily-margin", amount=now.margin, found=now.known, n=now.handed)


def _waits(waits: Waiting) -> Iterator[Words]:
    if waits.reviews or waits.hands:
        yield words("daily-waits", reviews=waits.reviews, hands=waits.hands)
    if waits.kept_back:
        yield words("daily-kept-back", n=waits.kept_back)
    if waits.overdue:
        yield words("daily-overdue", n=waits.overdue)
    if waits.money:
        which = ", ".join(str(receipt) for receipt in waits.money[:NAMED])
        yield words("daily-money-waits", n=len(waits.money), which=which)
    for name, left in waits.low:
        yield words("daily-low", product=name, left=left)


def _where_to_look(waits: Waiting) -> Iterator[Choice]:
    if waits.reviews:
        yield Choice(words("choose-reviews"), "reviews")
    if waits.hands:
        yield Choice(words("choose-hands"), "hands")
    yield Choice(words("choose-stock"), "stock")
