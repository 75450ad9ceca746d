"""The codes of an order are sent to their buyer, and only then counted as sent."""

from __future__ import annotations

from core import delivery
from core.ground.errors import SendError
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out, nothing
from jobs.sending import hand


async def deliver(shop: Shop, row: OutboxRow) -> None:
    """A crash after sending sends the same message again. A closed chat: the codes wait to be picked up.

    So they do where we may not speak now; then a bell rings, if there is one.
    """
    order = row.payload["order"]
    offers = row.via not in shop.may_refuse
    packed = await shop.db.write(delivery.packed, order, row.payload.get("units"), offers=offers)
    if packed is None:
        return await shop.db.write(carried_out, row, nothing)
    parcel, person, spoken = packed
    try:
        sent_as = await hand(shop, person, spoken)
    except SendError as error:
        if not (error.permanent or error.unheard):
            raise
        how = {"unheard": error.unheard, "rings": person.chat in shop.bells}
        return await shop.db.write(carried_out, row, delivery.unreachable, order, parcel.units, str(error), **how)
    await shop.db.write(carried_out, row, delivery.sent, order, parcel.units, sent_as)
