"""What waits: events to be heard, effects to be carried out, what buyers are owed, and who should be doing it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from core import findings
from core.findings import Finding
from core.ground.db import Tx
from core.ground.inbox import inbox
from core.ground.outbox import outbox
from core.units import units
from mika.doctor_place import Check, Place, Said
from web.health import waiting

EVENT, EFFECT = 300.0, 600.0  # seconds that something may wait
OWED = timedelta(minutes=10)
SILENT = timedelta(minutes=3)
LATELY = timedelta(days=1)
OVERDUE = select(func.count(), func.min(units.c.due_at)).where(units.c.obligation.is_not(None))


async def queues(place: Place) -> Said:
    if place.shop is None:
        return []
    said = await place.shop.db.read(_waits)
    return said or ["queues: nothing waits for long"]


def _waits(tx: Tx) -> list[Finding | str]:
    waits = waiting(tx)
    found: list[Finding | str] = []
    if (event := waits["inbox_seconds"]) > EVENT:
        found.append(Finding("D060", facts={"minutes": int(event // 60)}))
    if (effect := waits["outbox_seconds"]) > EFFECT:
        found.append(Finding("D061", facts={"minutes": int(effect // 60)}))
    many, oldest = tx.one(OVERDUE.where(units.c.due_at <= tx.now - OWED))
    if many:
        found.append(Finding("D062", facts={"count": many, "minutes": _minutes(tx.now - oldest)}))
    if given_up := _given_up(tx):
        found.append(Finding("D064", facts={"count": given_up}))
    return found


def _given_up(tx: Tx) -> int:
    since = tx.now - LATELY
    effects = tx.value(select(func.count()).where(outbox.c.state == "dead", outbox.c.due_at > since))
    return effects + tx.value(select(func.count()).where(inbox.c.state == "dead", inbox.c.received_at > since))


async def jobs(place: Place) -> Said:
    """Whether a process with jobs has been heard of in these minutes. Which is certain where one of them asks."""
    if place.shop is None:
        return []
    silent = await place.shop.db.read(_silent)
    if place.asks and (silent is None or silent > SILENT):
        return [Finding("D063", facts={"minutes": 0 if silent is None else _minutes(silent)})]
    return ["jobs: somebody does them"]


def _silent(tx: Tx) -> timedelta | None:
    beat = findings.last(tx, findings.BEAT)
    return tx.now - beat if beat else None


def _minutes(time: timedelta) -> int:
    return max(1, round(time.total_seconds() / 60))


CHECKS = (
    Check("queues", ("D060", "D061", "D062", "D064"), queues),
    Check("jobs", ("D063",), jobs),
)
