"""Money that fits no order stays as the shop's income, or goes back. After a restore it may be an order's that is gone.

Of some of those the journal says that a code had left (`restores.lost_orders`): their money is kept at once, and staff
are told. What else comes for an order that was placed after the backup waits for staff.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, or_, select, update

from core import aftersales, disputes, ledger, orders, restores, staff
from core.authority import Right
from core.ground import audit
from core.ground.columns import whole
from core.ground.db import NoRow, Tx
from core.ground.errors import ShopError
from core.ground.ids import NUMBER
from core.ground.messages import Choice, Lines, Message, words
from core.ground.money import Money
from core.ledger import Receipt
from core.quiet import Kind
from core.restores import Restore

COMES_STILL = timedelta(days=7)  # so long after a restore its orders' money may be told of
KEY = re.compile(rf"({NUMBER.pattern})-(.+?)(?:-\d+)?")  # as ledger.ask makes them


class MoneyDecided(ShopError):
    """What becomes of that money is decided already, or it is none. Facts: receipt, how."""


class JournalNotRead(ShopError):
    """It may be kept once the journal is read: what went back by then nobody takes back. Facts: receipt."""


LATELY = select(restores.restores.c.id).where(
    or_(restores.restores.c.checked_at.is_(None), restores.restores.c.restored_at > bindparam("since"))
)
IS_LOST = select(restores.lost_orders.c.number).where(restores.lost_orders.c.number == bindparam("number"))
# One payment of each: a second one may be the same paid twice.
KEEP_FOR = (
    update(restores.lost_orders)
    .where(
        restores.lost_orders.c.number == bindparam("named"),
        restores.lost_orders.c.receipt_id.is_(None),
        ~exists().where(ledger.receipts.c.of_number == bindparam("named"), ledger.receipts.c.kept_at.is_not(None)),
    )
    .values(receipt_id=bindparam("receipt"))
)
LEFT_AFTER_ALL = (  # it was asked about before a journal told that a code had left for it
    select(ledger.receipts.c.id)
    .join(restores.lost_orders, restores.lost_orders.c.number == ledger.receipts.c.of_number)
    .where(ledger.receipts.c.obligation == "admin_after_restore", ledger.receipts.c.id > bindparam("after"))
    .order_by(ledger.receipts.c.id)
    .limit(bindparam("most"))
)
KEPT_FOR_LOST = (
    select(ledger.receipts.c.currency, func.count(), whole(func.sum(ledger.receipts.c.amount)))
    .join(restores.lost_orders, restores.lost_orders.c.receipt_id == ledger.receipts.c.id)
    .where(ledger.receipts.c.kept_at >= bindparam("since"))
    .group_by(ledger.receipts.c.currency)
    .order_by(ledger.receipts.c.currency)
)


def order_named(tx: Tx, key: str, rail: str, mode: str) -> str:
    """The number of the order that an unknown payment key is of, where a restore may be why it is unknown; else "".

    Play money in a shop that sells for real is nobody's.
    """
    found = KEY.fullmatch(key)
    if found is None or found[2] != rail or mode != ("test" if tx.rules.rehearsal else "live"):
        return ""
    lately = tx.first(LATELY, since=tx.now - COMES_STILL) or tx.first(IS_LOST, number=found[1])
    return found[1] if lately else ""


def unmatched(tx: Tx, receipt: Receipt) -> None:
    """Money has come in that fits no order: kept, if a code had left for it before a restore; else staff are asked."""
    number, about = receipt.of_number, aftersales.about_unmatched(receipt)
    which = f"{receipt.id} {receipt.mark}"
    back = Choice(words("choose-return-money"), f"return {which}")
    if not number:
        sentence = "alarm-unmatched"
        rather = Choice(words("choose-keep-money"), f"keep {which}")
    elif tx.value(orders.BY_NUMBER, number=number) is not None:
        sentence = "alarm-after-restore-known"
        rather = Choice(words("choose-match-money", number=number), f"match {receipt.id} {number} {receipt.mark}")
    elif _keep_if_left(tx, receipt):
        return
    elif tx.first(IS_LOST, number=number):
        sentence = "alarm-after-restore-again"
        rather = Choice(words("choose-keep-money"), f"keep {which}")
    else:
        sentence = "alarm-after-restore-unchecked" if restores.is_unchecked(tx) else "alarm-after-restore"
        rather = Choice(words("choose-keep-delivered"), f"keep {which}")
    about |= {"number": number} if number else {}
    staff.alarm(tx, f"unmatched {receipt.id}", sentence, rather, back, kind=Kind.MONEY, **about)


def _keep_if_left(tx: Tx, receipt: Receipt) -> bool:
    if not tx.changed(KEEP_FOR, named=receipt.of_number, receipt=receipt.id):
        return False
    if not ledger.keep(tx, receipt):
        raise RuntimeError(f"receipt {receipt.id} is to be kept and is not here")
    _written(tx, receipt, "shop", order=receipt.of_number)
    if not restores.is_unchecked(tx):  # else they are told of all of it at once
        about = {"number": receipt.of_number, "amount": receipt.total}
        staff.alarm(tx, f"kept {receipt.id}", "alarm-kept-for-lost", kind=Kind.MONEY, **about)
    return True


def keep_what_had_left(tx: Tx, after: int, most: int = 200) -> int | None:
    """Of the next payments that staff were asked about, those are kept of which a journal tells that a code had left.

    Returns how far it came; None: to the end.
    """
    rows = tx.all(LEFT_AFTER_ALL, after=after, most=most)
    for row in rows:
        receipt = ledger.locked(tx, row.id)
        if _stands(tx, receipt):
            _keep_if_left(tx, receipt)
    return rows[-1].id if len(rows) == most else None


def kept_for_lost(tx: Tx, since: datetime) -> list[tuple[int, Money]]:
    """How many payments of orders that are gone were kept since then, and how much, by currency."""
    return [(many, Money(amount, currency)) for currency, many, amount in tx.all(KEPT_FOR_LOST, since=since)]


def tell_kept(tx: Tx, restore: Restore) -> None:
    """A restore is checked: staff are told once what was kept before, by nobody's word."""
    kept = kept_for_lost(tx, restore.restored_at)
    if kept:
        sums = (words("kept-after-restore-sum", n=many, amount=total) for many, total in kept)
        message = Message(Lines((words("kept-after-restore"), *sums)))
        staff.tell(tx, f"kept after restore {restore.epoch}", message, Kind.MONEY)


