"""Who did what, the last first."""

from __future__ import annotations

from bot.handlers.staff_help import PEOPLE
from bot.staff import staff
from core import cards, hiring
from core.authority import Right
from core.customers import Person
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.ground.tx import AnyRow
from core.ground.words import known
from core.shop import Shop

SHOWN = 12
LONGEST = 30  # characters of what it was done to


@staff.hears("audit", right=Right.PEOPLE)
async def latest(shop: Shop, person: Person, before: str = "") -> Message:
    """The last acts: when, who, what, and to what. Never a code: the audit holds none."""
    return await shop.db.read(_latest, int(before) if before.isascii() and before.isdigit() else None)


def _latest(tx: Tx, before: int | None) -> Message:
    rows = audit.latest(tx, SHOWN, before)
    if not rows:
        return Message(words("audit-none"), (PEOPLE,))
    names = hiring.names(tx, [row.actor for row in rows])
    lines = (_line(row, names) for row in rows)
    older = (Choice(words("choose-audit-older"), f"audit {rows[-1].id}"),) if len(rows) == SHOWN else ()
    return Message(Lines((words("audit-latest"), *lines)), (*older, PEOPLE))


def _line(row: AnyRow, names: dict[str, str]) -> Words:
    who = names.get(row.actor) or _others(row.actor)
    subject = row.subject if len(row.subject) <= LONGEST else f"{row.subject[:LONGEST]}…"
    what = words("act-sent") if (row.actor, row.action) == ("shop", "reveal") else act(row.action)  # to their buyer
    return words("audit-row", time=row.at, staff=who, what=what, name=subject)


def _others(actor: str) -> Words | str:
    key = f"actor-{actor.replace(' ', '-')}"
    return words(key) if known(key) else cards.handle(actor)


def act(action: str) -> Words | str:
    """What was done, in words; what has none yet as it is written down."""
    key = f"act-{action.replace(' ', '-')}"
    return words(key) if known(key) else action
