"""A transfer came: how much, under which reference, and only then it counts. What a rail can say is asked first."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.handlers import staff_money
from bot.handlers.staff_help import ORDERS
from bot.staff import staff
from core import by_hand, cards, ledger, orders
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Fact, Message, words
from core.ground.money import Money, parse
from core.orders import Order

receiving = Conversation("receiving", Right.MONEY)
staff.talks(receiving)

LONGEST = 120  # characters of a reference
COUNTS = Choice(words("choose-counts"), "counts", acts=True, main=True)
LEAVE = Choice(words("choose-leave"), "leave", acts=True)


@receiving.opens("received")
async def begin(talk: Talk, number: str) -> Message:
    order, payments = await talk.read(staff_money.with_payments, number)
    rails = [talk.shop.payments[each.rail] for each in payments if each.reference and each.rail in talk.shop.payments]
    told = [rail.name for rail in rails if not rail.abilities.by_staff]
    found = await staff_money.asked(talk.shop, payments, talk.person) if told else 0
    if found:
        return talk.end("recovered", (ORDERS,), number=order.number, found=found)
    order, due = await talk.read(_due, number)
    talk.answers |= {"number": order.number, "currency": due.currency, "due": due.amount}
    if due.amount <= 0:
        return _ask_how_much(talk, "received-before", amount=order.total - due)
    if told:
        return _ask_how_much(talk, "received-untold", rail=cards.rail_called(told[-1]))
    return _ask_how_much(talk, "received-how-much")


def _ask_how_much(talk: Talk, key: str, **facts: Fact) -> Message:
    due = Money(talk.answers["due"], talk.answers["currency"])
    whole = [Choice(words("choose-whole", amount=due), due.plain(), acts=True, main=True)] if due.amount > 0 else []
    return talk.ask(amount, key, (*whole, LEAVE), numbered=False, number=talk.answers["number"], **facts)


@receiving.step
async def amount(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("received-left", (ORDERS,))
    try:
        came = parse(talk.text, talk.answers["currency"])
    except ValueError:
        return _ask_how_much(talk, "received-amount-again")
    if not came.amount:
        return _ask_how_much(talk, "received-amount-again")
    talk.answers["amount"] = came.amount
    return talk.ask(reference, "received-reference", (LEAVE,), numbered=False, amount=came)


@receiving.free_step
async def reference(talk: Talk) -> Message:
    said = " ".join(talk.text.split())
    if said == "leave":
        return talk.end("received-left", (ORDERS,))
    if not said.isprintable() or not 0 < len(said) <= LONGEST:
        return talk.ask(reference, "received-reference-again", (LEAVE,), numbered=False, most=LONGEST)
    talk.answers["reference"] = said
    return _ask_sure(talk)


@receiving.step
async def sure(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("received-left", (ORDERS,))
    if talk.text != "counts":
        return _ask_sure(talk)
    came = Money(talk.answers["amount"], talk.answers["currency"])
    order = await talk.write(_received, talk.answers["number"], came, talk.answers["reference"], talk.person.id)
    state = words(f"state-{order.state.value.replace('_', '-')}")
    look = words("choose-staff-order", number=order.number, amount=order.total, state=state)
    choices = (Choice(look, f"order {order.number}"), ORDERS)
    return talk.end("received", choices, amount=came, number=order.number, state=state)


def _ask_sure(talk: Talk) -> Message:
    said = talk.answers
    came = Money(said["amount"], said["currency"])
    choices = (COUNTS, LEAVE)
    return talk.ask(sure, "received-sure", choices, amount=came, reference=said["reference"], number=said["number"])


def _due(tx: Tx, number: str) -> tuple[Order, Money]:
    order = orders.numbered(tx, number)
    return order, order.total - ledger.received(tx, order.id, order.total.currency)


def _received(tx: Tx, number: str, came: Money, reference: str, person: str, *, request_key: str) -> Order:
    return by_hand.received(tx, number, came, reference, person, request_key)
