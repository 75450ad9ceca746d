"""What is wrong with the shop itself, as the doctor saw it last, and what to do."""

from __future__ import annotations

from bot.staff import staff
from core import findings
from core.authority import Right
from core.customers import Person
from core.findings import Level, Open
from core.ground.db import Tx
from core.ground.messages import Lines, Message, Words, words
from core.shop import Shop

SHOWN = 5
WORST = (Level.DOWN, Level.ERROR, Level.ADVICE)


@staff.hears("doctor", right=Right.LOOK)
async def doctor(shop: Shop, person: Person) -> Message:
    """Every finding that lasts, the worst first."""
    return await shop.db.read(card)


def card(tx: Tx) -> Message:
    looked = findings.last(tx, "doctor")
    if looked is None:
        return Message(words("doctor-not-yet"))
    found = sorted(findings.still_open(tx), key=lambda one: WORST.index(one.finding.level))
    if not found:
        return Message(words("doctor-well", time=looked))
    more = [words("doctor-more", n=len(found) - SHOWN)] if len(found) > SHOWN else []
    return Message(Lines((words("doctor-open", time=looked), *map(_row, found[:SHOWN]), *more)))


def _row(one: Open) -> Words:
    finding = one.finding
    return words("doctor-row", code=finding.code, since=one.since, what=finding.what, todo=finding.todo)
