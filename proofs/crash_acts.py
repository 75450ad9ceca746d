"""The acts of the proof of crashes: each a short story of the shop, told so that it can be told again after a crash.

To add one: a function that drives a Play through a story of its own people and products (proofs/crash_shelf.py), and
its line in ACTS (proofs/crash_points.py). The good run of an act says how it must end; after any crash it must end the
same. These are about buying and paying; what comes of it later is in crash_later.py, what staff
do with money and codes in crash_staff.py, and the rest of their day in crash_desk.py.
"""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import select

from core import ledger
from core.ground.db import Tx
from proofs.crash_play import Play
from proofs.crash_shelf import BAO, CHEN, LAPSE, LIN, buys, gets_one

WORTH = "UPDATE payments SET amount = ? WHERE state = 'open'"
IN_SILENCE = "UPDATE payments SET state = 'paid', paid_at = ?, transaction_id = 'silent' || rowid"


async def bought(play: Play) -> None:
    """Two codes, the number typed; the notice comes twice."""
    await play.says(LIN, "wish", press="buy steam")
    page = await play.says(LIN, "two", "2")
    await play.pays(page.link)
    await play.gets(LIN, "delivered")


async def shared(play: Play) -> None:
    """Two people buy one code that may be used twice."""
    for who in (LIN, BAO):
        await gets_one(play, who, "shared")


async def made_by_hand(play: Play) -> None:
    """The buyer fills a form, staff make it and write what is to be handed over."""
    shown = await play.says(LIN, "look", press="product topup")
    await play.presses(LIN, "one", "Buy 1", shown)
    page = await play.says(LIN, "form", "lin@game")
    await play.pays(page.link)
    card = await play.gets(CHEN, "staff-by-hand")
    await play.presses(CHEN, "begin", "Do it", card)
    await play.says(CHEN, "result", "Topped up, receipt 42")
    await play.gets(LIN, "delivered-by-hand")


async def approved(play: Play) -> None:
    """A dear order is held, and staff approve it."""
    await play.pays((await buys(play, LIN, "dear")).link)
    card = await play.gets(CHEN, "staff-review")
    await play.presses(CHEN, "approve", "Approve", card)
    await play.gets(LIN, "delivered")


async def rejected(play: Play) -> None:
    """A dear order is held, and staff reject it."""
    await play.pays((await buys(play, LIN, "dear")).link)
    card = await play.gets(CHEN, "staff-review")
    await play.presses(CHEN, "reject", "Reject", card)
    await play.gets(LIN, "refunded")


async def answer_lost(play: Play) -> None:
    """The same, and the provider's answer to the refund is lost: it is asked what became of it."""

    async def lose() -> None:
        await play.ask_provider("/trouble", call="refund", trouble="lost", times=1)

    await play.once("the answer is lost", lose)
    await rejected(play)


async def late(play: Play) -> None:
    """Paid after the hold, and still in stock."""
    page = await buys(play, LIN, "steam")
    await play.later("the hold ends", LAPSE)
    await play.gets(LIN, "expired")
    await play.pays(page.link)
    await play.gets(LIN, "delivered")


async def too_late(play: Play) -> None:
    """Paid after the hold, when somebody else has bought the last one."""
    page = await buys(play, LIN, "last")
    await play.later("the hold ends", LAPSE)
    await gets_one(play, BAO, "last")
    await play.pays(page.link)
    await play.gets(LIN, "refunded")


async def short(play: Play) -> None:
    """Too little comes, then the rest."""
    page = await buys(play, LIN, "steam")
    await play.at_the_provider("it is short", WORTH, 4000)
    await play.pays(page.link)
    told = await play.gets(LIN, "underpaid")
    rest = await play.presses(LIN, "rest", "Pay", told)
    await play.pays(rest.link)
    await play.gets(LIN, "delivered")


async def short_for_good(play: Play) -> None:
    """Too little comes, and nothing after it."""
    page = await buys(play, LIN, "steam")
    await play.at_the_provider("it is short", WORTH, 4000)
    await play.pays(page.link)
    await play.gets(LIN, "underpaid")
    await play.later("the hold ends", 2 * LAPSE)
    await play.gets(LIN, "refunded")


async def too_much(play: Play) -> None:
    """More comes than was asked for."""
    page = await buys(play, LIN, "steam")
    await play.at_the_provider("it is too much", WORTH, 15000)
    await play.pays(page.link)
    await play.gets(LIN, "delivered")
    await play.gets(LIN, "refunded")


async def cancelled(play: Play) -> None:
    """The buyer gives the order up, and buys again."""
    page = await buys(play, LIN, "last")
    await play.presses(LIN, "cancel", "Cancel", page)
    await gets_one(play, LIN, "last", "again")


async def asked(play: Play) -> None:
    """No notice ever comes: the buyer says "I've paid", and the rail is asked."""
    page = await buys(play, LIN, "steam")
    await play.at_the_provider("paid in silence", IN_SILENCE, 1)
    await play.presses(LIN, "paid", "I've paid", page)
    await play.gets(LIN, "delivered")


