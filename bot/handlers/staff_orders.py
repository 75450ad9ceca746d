"""Orders as staff see them: the newest, one with its story, those to be made by hand. Never a code."""

from __future__ import annotations

from bot import paging
from bot.handlers.staff_help import HANDS, REVIEWS
from bot.staff import staff
from core import aftersales, dossiers, ledger, orders, resending
from core import staff as people
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.money import Money
from core.orders import Order
from core.shop import Shop
from core.units import Obligation

SHOWN = 10


@staff.hears("orders", right=Right.LOOK)
async def latest(shop: Shop, person: Person, page: str = "1") -> Message:
    """The newest, a page at a time."""
    at = max(int(page), 1) if paging.is_number(page) else 1
    found = await shop.db.read(orders.latest, SHOWN + 1, (at - 1) * SHOWN)
    if not found:
        return Message(words("staff-orders-none"), (REVIEWS, HANDS))
    older = [Choice(words("choose-next-page"), f"orders {at + 1}")] if len(found) > SHOWN else []
    newer = [Choice(words("choose-page-before"), f"orders {at - 1}")] if at > 1 else []
    return Message(words("staff-orders"), (*map(listed, found[:SHOWN]), *older, *newer))


def listed(order: Order) -> Choice:
    state = words(f"state-{order.state.value.replace('_', '-')}")
    label = words("choose-staff-order", number=order.number, amount=order.total, state=state)
    return Choice(label, f"order {order.number}")


@staff.hears("hands", right=Right.LOOK)
async def by_hand(shop: Shop, person: Person, page: str = "1") -> Message:
    """What waits for somebody's hands, the most urgent first, a page at a time."""
    return await shop.db.read(_by_hand, page)


def _by_hand(tx: Tx, page: str) -> Message:
    many = orders.how_many_owing(tx, Obligation.BY_HAND)
    if not many:
        return Message(words("staff-hands-none"), (REVIEWS,))
    at = paging.which(page, many)
    owed = orders.owing(tx, Obligation.BY_HAND, paging.PAGE, (at - 1) * paging.PAGE)
    return Message(words("staff-hands", n=many), (*map(listed, owed), *paging.ways("hands", at, many)))


@staff.hears("order", right=Right.LOOK)
async def show_order(shop: Shop, person: Person, number: str) -> Message:
    """One order: what, who, where it stands, what happened; and what can be done."""
    return await shop.db.read(_order, number, person)


@staff.hears("story", right=Right.LOOK)
async def story(shop: Shop, person: Person, number: str, page: str = "1") -> Message:
    """Everything that happened to it, a page at a time."""
    return await shop.db.read(_story, number, int(page) if paging.is_number(page) else 1)


@staff.hears("resend", right=Right.ANSWER)
async def resend(shop: Shop, person: Person, number: str) -> Message:
    """The codes go to the buyer's chat once more."""
    order = await shop.db.write(resending.resend, number, person.id)
    return Message(words("staff-resent", number=order.number), (Choice(words("choose-back"), f"order {order.number}"),))


@staff.hears("refunded", right=Right.MONEY)
async def refunded_by_hand(shop: Shop, person: Person, number: str, *reference: str) -> Message:
    """Staff sent the money back themselves, because the rail would not: of an order, or of a receipt without one."""
    back = await shop.db.write(_refunded, number, " ".join(reference) or "-", person)
    key = "refunded-by-hand" if back.amount else "refunded-nothing"
    return Message(words(key, amount=back, number=number.upper()), (REVIEWS, HANDS))


def _refunded(tx: Tx, number: str, reference: str, person: Person) -> Money:
    if number.isascii() and number.isdigit() and len(number) < 15:
        if not ledger.is_unmatched(tx, int(number)):
            raise orders.UnknownOrder()
        return aftersales.returned_by_hand(tx, int(number), reference, person.id)
    return aftersales.refunded_by_hand(tx, orders.numbered(tx, number).id, reference, person.id)


@staff.hears("credited", right=Right.MONEY)
async def refunded_as_credit(shop: Shop, person: Person, number: str) -> Message:
    """The buyer takes store credit for what the rail can't send back."""
    back = await shop.db.write(_as_credit, number, person)
    key = "refunded-as-credit" if back.amount else "refunded-nothing"
    return Message(words(key, amount=back, number=number.upper()), (REVIEWS, HANDS))


def _as_credit(tx: Tx, number: str, person: Person) -> Money:
    return aftersales.refunded_as_credit(tx, orders.numbered(tx, number).id, person.id)


def _story(tx: Tx, number: str, page: int) -> Message:
    return dossiers.story(tx, orders.numbered(tx, number), page)


def _order(tx: Tx, number: str, person: Person) -> Message:
    return dossiers.card(tx, orders.numbered(tx, number), people.colleague(tx, person.id).rights)
