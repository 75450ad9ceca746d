"""What is said about a gift: to whom it was given, and beside the order that it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core import cards
from core.gifts import Gift
from core.ground.messages import Choice, Codes, Lines, Message, words
from core.orders import Order
from core.units import Unit

GIFTS_TOLD = 3  # in a line each


def gift(order: Order, unit: Unit, number: int, giver: str) -> Message:
    """What somebody was given, with how to use it and whom to ask. Nothing of the order it came from."""
    terms = order.line_of(unit).terms
    head = words("gift-here", name=giver, product=terms.name, codes=Codes(order.id, (unit.id,)))
    how = cards.how_to_redeem(terms)
    later = words("gift-later")
    link = [Choice(words("choose-redeem"), link=terms.redeem_url)] if terms.redeem_url else []
    choices = (
        Choice(words("choose-copy"), copies=True, main=True),
        *link,
        Choice(words("choose-guide"), f"guide {terms.slug}"),
        Choice(words("choose-problem"), f"human gift-{number}"),
        cards.SHELF,
    )
    return Message((head, Lines((how, later) if terms.redeem_url else (later,))), choices, card=f"gift {number}")


def with_gifts(message: Message, order: Order, away: Mapping[int, Gift]) -> Message:
    """An order's card that also says what of it is being given away, or was."""
    if not away:
        return message
    back = (_take_back(gift) for gift in away.values() if gift.state == "waits")
    return replace(message, text=(*message.paragraphs, _gifts(order, away)), choices=(*message.choices, *back))


def given_away(order: Order, away: Mapping[int, Gift]) -> Message:
    """All of an order was given away: its codes are shown no more."""
    return Message(_gifts(order, away), (cards.HUMAN, cards.MY_ORDERS), card=cards.card_of(order))


def _take_back(gift: Gift) -> Choice:
    return Choice(words("choose-take-back"), f"ungift {gift.id}", acts=True)


def _gifts(order: Order, away: Mapping[int, Gift]) -> Lines:
    """Which codes, and how far they are; of many the first few."""
    told = [(unit.position, away[unit.id]) for unit in order.units if unit.id in away][:GIFTS_TOLD]
    return Lines(
        tuple(
            words("gift-was-opened", number=order.number, position=position, time=gift.ended_at or gift.expires_at)
            if gift.state == "opened"
            else words("gift-waits", number=order.number, position=position, time=gift.expires_at)
            for position, gift in told
        )
    )