async def restocked(play: Play) -> None:
    """Staff paste codes, look at them, put them on sale; one is bought at once."""
    await play.says(CHEN, "restock", press="restock empty")
    preview = await play.says(CHEN, "paste", "AAAA-1\nAAAA-2\nAAAA-1\n\nBBBB----pin9----2030-01-31")
    priced = await play.says(CHEN, "cost", "12.50 INV-1")
    await play.presses(CHEN, "import", "Put on sale", priced or preview)
    await play.gets(CHEN, "restock-done")
    await gets_one(play, LIN, "empty")
    await play.says(CHEN, "alert", "alert empty 3")
    await play.says(CHEN, "cost told later", press="bought 1")
    await play.says(CHEN, "told", "9.90 INV-2")
    await play.says(CHEN, "take out", press="withdraw void 1")
    sure = await play.says(CHEN, "why", "made up")
    await play.presses(CHEN, "sure", "Void them", sure)
    await play.gets(CHEN, "withdrawn-void")


async def discarded(play: Play) -> None:
    """Staff paste what is in stock already, then think better of it; and put a frozen product back on sale."""
    await play.says(CHEN, "restock", press="restock empty")
    again = await play.says(CHEN, "paste", "STEAM-0000-CODE")
    await play.presses(CHEN, "leave it", "Not now", again)
    await play.says(CHEN, "restock again", press="restock empty")
    preview = await play.says(CHEN, "paste again", "AAAA-1")
    await play.presses(CHEN, "discard this too", "Discard", preview)
    await play.says(CHEN, "once more", press="restock empty")
    await play.says(CHEN, "paste once more", "AAAA-2")
    await play.says(CHEN, "no price", "dear")  # what is asked now offers no button to discard it
    await play.says(CHEN, "and discard", "discard")
    await play.says(CHEN, "thaw", "thaw frozen")
    await buys(play, LIN, "frozen")


async def never_told(play: Play) -> None:
    """No notice ever comes, and nobody asks: our books are held against the provider's."""
    await buys(play, LIN, "steam")
    await play.at_the_provider("paid in silence", IN_SILENCE, time.time())
    await play.later("the books are compared", timedelta(minutes=5))
    await play.gets(LIN, "delivered")


async def recovered(play: Play) -> None:
    """No notice ever comes, and staff have the rail asked."""
    await buys(play, LIN, "steam")
    await play.at_the_provider("paid in silence", IN_SILENCE, 1)
    await play.says(CHEN, "recover", f"recover {(await play.order(LIN)).number}")
    await play.gets(LIN, "delivered")


async def transferred(play: Play) -> None:
    """The money comes another way, and staff say that they saw it."""
    await buys(play, LIN, "steam")
    asked = await play.says(CHEN, "received", press=f"received {(await play.order(LIN)).number}")
    await play.presses(CHEN, "how much", "All of it", asked)
    told = await play.says(CHEN, "reference", "TRANSFER-1")
    await play.presses(CHEN, "counts", "it counts", told)
    await play.gets(LIN, "delivered")


async def forged(play: Play) -> None:
    """A stranger brings a notice that nobody has signed, and nothing comes of it."""
    await buys(play, LIN, "steam")
    await play.once("a stranger's notice", play.stranger)
    await play.at_the_provider("paid in silence", IN_SILENCE, 1)
    await play.says(CHEN, "recover", f"recover {(await play.order(LIN)).number}")
    await play.gets(LIN, "delivered")


async def denied(play: Play) -> None:
    """The provider forgets a payment it has told of: staff hear that it isn't in its books."""
    if not play.outside.mark("the payment is forgotten").exists():  # then there is no page of it either
        await gets_one(play, LIN, "steam")
        await play.at_the_provider("its notices are forgotten", "DELETE FROM notices")
        await play.at_the_provider("the payment is forgotten", "DELETE FROM payments")
    await play.later("the books are compared", timedelta(minutes=20))
    await play.gets(CHEN, "alarm-missing-payment")


async def matched(play: Play) -> None:
    """Money that fits no order, and staff know whose it is."""
    page = await buys(play, LIN, "steam")
    await play.at_the_provider("it is called otherwise", "UPDATE payments SET key = 'of-somebody'")
    await play.pays(page.link)
    await play.gets(CHEN, "alarm-unmatched")
    (receipt,) = await play.shop.db.read(receipts)
    await play.says(CHEN, "match", f"match {receipt} {(await play.order(LIN)).number}")
    await play.gets(LIN, "delivered")


async def unmatched(play: Play) -> None:
    """Money that fits no order, and nobody knows whose it is: it goes back."""
    page = await buys(play, LIN, "steam")
    await play.at_the_provider("it is called otherwise", "UPDATE payments SET key = 'of-somebody'")
    await play.pays(page.link)
    await play.gets(CHEN, "alarm-unmatched")
    await play.later("a day passes", timedelta(hours=25))


async def kept(play: Play) -> None:
    """Money that fits no order, and staff say that it is the shop's."""
    await nobodys(play, "keep")


async def returned(play: Play) -> None:
    """Money that fits no order, and staff send it back before its time."""
    await nobodys(play, "return")


async def nobodys(play: Play, decided: str) -> None:
    page = await buys(play, LIN, "steam")
    await play.at_the_provider("it is called otherwise", "UPDATE payments SET key = 'of-somebody'")
    await play.pays(page.link)
    await play.gets(CHEN, "alarm-unmatched")
    (receipt,) = await play.shop.db.read(receipts)
    await play.says(CHEN, decided, f"{decided} {receipt}")


def receipts(tx: Tx) -> list[int]:
    return [receipt.id for receipt in tx.all(select(ledger.receipts.c.id))]
