"""Two who work here confirm the same transfer at the same moment: it is one receipt, and one of them hears so."""

from __future__ import annotations

import asyncio

from core import by_hand
from core.by_hand import KnownAlready
from core.ground.money import Money
from proofs import shop
from proofs.proof import Broken, Figures, Run
from proofs.railing.counter import BOSSES, Counter, counter
from proofs.railing.provider import Provider
from proofs.railing.sales import Sale, each, places
from proofs.shop import PRICE, Premises

SEEN = "SELECT COUNT(*) FROM order_events WHERE what = 'seen_by_staff'"


async def confirmed(run: Run, place: Premises, kind: type[Provider]) -> Figures:
    """Half the races are about one order, half about two: then somebody has mistaken whose transfer it is."""
    async with counter(run, place, kind) as at:
        races = run.size["races"]
        what = [Sale(number, "paid", at.provider.address(number)) for number in range(2 * races)]
        await shop.stocked(at.db, "plenty", len(what))
        await each(what, lambda sale: places(at, sale))
        both, one_order = 0, 0
        for number, (first, second) in enumerate(zip(what[::2], what[1::2], strict=True)):
            same = number % 2 == 0
            one_order += same
            answers = await asyncio.gather(
                says(at, first, f"transfer {number}", BOSSES[0]),
                says(at, first if same else second, f"transfer {number}", BOSSES[1]),
            )
            both += sum(answers) != 1
        receipts = await shop.count(at.db, "SELECT COUNT(*) FROM receipts")
        said = await shop.count(at.db, SEEN)
        await at.runner.drain()
        delivered = sum(len(at.codes(sale.address)) for sale in what)
        figures = {
            "races": races,
            "about_one_order": one_order,
            "not_one_winner": both,
            "receipts": receipts,
            "said_to_be_seen": said,
            "delivered": delivered,
        }
        if both or (receipts, said, delivered) != (races, races, races):
            raise Broken("one transfer was taken for two, or for none", **figures)
        await shop.holds(at.db)
        return figures


async def says(at: Counter, sale: Sale, reference: str, boss: str) -> bool:
    """Whether they were told that it is this order's now."""
    try:
        await at.db.write(
            by_hand.received, sale.order, Money(PRICE, "CNY"), reference, boss, f"{boss} {reference} {sale.order}"
        )
    except KnownAlready:
        return False
    return True
