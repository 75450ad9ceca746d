"""Giving money back: the whole, a part or some units, and only after a second look."""

from __future__ import annotations

import re

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import ORDERS
from bot.staff import staff
from core import refunding
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.money import Money, parse
from core.refunding import Part, Refundable

giving_back = Conversation("giving-back", Right.MONEY)
staff.talks(giving_back)

OFFERED = 6  # units with a button of their own; of more they can be typed
POSITIONS = re.compile(r"[#第]?\s*(\d{1,4})(?:\s*[-–~]\s*#?(\d{1,4}))?\s*个?")
UNITS = re.compile(r"(?:units?|#|第).*", re.IGNORECASE)
LEAVE = Choice(words("choose-leave"), "leave", acts=True)


@giving_back.opens("giveback")
async def begin(talk: Talk, number: str) -> Message:
    offer = await talk.read(refunding.refundable, number)
    talk.answers |= {"number": offer.order.number, "seen": offer.seen, "currency": offer.whole.currency}
    return _ask(talk, offer)


def _ask(talk: Talk, offer: Refundable) -> Message:
    whole = Choice(words("choose-whole", amount=offer.whole), "whole", acts=True, main=True)
    parts = [_part(part) for part in offer.parts] if len(offer.parts) <= OFFERED else []
    apart = "amount" if offer.amounts else "units" if offer.parts else "whole"
    facts = {"number": offer.order.number, "amount": offer.whole, "how": apart}
    return talk.ask(how_much, "staff-giveback-how-much", (whole, *parts, LEAVE), numbered=False, **facts)


def _part(part: Part) -> Choice:
    label = words("choose-one-unit", position=part.position, amount=part.price)
    return Choice(label, f"unit {part.position}", acts=True)


@giving_back.step
async def how_much(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("staff-giveback-left", (ORDERS,))
    offer = await talk.read(refunding.refundable, talk.answers["number"])
    chosen = _chosen(talk.text, offer)
    if chosen is None:
        return _ask(talk, offer)
    amount, positions = chosen
    talk.answers |= {"amount": amount.amount, "positions": positions, "seen": offer.seen}
    return _ask_sure(talk)


def _chosen(said: str, offer: Refundable) -> tuple[Money, list[int]] | None:
    """How much, and of which units: "whole", "unit 3", "#1 #3-5", or an amount."""
    if said == "whole":
        return offer.whole, []
    if UNITS.fullmatch(said):
        wanted = {n for found in POSITIONS.finditer(said) for n in range(int(found[1]), int(found[2] or found[1]) + 1)}
        parts = [part for part in offer.parts if part.position in wanted]
        if not wanted or len(parts) != len(wanted):
            return None
        most = min(sum(part.price.amount for part in parts), offer.whole.amount)
        return Money(most, offer.whole.currency), sorted(wanted)
    try:
        amount = parse(said, offer.whole.currency)
    except ValueError:
        return None
    fits = 0 < amount.amount <= offer.whole.amount and (offer.amounts or amount == offer.whole)
    return (amount, []) if fits else None


def _ask_sure(talk: Talk) -> Message:
    said = talk.answers
    amount = Money(said["amount"], said["currency"])
    back = Choice(words("choose-give-back", amount=amount), "back", acts=True, main=True)
    positions = ", ".join(map(str, said["positions"])) or "none"
    return talk.ask(sure, "staff-giveback-sure", (back, LEAVE), number=said["number"], amount=amount, lines=positions)


@giving_back.step
async def sure(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("staff-giveback-left", (ORDERS,))
    if talk.text != "back":
        return _ask_sure(talk)
    said = talk.answers
    amount = Money(said["amount"], said["currency"])
    back = await talk.write(_refund, said["number"], amount, said["positions"], said["seen"], talk.person.id)
    look = Choice(words("choose-back"), f"order {said['number']}")
    return talk.end("staff-giveback-done", (look, ORDERS), number=said["number"], amount=back)


def _refund(
    tx: Tx, number: str, amount: Money, positions: list[int], seen: int, person: str, *, request_key: str
) -> Money:
    return refunding.refund(tx, number, amount, positions, seen, person, request_key)
