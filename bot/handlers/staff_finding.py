"""Finding orders: by a number, a buyer, a product, a day, in whatever words somebody has in hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot import paging
from bot.handlers.staff_help import HANDS, ORDERS, REVIEWS
from bot.handlers.staff_orders import listed
from bot.staff import staff
from core import cards, dossiers, enquiries, ledger, old_orders, order_search
from core import staff as people
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Text, words
from core.ground.vault import Secret
from core.ledger import Receipt
from core.old_orders import Kept
from core.shop import Shop


@staff.hears("find", right=Right.LOOK)
async def find(shop: Shop, person: Person, *wanted: str) -> Message:
    """What these words mean; one order is shown at once."""
    return await shop.db.read(_found, " ".join(wanted), 1, person)


@staff.hears("found", right=Right.LOOK)
async def another_page(shop: Shop, person: Person, page: str, *wanted: str) -> Message:
    return await shop.db.read(_found, " ".join(wanted), int(page) if paging.is_number(page) else 1, person)


@staff.hears_anything
async def anything(shop: Shop, person: Person, text: str, key: str) -> Message:
    """A number by itself is looked for: it is what somebody pastes who has nothing else."""
    return await shop.db.read(_by_number, text, person)


def _by_number(tx: Tx, text: str, person: Person) -> Message:
    found = (order_search.by_number, order_search.without_order, old_orders.numbered)
    if not any(look(tx, text) for look in found):
        return Message(words("staff-not-understood"), (REVIEWS, HANDS, ORDERS))
    return _found(tx, text, 1, person)


def _found(tx: Tx, wanted: str, page: int, person: Person) -> Message:
    if not wanted:
        return Message(words("staff-find-what"), (ORDERS,))
    skip = (max(page, 1) - 1) * paging.PAGE
    found = order_search.find(tx, wanted, _zone(tx, person), paging.PAGE, skip)
    if len(found.orders) == 1 and page == 1 and not found.money:
        return dossiers.card(tx, found.orders[0], people.colleague(tx, person.id).rights)
    said = " ".join(wanted.split())[: order_search.LONGEST]
    quoted = enquiries.covered(Secret(said))  # people look for codes, too, and a chat keeps what we say
    if not found.orders and not found.money and (old := old_orders.numbered(tx, said)):
        return Message(Lines(tuple(map(old_orders.to_staff, old))), (*_to_look(tx, old, person), ORDERS))
    if not found.orders and not found.money:
        return Message(words("staff-found-none", what=quoted), (ORDERS,))
    older = [Choice(words("choose-next-page"), f"found {page + 1} {said}")] if found.more else []
    newer = [Choice(words("choose-page-before"), f"found {page - 1} {said}")] if page > 1 else []
    money = [line for receipt in found.money for line in _money(tx, receipt)]
    about = (words("staff-found", what=quoted), *money)
    return Message(Lines(about), (*map(listed, found.orders), *older, *newer))


def _to_look(tx: Tx, old: list[Kept], person: Person) -> list[Choice]:
    """For those who may look at codes: what was delivered there."""
    if Right.REVEAL not in people.colleague(tx, person.id).rights:
        return []
    return [Choice(words("choose-old-text", number=each.number), f"reveal old #{each.id}") for each in old]


def _money(tx: Tx, receipt: Receipt) -> list[Text]:
    """What came in for no order, how to match it while it is here, and what of it went back."""
    facts = {"amount": receipt.total, "rail": cards.rail_called(receipt.rail), "reference": receipt.transaction}
    gone = dossiers.went(ledger.refunds_against(tx, receipt))
    told: list[Text] = [words("staff-came", **facts), *gone]
    if receipt.kept:
        told.append(words("staff-kept"))
    elif ledger.is_unmatched(tx, receipt.id) and ledger.refundable(tx, receipt).amount:
        told.append(words("staff-match-it", receipt=receipt.id))
    return told


def _zone(tx: Tx, person: Person) -> ZoneInfo:
    """A day is theirs, or the shop's if their chat doesn't say where they are."""
    return ZoneInfo(person.zone) if person.zone else tx.rules.zone
