"""Giving something back of a delivered order: how much, as money or as store credit, and only then."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import ORDERS
from bot.staff import staff
from core import chargebacks, orders
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.money import Money, parse
from core.orders import Order

giving = Conversation("giving", Right.MONEY)
staff.talks(giving)

AS_MONEY = Choice(words("choose-as-money"), "money", acts=True)
AS_CREDIT = Choice(words("choose-as-credit"), "credit", acts=True)
LEAVE = Choice(words("choose-leave"), "leave", acts=True)


@giving.opens("goodwill")
async def begin(talk: Talk, number: str, amount: str) -> Message:
    order = await talk.read(orders.numbered, number)
    try:
        given = parse(amount, order.total.currency)
    except ValueError:
        return talk.end("amount-not-understood", (ORDERS,))
    talk.answers |= {"number": order.number, "amount": given.amount, "currency": given.currency}
    return _ask(talk)


@giving.step
async def how(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("goodwill-left", (ORDERS,))
    if talk.text not in ("money", "credit"):
        return _ask(talk)
    amount = Money(talk.answers["amount"], talk.answers["currency"])
    order = await talk.write(_give, talk.answers["number"], amount, talk.person.id, talk.text == "credit")
    return talk.end("given", (ORDERS,), number=order.number, amount=amount)


def _ask(talk: Talk) -> Message:
    amount = Money(talk.answers["amount"], talk.answers["currency"])
    return talk.ask(how, "goodwill-how", (AS_MONEY, AS_CREDIT, LEAVE), number=talk.answers["number"], amount=amount)


def _give(tx: Tx, number: str, amount: Money, person: str, as_credit: bool, *, request_key: str) -> Order:
    order = orders.numbered(tx, number)
    return chargebacks.goodwill(tx, order.id, amount, person, as_credit=as_credit, key=request_key)