def keep(tx: Tx, receipt_id: int, person: str, mark: str = "") -> Money:
    """Staff say that money without an order, or what is left of it, is the shop's; returns how much.

    A repeat changes nothing. A button knows the money by its `mark` too: after a restore other money may have its
    number. Raises NotStaff, NotAllowed, and MoneyDecided when it is an order's, going back or disputed by now.
    """
    staff.may(tx, person, Right.MONEY)
    receipt = _undecided(tx, receipt_id, mark)
    if not receipt.kept:
        if not ledger.keep(tx, receipt):
            raise MoneyDecided(receipt=receipt_id, how="back")
        _written(tx, receipt, person)
    return ledger.refundable(tx, receipt)


def send_back(tx: Tx, receipt_id: int, person: str, mark: str = "") -> Money:
    """Staff have money without an order sent back where it came from, now; returns how much.

    Raises NotStaff, NotAllowed, JournalNotRead, and MoneyDecided when it is an order's, kept, going back or disputed by
    now.
    """
    staff.may(tx, person, Right.MONEY)
    receipt = _undecided(tx, receipt_id, mark)
    if receipt.kept:
        raise MoneyDecided(receipt=receipt_id, how="kept")
    if receipt.of_number and restores.is_unchecked(tx):
        raise JournalNotRead(receipt=receipt_id)
    left = ledger.refundable(tx, receipt)
    if not (receipt.due_at and left.amount):
        raise MoneyDecided(receipt=receipt_id, how="back")
    aftersales.give_back(tx, receipt, left, "unmatched")
    audit.write(tx, person, "return", f"receipt {receipt.id}", amount=left.plain(), currency=left.currency)
    return left


def _undecided(tx: Tx, receipt_id: int, mark: str) -> Receipt:
    """Held until the end of the transaction: whoever else decides about it waits, and then finds it decided."""
    try:
        receipt = ledger.locked(tx, receipt_id)
    except NoRow:
        raise MoneyDecided(receipt=receipt_id, how="none") from None
    if mark and mark != receipt.mark:
        raise MoneyDecided(receipt=receipt_id, how="none")
    if receipt.order is not None:
        raise MoneyDecided(receipt=receipt_id, how="matched")
    if disputes.is_open(tx, receipt):
        raise MoneyDecided(receipt=receipt_id, how="disputed")
    return receipt


def _stands(tx: Tx, receipt: Receipt) -> bool:
    """Nobody has decided about it."""
    is_whole = ledger.refundable(tx, receipt) == receipt.total
    return is_whole and receipt.due_at is not None and not disputes.is_open(tx, receipt)


def _written(tx: Tx, receipt: Receipt, by: str, **of: str) -> None:
    kept = ledger.refundable(tx, receipt)
    audit.write(tx, by, "keep", f"receipt {receipt.id}", amount=kept.plain(), currency=kept.currency, **of)
