"""Paying an order: opening the rail's page, "I've paid", another way, cancelling."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.buyers import buyers
from core import cards, checkout, ledger, orders
from core.checkout import Merchant
from core.customers import Person
from core.ground import points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.messages import Choice, Message, words
from core.ground.money import Money
from core.ledger import PaymentRow
from core.orders import Order, State
from core.parties import PaymentRail, PaymentRequest
from core.shop import Shop

LOOK_AGAIN = timedelta(minutes=10)


def rails(shop: Shop) -> list[PaymentRail]:
    """The ways to pay in the shop's currency."""
    return [rail for rail in shop.payments.values() if shop.rules.currency in rail.abilities.currencies]


def merchant(rail: PaymentRail) -> Merchant:
    return Merchant(rail.name, rail.account, rail.mode)


def rail_choices(shop: Shop, verb: str) -> tuple[Choice, ...]:
    return tuple(Choice(cards.rail_named(rail.name), f"{verb}{rail.name}", acts=True) for rail in rails(shop))


async def open_payment(shop: Shop, person: Person, order: Order, rail: PaymentRail) -> Message:
    """The order's page on that rail, opened under the order's key: opening it again shows the same one."""
    row = await shop.db.write(checkout.pay_with, order, merchant(rail))
    order, received = await shop.db.read(_as_it_stands, order.id)
    request = PaymentRequest(
        key=row.key,
        number=order.number,
        total=row.total,
        expires_at=order.expires_at,
        title=order.terms.name.in_(person.locale),
        locale=person.locale,
        return_url=f"{shop.public_url}/",
    )
    try:
        with points.around("rail.start"):
            payment = await rail.start(request)
    except PartyError:
        return _rail_is_down(shop, order, rail)
    await shop.db.write(ledger.opened, row.key, payment.reference, payment.link)
    if order.state is State.UNDERPAID:
        return cards.underpaid(order, received, payment.link)
    return cards.pay_here(
        order,
        payment.link,
        several_rails=len(rails(shop)) > 1,
        with_phrase=person.chat == "browser",
        credit=received if received.amount else None,
    )


def _rail_is_down(shop: Shop, order: Order, rail: PaymentRail) -> Message:
    again = Choice(words("choose-try-again"), f"pay {order.number} {rail.name}", main=True)
    others = [Choice(words("choose-other-rail"), f"payby {order.number}")] if len(rails(shop)) > 1 else []
    sorry = words("rail-down", rail=cards.rail_named(rail.name), number=order.number, time=order.expires_at)
    return Message(sorry, (again, *others, cards.HUMAN))


@buyers.hears("pay")
async def pay(shop: Shop, person: Person, number: str, rail: str = "") -> Message:
    """Show where to pay an unpaid order; any other order is shown as it stands."""
    order, payments = await shop.db.read(_own_with_payments, number, person)
    if order.state not in orders.UNPAID:
        return cards.status(order)
    chosen = shop.payments.get(rail) or (shop.payments.get(payments[-1].rail) if payments else None)
    return await open_payment(shop, person, order, chosen or rails(shop)[0])


@buyers.hears("payby")
async def pay_another_way(shop: Shop, person: Person, number: str) -> Message:
    order = await shop.db.read(orders.own, number, person.customer, person.id)
    return Message(words("buying-how-to-pay", total=order.total), rail_choices(shop, f"pay {order.number} "))


@buyers.hears("paid")
async def ive_paid(shop: Shop, person: Person, number: str) -> Message:
    """Ask the rails at once, whatever notices did or didn't come; settle what they have seen."""
    order, payments = await shop.db.read(_own_with_payments, number, person)
    if order.paid_at or order.state in orders.GIVEN_BACK:
        return cards.status(order)
    for payment in payments:
        rail = shop.payments.get(payment.rail)
        if rail is None or payment.reference is None:
            continue
        try:
            with points.around("rail.truth"):
                notice = await rail.truth(payment.key, payment.reference)
        except PartyError:
            continue  # the rail can't say now: the answer below is still true, and its notice will come
        if notice is not None and notice.state == "paid":
            await shop.db.write(checkout.settle, notice)
            order, received = await shop.db.read(_as_it_stands, order.id)
            if order.paid_at:
                look = Choice(words("choose-status"), f"order {order.number}")
                return Message(words("payment-seen", amount=received, number=order.number), (look, cards.HUMAN))
    if order.state is State.UNDERPAID:
        return cards.underpaid(*await shop.db.read(_as_it_stands, order.id))
    if not payments or order.state in (State.EXPIRED, State.CANCELLED):
        return cards.status(order)
    until = await shop.db.read(_in, LOOK_AGAIN)
    return cards.waiting(order, payments[-1].rail, until)


def _as_it_stands(tx: Tx, order_id: int) -> tuple[Order, Money]:
    order = orders.get(tx, order_id)
    return order, ledger.received(tx, order.id, order.total.currency)


@buyers.hears("cancel")
async def cancel(shop: Shop, person: Person, number: str) -> Message:
    """Give an unpaid order up; its codes go back on sale."""
    return cards.cancelled(await shop.db.write(_cancel, number, person))


def _cancel(tx: Tx, number: str, person: Person) -> Order:
    order = orders.own(tx, number, person.customer, person.id)
    if order.state is not State.CANCELLED:
        checkout.cancel(tx, order, person)
    return orders.get(tx, order.id)


def _own_with_payments(tx: Tx, number: str, person: Person) -> tuple[Order, list[PaymentRow]]:
    order = orders.own(tx, number, person.customer, person.id)
    return order, ledger.payments_of(tx, order.id)


def _in(tx: Tx, wait: timedelta) -> datetime:
    return tx.now + wait
