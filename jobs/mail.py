"""A mail goes out. The row names the address by its number; what is in it is made at that moment."""

from __future__ import annotations

from core import reaching
from core.ground import points
from core.ground.errors import SendError
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out


async def mail(shop: Shop, row: OutboxRow) -> None:
    """A crash after sending sends the same mail again, by the same name. An address that takes none: the next way."""
    letter = await shop.db.write(reaching.ready, row)
    if letter is None:
        return await shop.db.write(carried_out, row, reaching.missed, row)
    sender = shop.senders.get(row.via or "")
    if sender is None:
        raise SendError("this process sends no mail")
    await shop.handing_over(letter.said.source)
    try:
        with points.around("mail"):
            sent_as = await sender(letter.address.reveal(), letter.said)
    except SendError as error:
        if error.permanent:
            return await shop.db.write(carried_out, row, reaching.returned, row, letter, str(error))
        await shop.db.write(reaching.waits, row, letter, str(error), silent=error.silent)
        raise
    await shop.db.write(carried_out, row, reaching.mailed, row, letter, sent_as)
