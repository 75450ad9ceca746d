"""Whether each rail answers: one that doesn't is offered to nobody until it does again, and staff hear of it."""

from __future__ import annotations

from core import cards, staff, ways
from core.ground import points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.parties import PaymentRail
from core.shop import Shop


async def wellness(shop: Shop) -> None:
    """Look at every rail once."""
    for rail in shop.payments.values():
        await shop.db.write(looked_at, rail.name, await trouble(rail))


async def trouble(rail: PaymentRail) -> str | None:
    try:
        with points.around("rail.well"):
            await rail.well()
    except PartyError as error:
        return str(error)
    return None


def looked_at(tx: Tx, rail: str, trouble: str | None) -> None:
    about = ways.looked_at(tx, rail, trouble)
    if about:
        sentence = "alarm-rail-away" if trouble else "alarm-rail-back"
        key = f"{sentence} {rail} {about.since.isoformat()}"
        staff.alarm(tx, key, sentence, rail=cards.rail_called(rail), time=about.since, why=about.why)
