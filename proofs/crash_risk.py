"""Acts of the proof of crashes about what is doubted: goes out later, is held, is refused; lists, rules, linked
accounts."""

from __future__ import annotations

import re
from datetime import timedelta

from core import ledger, notices
from core.chargebacks import RefundNotice
from core.ground.db import Tx
from proofs.crash_acts import receipts
from proofs.crash_later import HALF_A_DAY, dispute
from proofs.crash_play import Heard, Play
from proofs.crash_shelf import BAO, CHEN, LIN, buys, gets_one

DELAYED = timedelta(minutes=32)  # more than the rules put off what they delay
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


# Goes out later


async def delayed(play: Play) -> None:
    """Easily resold, by an account met only now, with a mailbox to throw away: it goes out when its time has come."""
    await _waits_for_its_time(play)
    await play.later("its time has come", DELAYED)
    await play.gets(LIN, "delivered")


async def rather_than_wait(play: Play) -> None:
    """Its buyer would rather have the money."""
    told = await _waits_for_its_time(play)
    await play.presses(LIN, "money", "Refund", told)
    await play.gets(LIN, "refunded")
    await play.later("its time would have come", DELAYED)


async def released(play: Play) -> None:
    """Staff have it go out at once."""
    await _waits_for_its_time(play)
    await play.presses(CHEN, "release", "Deliver now", await play.gets(CHEN, "staff-later"))
    await play.gets(LIN, "delivered")
    await play.later("its time would have come", DELAYED)


async def doubted(play: Play) -> None:
    """Staff look first, and let it through."""
    await _waits_for_its_time(play)
    await play.presses(CHEN, "doubt", "Check it first", await play.gets(CHEN, "staff-later"))
    card = await play.gets(CHEN, "staff-review")
    await play.later("its time would have come", DELAYED)
    await play.presses(CHEN, "approve", "Approve", card)
    await play.gets(LIN, "delivered")


async def disputed_meanwhile(play: Play) -> None:
    """A dispute comes in between, and nothing goes out; when it is won, it does."""
    await _waits_for_its_time(play)
    await play.once("a dispute is open", lambda: play.shop.db.write(dispute, "open"))
    await play.gets(CHEN, "alarm-dispute")
    await play.later("its time would have come", DELAYED)
    await play.once("a dispute is won", lambda: play.shop.db.write(dispute, "won"))
    await play.later("it is weighed anew", timedelta(seconds=5))
    await play.later("its time has come", DELAYED)
    await play.gets(LIN, "delivered")


async def back_meanwhile(play: Play) -> None:
    """The money goes back at the provider in between: nothing goes out."""
    await _waits_for_its_time(play)
    await play.once("a refund is told", lambda: play.shop.db.write(_told_of_a_refund))
    await play.later("its time would have come", DELAYED)


async def _waits_for_its_time(play: Play) -> Heard:
    await buys(play, LIN, "resold")
    await play.pays((await play.says(LIN, "mail", "lin@mailinator.com")).link)
    return await play.gets(LIN, "later")


def _told_of_a_refund(tx: Tx) -> None:
    receipt = ledger.receipt(tx, receipts(tx)[0])
    about = ("refund 1", receipt.account, receipt.transaction, "refund 1", receipt.total)
    notices.store(tx, RefundNotice(receipt.rail, *about))


# Held, refused


async def rather_than_be_checked(play: Play) -> None:
    """A dear order is held, and its buyer would rather have the money."""
    await play.pays((await buys(play, LIN, "dear")).link)
    await play.presses(LIN, "money", "Refund", await play.gets(LIN, "held"))
    await play.gets(LIN, "refunded")


async def let_through_by_the_clock(play: Play) -> None:
    """Nobody looks at a dear order in time, in a shop that lets those through."""
    await play.pays((await buys(play, LIN, "dear")).link)
    await play.gets(CHEN, "staff-review")
    await play.later("half a day passes", HALF_A_DAY)
    await play.gets(LIN, "delivered")


async def refused(play: Play) -> None:
    """Lin is put on a list between order and payment, and taken off it."""
    page = await buys(play, LIN, "steam")
    await play.says(CHEN, "block", press=f"block customer {LIN}")
    how_long = await play.says(CHEN, "why", "resells")
    await play.presses(CHEN, "for how long", "7 days", how_long)
    await play.says(CHEN, "block mail too", press="block email lin@mailinator.com")
    await play.says(CHEN, "why too", "thrown away")
    await play.says(CHEN, "for how long too", "month")
    await buys(play, LIN, "last", "in vain")
    await play.pays(page.link)
    await play.gets(LIN, "refunded")
    await play.presses(CHEN, "no more", "End lin", await play.says(CHEN, "lists", press="lists"))
    await gets_one(play, LIN, "last", "again")


async def ruled(play: Play) -> None:
    """Laxer, then stricter; one score and one rule as the shop wants them; and back to the first."""
    card = await play.says(CHEN, "rules", press="risk-rules")
    card = await _is_sure(play, "lax", "Lax", card)
    card = await _is_sure(play, "strict", "Strict", card)
    figures = await play.presses(CHEN, "scores", "Change the scores", card)
    await play.presses(CHEN, "which score", "Score for a check", figures)
    rules = await play.presses(CHEN, "a rule", "Change a rule", await play.says(CHEN, "score", "45"))
    rule = await play.presses(CHEN, "which rule", "disputed before", rules)
    card = await play.presses(CHEN, "on trial", "on trial", rule)
    await _is_sure(play, "which version", "Lax", await play.presses(CHEN, "versions", "Earlier versions", card))


async def _is_sure(play: Play, step: str, label: str, on: Heard) -> Heard:
    sure = await play.presses(CHEN, step, label, on)
    return await play.presses(CHEN, f"{step}: sure", "Yes, do it", sure)


# One person, several accounts


async def linked(play: Play) -> None:
    """Bao keeps Lin's account out; then Lin lets Bao's join hers, Bao thinks better of it, each has their own."""
    await gets_one(play, LIN, "steam")
    await play.presses(BAO, "keeps out", "No", await _asked(play, BAO, LIN))
    await play.gets(LIN, "told-link-refused")
    await _links(play)
    told = await play.gets(BAO, "told-linked")
    await play.presses(BAO, "really", "Unlink", await play.presses(BAO, "not me", "Not me", told))
    await play.gets(LIN, "told-unlinked")


async def parted(play: Play) -> None:
    """Bao pays with Lin's store credit, as one customer; then staff part the two."""
    await gets_one(play, LIN, "steam")
    how = await play.says(CHEN, "goodwill", press=f"goodwill {(await play.order(LIN)).number} 100.00")
    await play.presses(CHEN, "credit", "As store credit", how)
    await _links(play)
    await play.gets(BAO, "told-linked")
    await buys(play, BAO, "last")
    await play.gets(BAO, "delivered")
    sure = await play.says(CHEN, "part", press=f"part {BAO}")
    await play.presses(CHEN, "sure", "Unlink", sure)
    await play.gets(LIN, "told-unlinked")


async def _links(play: Play) -> None:
    await play.presses(LIN, "lets in", "Yes, that was me", await _asked(play, LIN, BAO))


async def _asked(play: Play, asker: str, sayer: str) -> Heard:
    """What the asker is asked. The code is gone from it when it was used in an earlier life: then it was said."""
    shown = await play.presses(asker, "code", "Get a code", await play.says(asker, "link", press="link"))
    code = CODE.search(shown.text)
    sure = await play.says(sayer, "says it", press=f"link {code[0] if code else 'said before'}")
    await play.presses(sayer, "mine", "It's mine", sure)
    return await play.gets(asker, "link-asked")
