"""More acts of the proof of crashes: codes that are bought, choices of the buyer, and what comes after the delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from core import chargebacks, ledger, notices, pickup
from core.chargebacks import RefundNotice
from core.disputes import DisputeNotice
from core.ground.db import Tx
from core.ground.money import Money
from proofs.crash_acts import receipts
from proofs.crash_play import Play
from proofs.crash_shelf import BAO, CHEN, LAPSE, LIN, buys, gets_one

HALF_A_DAY = timedelta(hours=13)  # more than any choice, and any work by hand, may take


# Bought from a supplier


async def supplied(play: Play) -> None:
    """A code is bought when it is paid for; the supplier's answer is lost, and it is asked what became of it."""
    await play.trouble_at_the_supplier("the answer is lost", "buy", "cut")
    await gets_one(play, LIN, "bought")


async def supplied_too_late(play: Play) -> None:
    """The supplier takes the purchase and has the code when the buyer has their money back: it goes into stock."""
    await play.trouble_at_the_supplier("it takes long", "buy", "none_ever")
    await play.pays((await buys(play, LIN, "bought")).link)
    await play.supplier_sells()
    await play.later("it is overdue", HALF_A_DAY)
    asked = await play.gets(LIN, "sold-out-after-payment")
    await play.presses(LIN, "money", "Refund now", asked)
    await play.gets(LIN, "refunded")
    await play.at_the_supplier("it has the code", "UPDATE purchases SET ready_at = 0")


async def together(play: Play) -> None:
    """A bundle: staff make one part by hand, then all of it is handed over."""
    await play.pays((await buys(play, LIN, "both")).link)
    card = await play.gets(CHEN, "staff-by-hand")
    await play.presses(CHEN, "begin", "Do it", card)
    await play.says(CHEN, "result", "Made, receipt 42")
    await play.gets(LIN, "delivered")


# The buyer chooses


async def waits(play: Play) -> None:
    """Paid after the hold, sold out by then: the buyer waits, and new stock comes."""
    await _too_late(play)
    asked = await play.gets(LIN, "sold-out-after-payment")
    await play.presses(LIN, "wait", "Wait", asked)
    await play.says(CHEN, "restock", press="restock rare")
    await play.says(CHEN, "paste", "CCCC-1")
    await play.says(CHEN, "import", "import")  # as one does who types
    await play.gets(CHEN, "restock-done")
    await play.later("who waits is served", timedelta(seconds=5))
    await play.gets(LIN, "delivered")


async def swaps(play: Play) -> None:
    """Paid after the hold, sold out by then: the buyer takes something else."""
    await _too_late(play)
    asked = await play.gets(LIN, "sold-out-after-payment")
    await play.presses(LIN, "swap", "Take Steam", asked)
    await play.gets(LIN, "delivered")


async def _too_late(play: Play) -> None:
    page = await buys(play, LIN, "rare")
    await play.later("the hold ends", LAPSE)
    await buys(play, BAO, "rare")
    await play.pays(page.link)


async def wanted(play: Play) -> None:
    """Paid after it was cancelled, and wanted all the same."""
    await _cancelled_and_paid(play)
    asked = await play.gets(LIN, "still-wanted")
    await play.presses(LIN, "deliver", "Deliver", asked)
    await play.gets(LIN, "delivered")


async def kept_as_credit(play: Play) -> None:
    """Paid after it was cancelled: store credit instead of the money, and something is bought with it."""
    await _cancelled_and_paid(play)
    asked = await play.gets(LIN, "still-wanted")
    await play.presses(LIN, "credit", "Keep as store credit", asked)
    await buys(play, LIN, "last", "again")
    await play.gets(LIN, "delivered")


async def rather_money(play: Play) -> None:
    """Store credit was chosen, and then rather the money."""
    await _cancelled_and_paid(play)
    asked = await play.gets(LIN, "still-wanted")
    await play.presses(LIN, "credit", "Keep as store credit", asked)
    credited = await play.gets(LIN, "credited")
    await play.presses(LIN, "money", "Refund it instead", credited)
    await play.gets(LIN, "refunded")


async def undecided(play: Play) -> None:
    """Paid after it was cancelled, and its buyer doesn't answer."""
    await _cancelled_and_paid(play)
    await play.gets(LIN, "still-wanted")
    await play.later("half a day passes", HALF_A_DAY)
    await play.gets(LIN, "refunded")


async def _cancelled_and_paid(play: Play) -> None:
    page = await buys(play, LIN, "steam")
    await play.presses(LIN, "cancel", "Cancel", page)
    await play.pays(page.link)


# Staff


