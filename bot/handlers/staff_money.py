"""What staff set right with a word: a lost payment, money that fits no order, a frozen product."""

from __future__ import annotations

from collections.abc import Sequence

from bot.handlers.staff_help import ORDERS, STOCK
from bot.staff import staff
from core import by_hand, catalog, catalog_changes, dropped, keeping, ledger, orders, settling
from core import staff as people
from core.authority import Right
from core.customers import Person
from core.ground import audit, points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.messages import Message, words
from core.ledger import PaymentRow
from core.orders import Order
from core.shop import Shop


@staff.hears("recover", right=Right.ANSWER)
async def recover(shop: Shop, person: Person, number: str) -> Message:
    """Ask every rail the order was opened on, and settle what it has seen."""
    order, payments = await shop.db.read(with_payments, number)
    found = await asked(shop, payments, person)
    return Message(words("recovered", number=order.number, found=found), (ORDERS,))


async def asked(shop: Shop, payments: Sequence[PaymentRow], person: Person) -> int:
    """Settle what the rails say of these payments; returns how many they had seen and we had not."""
    found = 0
    for payment in payments:
        rail = shop.payments.get(payment.rail)
        if rail is None or payment.reference is None:
            continue
        try:
            with points.around("rail.truth"):
                notice = await rail.truth(payment.key, payment.reference)
        except PartyError:
            continue  # it is asked again by the clock
        if notice is not None:
            found += await shop.db.write(dropped.recover, notice, person.id)
    return found


def with_payments(tx: Tx, number: str) -> tuple[Order, list[PaymentRow]]:
    order = orders.numbered(tx, number)
    return order, ledger.payments_of(tx, order.id)


@staff.hears("match", right=Right.MONEY)
async def match(shop: Shop, person: Person, receipt: str, number: str, mark: str = "") -> Message:
    """Unmatched money turns out to be this order's."""
    order = await shop.db.write(_match, receipt, number, person, mark)
    return Message(words("matched", number=order.number), (ORDERS,))


def _match(tx: Tx, receipt: str, number: str, person: Person, mark: str) -> Order:
    order = orders.numbered(tx, number)
    settling.match(tx, _unmatched(tx, receipt, order, mark), order.id, person.id)
    return order


def _unmatched(tx: Tx, receipt: str, order: Order, mark: str) -> int:
    known = _numbered(receipt)
    if not ledger.is_unmatched(tx, known, mark):
        raise settling.NotMatched(number=order.number)
    return known


def _numbered(receipt: str) -> int:
    return int(receipt) if receipt.isascii() and receipt.isdigit() and len(receipt) < 15 else 0


@staff.hears("keep", right=Right.MONEY)
async def keep(shop: Shop, person: Person, receipt: str, mark: str = "") -> Message:
    """Money without an order is the shop's: the buyer has what it was for, or it was paid for something else."""
    number = _numbered(receipt)
    kept = await shop.db.write(keeping.keep, number, person.id, mark)
    return Message(words("money-kept", amount=kept, receipt=number), (ORDERS,))


@staff.hears("return", right=Right.MONEY)
async def send_back(shop: Shop, person: Person, receipt: str, mark: str = "") -> Message:
    """Money without an order goes back where it came from, now."""
    number = _numbered(receipt)
    back = await shop.db.write(keeping.send_back, number, person.id, mark)
    return Message(words("money-returned", amount=back, receipt=number), (ORDERS,))


@staff.hears("same", right=Right.MONEY)
async def same(shop: Shop, person: Person, receipt: str, number: str, mark: str = "") -> Message:
    """What a rail tells of is what staff saw and wrote down themselves: it counts once."""
    order = await shop.db.write(_same, receipt, number, person, mark)
    return Message(words("same-money", number=order.number), (ORDERS,))


def _same(tx: Tx, receipt: str, number: str, person: Person, mark: str) -> Order:
    order = orders.numbered(tx, number)
    return by_hand.same(tx, _unmatched(tx, receipt, order, mark), order.number, person.id)


@staff.hears("thaw", right=Right.SHELF)
async def thaw(shop: Shop, person: Person, slug: str) -> Message:
    """Somebody has looked into it: a frozen product is sold again."""
    product, done = await shop.db.write(_thaw, slug, person)
    return Message(words("thawed" if done else "not-frozen", product=product.name), (STOCK,))


def _thaw(tx: Tx, slug: str, person: Person) -> tuple[catalog.Product, bool]:
    people.may(tx, person.id, Right.SHELF)
    product = catalog.product(tx, slug)
    done = catalog_changes.thaw(tx, slug)
    if done:
        audit.write(tx, person.id, "thaw", slug)
    return product, done
