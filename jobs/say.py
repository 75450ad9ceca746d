"""Something is said to somebody. The row names codes at most; they are opened while composing."""

from __future__ import annotations

import structlog

from core import customers, mailing, rooms, staff
from core.ground import outbox
from core.ground.db import Tx
from core.ground.errors import SendError
from core.ground.messages import unpack
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out, nothing, put_off
from jobs.sending import send

log = structlog.get_logger()


async def say(shop: Shop, row: OutboxRow) -> None:
    """A closed chat ends it: the person is known to be out of reach until their next word.

    Where we may speak only after a word of theirs, it waits for that. What is about their order is mailed meanwhile,
    if they gave an address.

    What a room refuses is said to its staff one by one.
    """
    person = row.payload["person"]
    try:
        await send(shop, person, unpack(row.payload["message"]), row.payload.get("on"), row.payload.get("topic"))
    except SendError as error:
        if error.unheard:
            return await shop.db.write(put_off, row, outbox.UNHEARD, outbox.PARKED, _by_mail, row)
        if not error.permanent:
            raise
        log.warning("out of reach", chat=person.partition(":")[0], effect=row.effect_key, why=str(error))
        return await shop.db.write(carried_out, row, _out_of_reach, row)
    await shop.db.write(carried_out, row, nothing)


def _out_of_reach(tx: Tx, row: OutboxRow) -> None:
    person = row.payload["person"]
    if rooms.is_room(tx, person):
        staff.room_lost(tx, person, f"alarm instead {row.id}", unpack(row.payload["message"]))
    else:
        customers.unreachable(tx, person)
        _by_mail(tx, row)


def _by_mail(tx: Tx, row: OutboxRow) -> None:
    mailing.notice(tx, row.payload["person"], row.effect_key, unpack(row.payload["message"]))
