"""The codes of an order are sent to their buyer, and only then counted as sent."""

from __future__ import annotations

from core import delivery
from core.ground.errors import SendError
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out, nothing
from jobs.sending import send


async def deliver(shop: Shop, row: OutboxRow) -> None:
    """A crash after sending sends the same message again. A closed chat: the codes wait to be picked up."""
    order = row.payload["order"]
    parcel = await shop.db.read(delivery.parcel, order, row.payload.get("units"))
    if parcel is None:
        return await shop.db.write(carried_out, row, nothing)
    try:
        sent_as = await send(shop, parcel.person, parcel.message)
    except SendError as error:
        if not error.permanent:
            raise
        return await shop.db.write(carried_out, row, delivery.unreachable, order, parcel.units, str(error))
    await shop.db.write(carried_out, row, delivery.sent, order, parcel.units, sent_as)