async def unreviewed(play: Play) -> None:
    """A dear order is held, and nobody looks at it in time."""
    await play.pays((await buys(play, LIN, "dear")).link)
    await play.gets(CHEN, "staff-review")
    await play.later("half a day passes", HALF_A_DAY)
    await play.gets(LIN, "refunded")


async def unmade(play: Play) -> None:
    """Staff never make what was to be made by hand."""
    await play.pays((await buys(play, LIN, "made")).link)
    await play.gets(CHEN, "staff-by-hand")
    await play.later("half a day passes", HALF_A_DAY)
    await play.gets(LIN, "refunded")


async def refunded_as_credit(play: Play) -> None:
    """The rail would not send it back, and staff give it as store credit."""
    await play.once("refunds fail", lambda: play.ask_provider("/refunds-are", state="failed"))
    await play.pays((await buys(play, LIN, "dear")).link)
    card = await play.gets(CHEN, "staff-review")
    await play.presses(CHEN, "reject", "Reject", card)
    await play.gets(CHEN, "alarm-refund-failed")
    await play.says(CHEN, "credited", f"credited {(await play.order(LIN)).number}")
    await play.gets(LIN, "credit-given")


async def refunded_by_hand(play: Play) -> None:
    """The rail would not send it back, and staff did."""
    await play.once("refunds fail", lambda: play.ask_provider("/refunds-are", state="failed"))
    await play.pays((await buys(play, LIN, "dear")).link)
    card = await play.gets(CHEN, "staff-review")
    await play.presses(CHEN, "reject", "Reject", card)
    await play.gets(CHEN, "alarm-refund-failed")
    await play.later("that is overdue too", timedelta(days=4))
    await play.gets(CHEN, "alarm-overdue")
    await play.says(CHEN, "refunded", f"refunded {(await play.order(LIN)).number} by transfer 42")
    await play.gets(LIN, "refunded-by-a-person")


async def replaced(play: Play) -> None:
    """A code is bad: staff replace it."""
    await gets_one(play, LIN, "steam")
    sure = await play.says(CHEN, "replace", press=f"replace {(await play.order(LIN)).number} 1 used before")
    await play.presses(CHEN, "sure", "Replace it", sure)
    await play.gets(LIN, "replaced")


async def goodwill(play: Play) -> None:
    """Staff give something back of what was delivered, as store credit."""
    await gets_one(play, LIN, "steam")
    how = await play.says(CHEN, "goodwill", press=f"goodwill {(await play.order(LIN)).number} 5.00")
    await play.presses(CHEN, "credit", "As store credit", how)
    await play.gets(LIN, "credit-given")


# After the delivery


async def disputed(play: Play) -> None:
    """The payer's bank asks for the money back, and then doesn't get it."""
    await gets_one(play, LIN, "steam")
    await play.once("a dispute is open", lambda: play.shop.db.write(dispute, "open"))
    await play.gets(CHEN, "alarm-dispute")
    await play.once("a dispute is won", lambda: play.shop.db.write(dispute, "won"))


def dispute(tx: Tx, state: Literal["open", "won"]) -> None:
    receipt = ledger.receipt(tx, receipts(tx)[0])
    by = tx.now + timedelta(days=7)
    chargebacks.told(
        tx,
        DisputeNotice(
            receipt.rail, receipt.account, receipt.transaction, "dispute 1", state, receipt.total, evidence_by=by
        ),
    )


async def somebody_elses(play: Play) -> None:
    """The provider tells of a refund of money that the shop has never seen: after an hour staff hear of it."""
    await play.once("a refund is told", lambda: play.shop.db.write(_told_of_somebody_elses))
    await play.later("an hour passes", timedelta(hours=2))
    await play.gets(CHEN, "alarm-unknown-money")


def _told_of_somebody_elses(tx: Tx) -> None:
    total = Money(100, "CNY")
    notices.store(tx, RefundNotice("sandbox", "refund 1", "another shop", "somebody's payment", "refund 1", total))


async def unreachable(play: Play) -> None:
    """The buyer's chat is closed to us: the code waits until they come, here from another chat."""
    page = await buys(play, LIN, "steam")
    await play.once("lin blocks us", nothing)
    await play.pays(page.link)
    order = await play.order(LIN)
    phrase = await play.shop.db.read(pickup.phrase, order, "en")
    await play.says(BAO, "pick up", press=f"pickup {order.number} {phrase}")


async def unreachable_to_say(play: Play) -> None:
    """The buyer's chat is closed to us, and nobody hears that the order has ended."""
    await buys(play, LIN, "steam")
    await play.once("lin blocks us", nothing)
    await play.later("the hold ends", LAPSE)


async def nothing() -> None:
    """That it is so is all there is to it."""
