"""What came in, what went back, what is still owed. Double entry, integers, append-only, always in balance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import pasts
from core.ground.columns import UTC, BigId, metadata, whole
from core.ground.db import NoRow, Tx
from core.ground.money import Money

CREDIT = "credit"  # the rail on which store credit is spent and given back: it is all in our own books
MANUAL = "manual"  # the rail of money that staff saw with their own eyes
UNMATCHED_WITHIN = timedelta(hours=24)  # then it goes back by itself

NAMES_ONE = text("of_number IS NOT NULL")

payments = Table(  # what we asked a rail for: the key is stored before the rail is called
    "payments",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("key", String(120), nullable=False, unique=True),
    Column("rail", String(40), nullable=False),
    Column("account", String(120), nullable=False),  # frozen: money paid to another account is not this order's
    Column("mode", String(4), nullable=False),
    Column("amount", BigId, nullable=False),
    Column("currency", String(10), nullable=False),
    Column("reference", String(200)),
    Column("link", String(2000)),
    Column("exact_amount", BigId),  # where the rail tells payments apart by it: so much, in what the buyer sends
    Column("exact_currency", String(10)),
    Column("state", String(10), nullable=False),
    Column("made_at", UTC, nullable=False),
    UniqueConstraint("order_id", "rail", "amount"),
    CheckConstraint("state IN ('asked', 'open', 'closed')", name="state"),
    CheckConstraint("mode IN ('live', 'test')", name="mode"),
    CheckConstraint("amount >= 0", name="amount"),
    Index("ix_payments_reference", "reference"),
)
receipts = Table(
    "receipts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id")),  # null: unmatched
    Column("rail", String(40), nullable=False),
    Column("account", String(120), nullable=False),
    Column("transaction", String(200), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("amount", BigId, nullable=False),
    Column("currency", String(10), nullable=False),
    Column("received_at", UTC, nullable=False),
    # admin_match_or_refund, admin_seen_before, admin_after_restore: money is never without an owner
    Column("obligation", String(30)),
    Column("owner", String(20)),
    Column("due_at", UTC),
    Column("payer", String(200)),  # as the rail names who paid: whom a refund by hand goes to
    Column("returned_at", UTC),  # of unmatched money: when it had gone back
    Column("kept_at", UTC),  # of unmatched money: since when it is the shop's income
    Column("of_number", String(20)),  # the order it names, of money that came after a restore and is unknown here
    UniqueConstraint("rail", "account", "transaction"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint(
        "order_id IS NOT NULL OR obligation IS NOT NULL OR returned_at IS NOT NULL OR kept_at IS NOT NULL",
        name="never_lost",
    ),
    CheckConstraint("kept_at IS NULL OR (order_id IS NULL AND obligation IS NULL)", name="kept"),
    CheckConstraint("(obligation IS NULL) = (owner IS NULL) AND (obligation IS NULL) = (due_at IS NULL)", name="owed"),
    Index("ix_receipts_order_id", "order_id"),
    Index("ix_receipts_transaction", "transaction"),
    Index("ix_receipts_of_number", "of_number", sqlite_where=NAMES_ONE, postgresql_where=NAMES_ONE),
)
refunds = Table(
    "refunds",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("receipt_id", BigId, ForeignKey("receipts.id"), nullable=False),
    Column("order_id", BigId, ForeignKey("orders.id")),
    Column("key", String(120), nullable=False, unique=True),
    Column("amount", BigId, nullable=False),
    Column("currency", String(10), nullable=False),
    Column("why", String(200), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reference", String(200)),
    Column("made_at", UTC, nullable=False),
    Column("ended_at", UTC),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("state IN ('created', 'sent', 'done', 'failed', 'unknown')", name="state"),
    Index("ix_refunds_receipt_id", "receipt_id"),
    Index("ix_refunds_order_id", "order_id"),
    Index("ix_refunds_reference", "reference"),
)
entries = Table(
    "entries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("posting", String(120), nullable=False),  # the entries of one posting sum to 0 per currency
    # rail:…, owed:ORDER, sales, unmatched, credit:CUSTOMER:CURRENCY, goodwill, disputed, losses
    Column("account", String(120), nullable=False),
    Column("amount", BigId, nullable=False),
    Column("currency", String(10), nullable=False),
    Column("at", UTC, nullable=False),
    UniqueConstraint("posting", "account"),
    Index("ix_entries_account", "account"),
)


@dataclass(frozen=True)
class PaymentRow:
    """What we asked a rail for."""

    key: str
    order: int
    rail: str
    account: str
    mode: str
    total: Money
    reference: str | None
    link: str | None
    state: str
    exact: Money | None = None


@dataclass(frozen=True)
class Receipt:
    id: int
    order: int | None
    rail: str
    account: str
    transaction: str
    total: Money
    due_at: datetime | None = None  # unmatched: until when staff may find out whose it is
    mode: str = ""
    payer: str = ""
    kept: bool = False
    of_number: str = ""  # the order it names, of money that came after a restore and is unknown here

    @property
    def without_order(self) -> str:
        """The account of what came in for no order: somebody's, or the shop's income once it is kept."""
        return "sales" if self.kept else "unmatched"

    @property
    def books(self) -> str:
        """The ledger's account in which its money lies."""
        return self.account if self.rail == CREDIT else f"rail:{self.rail}"

    @property
    def digest(self) -> str:
        """Of the rail's own transaction: receipts' numbers repeat after a restore, and this doesn't."""
        return hashlib.sha256(f"{self.rail}|{self.account}|{self.transaction}".encode()).hexdigest()[:16]

    @property
    def mark(self) -> str:
        """As much of its digest as a button carries, and nobody minds to read."""
        return self.digest[:6]


@dataclass(frozen=True)
class Refund:
    id: int
    receipt: int
    order: int | None
    key: str
    total: Money
    why: str
    state: str
    reference: str | None


PAYMENT = select(payments)
PAYMENT_BY_KEY = PAYMENT.where(payments.c.key == bindparam("payment_key"))
PAYMENTS_OF = PAYMENT.where(payments.c.order_id == bindparam("order")).order_by(payments.c.id)
ASK = insert_new(payments).on_conflict_do_nothing(index_elements=["order_id", "rail", "amount"])
OPENED = (
    update(payments)
    .where(payments.c.key == bindparam("payment_key"), payments.c.state.in_(("asked", "open")))
    .values(
        state="open",
        reference=bindparam("known_as"),
        link=bindparam("page"),
        exact_amount=bindparam("exactly"),
        exact_currency=bindparam("exactly_in"),
    )
)
CLOSED = update(payments).where(payments.c.key == bindparam("payment_key")).values(state="closed")
RECEIVE = insert_new(receipts).on_conflict_do_nothing(index_elements=["rail", "account", "transaction"])
RECEIPT = select(receipts)
RECEIPT_BY_ID = RECEIPT.where(receipts.c.id == bindparam("receipt"))
LOCK = select(receipts.c.id).where(receipts.c.id == bindparam("receipt")).with_for_update()
RECEIPT_OF = RECEIPT.where(
    receipts.c.rail == bindparam("of_rail"),
    receipts.c.account == bindparam("of_account"),
    receipts.c.transaction == bindparam("of_transaction"),
)
UNDECIDED = (
    receipts.c.id == bindparam("receipt"),
    receipts.c.order_id.is_(None),
    receipts.c.returned_at.is_(None),
    receipts.c.kept_at.is_(None),
)
MATCH = update(receipts).where(*UNDECIDED).values(order_id=bindparam("found"), obligation=None, owner=None, due_at=None)
KEEP = update(receipts).where(*UNDECIDED).values(kept_at=bindparam("at"), obligation=None, owner=None, due_at=None)
RETURNED = (
    update(receipts)
    .where(receipts.c.id == bindparam("receipt"), receipts.c.order_id.is_(None))
    .values(returned_at=bindparam("at"), obligation=None, owner=None, due_at=None)
)
UNMATCHED = RECEIPT.where(receipts.c.obligation.is_not(None)).order_by(receipts.c.id).limit(bindparam("most"))
IS_UNMATCHED = select(receipts.c.id).where(receipts.c.id == bindparam("receipt"), receipts.c.obligation.is_not(None))
LOST = (
    select(receipts.c.id)
    .where(
        receipts.c.obligation == "admin_match_or_refund",
        receipts.c.due_at <= bindparam("now"),
        receipts.c.amount
        > select(whole(func.sum(refunds.c.amount))).where(refunds.c.receipt_id == receipts.c.id).scalar_subquery(),
    )
    .order_by(receipts.c.due_at)
    .limit(bindparam("most"))
)
CAME_IN = RECEIPT.where(
    receipts.c.rail == bindparam("of_rail"),
    receipts.c.account == bindparam("of_account"),
    receipts.c.received_at >= bindparam("since"),
    receipts.c.received_at < bindparam("until"),
).order_by(receipts.c.id)
RECEIPTS_OF = RECEIPT.where(receipts.c.order_id == bindparam("order")).order_by(receipts.c.id)
REFUND = select(refunds)
REFUND_BY_ID = REFUND.where(refunds.c.id == bindparam("refund"))
REFUND_BY_KEY = select(refunds.c.id).where(refunds.c.key == bindparam("known_key"))
REFUNDS_OF = REFUND.where(refunds.c.order_id == bindparam("order")).order_by(refunds.c.id)
GONE_BACK = select(whole(func.sum(refunds.c.amount))).where(  # one a rail refused is owed by staff: gone all the same
    refunds.c.receipt_id == bindparam("receipt")
)
RECEIVED = select(
    whole(func.sum(receipts.c.amount)),
    select(whole(func.sum(refunds.c.amount)))
    .join_from(refunds, of_receipt := receipts.alias(), of_receipt.c.id == refunds.c.receipt_id)
    .where(
        of_receipt.c.order_id == bindparam("order"),
        of_receipt.c.currency == bindparam("in_currency"),
    )
    .scalar_subquery(),
).where(receipts.c.order_id == bindparam("order"), receipts.c.currency == bindparam("in_currency"))
REFUNDS_AGAINST = REFUND.where(refunds.c.receipt_id == bindparam("receipt")).order_by(refunds.c.id)
MAKE_REFUND = insert(refunds)
MOVE_REFUND = (
    update(refunds)
    .where(refunds.c.id == bindparam("refund"), refunds.c.state.in_(bindparam("from_states", expanding=True)))
    .values(state=bindparam("to_state"), reference=bindparam("known_as"), ended_at=bindparam("at"))
)
POST = insert(entries).values(  # both in one statement: a question is dear
    [
        {
            "posting": bindparam("named"),
            "account": bindparam(account),
            "amount": bindparam(amount),
            "currency": bindparam("of_currency"),
            "at": bindparam("moment"),
        }
        for account, amount in (("to", "in_"), ("by", "out"))
    ]
)
BALANCE = select(whole(func.sum(entries.c.amount))).where(entries.c.account == bindparam("of_account"))


def _payment(row: Row[Any]) -> PaymentRow:
    total = Money(row.amount, row.currency)
    exact = None if row.exact_amount is None else Money(row.exact_amount, row.exact_currency)
    known = (row.key, row.order_id, row.rail, row.account, row.mode)
    return PaymentRow(*known, total, row.reference, row.link, row.state, exact)


def _receipt(row: Row[Any]) -> Receipt:
    total = Money(row.amount, row.currency)
    known = (row.id, row.order_id, row.rail, row.account, row.transaction)
    payer, kept = row.payer or "", row.kept_at is not None
    return Receipt(*known, total, row.due_at, row.mode, payer, kept, row.of_number or "")


def _refund(row: Row[Any]) -> Refund:
    total = Money(row.amount, row.currency)
    return Refund(row.id, row.receipt_id, row.order_id, row.key, total, row.why, row.state, row.reference)


def payment(tx: Tx, key: str) -> PaymentRow | None:
    row = tx.first(PAYMENT_BY_KEY, payment_key=key)
    return _payment(row) if row else None


def payments_of(tx: Tx, order: int) -> list[PaymentRow]:
    return [_payment(row) for row in tx.all(PAYMENTS_OF, order=order)]


def ask(
    tx: Tx, order: int, number: str, rail: str, account: str, mode: str, total: Money, *, rest: bool = False
) -> str:
    """Store what a rail is going to be asked for, the whole or the rest of it; returns its key.

    One payment per order, rail and amount: a repeat finds it.
    """
    key = f"{number}-{rail}-{total.amount}" if rest else f"{number}-{rail}"
    tx.changed(
        ASK,
        order_id=order,
        key=key,
        rail=rail,
        account=account,
        mode=mode,
        amount=total.amount,
        currency=total.currency,
        state="asked",
        made_at=tx.now,
    )
    return key


def opened(tx: Tx, key: str, reference: str, link: str | None, exact: Money | None = None) -> None:
    """The rail has opened the payment, or opened it anew where its page had lapsed. A repeat changes nothing."""
    exactly = (exact.amount, exact.currency) if exact else (None, None)
    tx.changed(OPENED, payment_key=key, known_as=reference, page=link, exactly=exactly[0], exactly_in=exactly[1])


def closed(tx: Tx, key: str) -> None:
    tx.changed(CLOSED, payment_key=key)


def receive(
    tx: Tx,
    rail: str,
    account: str,
    transaction: str,
    mode: str,
    total: Money,
    order: int | None,
    number: str | None,
    payer: str = "",
    *,
    seen_before: bool = False,
    of_number: str = "",
) -> Receipt | None:
    """Write money down that came in. None if this very transaction is written down already.

    Without an order it is unmatched: staff must match or refund it within a day. What they may have seen before
    (`seen_before`), or what names an order that a restore may have lost (`of_number`), they must decide about: it
    never goes back by itself.
    """
    lost = order is None
    due = tx.now + UNMATCHED_WITHIN if lost else None
    asked = "admin_seen_before" if seen_before else "admin_after_restore" if of_number else "admin_match_or_refund"
    try:
        made = tx.insert(
            RECEIVE,
            order_id=order,
            rail=rail,
            account=account,
            transaction=transaction,
            mode=mode,
            amount=total.amount,
            currency=total.currency,
            received_at=tx.now,
            payer=payer[:200] or None,
            obligation=asked if lost else None,
            owner="staff" if lost else None,
            due_at=due,
            of_number=of_number or None,
        )
    except NoRow:
        return None
    receipt = Receipt(made, order, rail, account, transaction, total, due, mode, payer, of_number=of_number)
    post(tx, f"receipt {made}", total, came_from=owed(number) if number else "unmatched", went_to=receipt.books)
    return receipt


def match(tx: Tx, receipt: Receipt, order: int, number: str) -> bool:
    """Unmatched money turns out to be an order's. False if it had been matched or kept, or is going back."""
    if refundable(tx, receipt) != receipt.total or not tx.changed(MATCH, receipt=receipt.id, found=order):
        return False
    post(tx, f"match {receipt.id}", receipt.total, came_from=owed(number), went_to="unmatched")
    return True


def keep(tx: Tx, receipt: Receipt) -> bool:
    """What is left of unmatched money is the shop's income. False if it had been matched or kept, or is going back."""
    left = refundable(tx, receipt)
    goes = any(each.state != "done" for each in refunds_against(tx, receipt))
    if goes or not left.amount or not tx.changed(KEEP, receipt=receipt.id, at=tx.now):
        return False
    post(tx, f"keep {receipt.id}", left, came_from="sales", went_to="unmatched")
    return True


def returned(tx: Tx, receipt: Receipt) -> bool:
    """All of some unmatched money has gone back: nobody owes it any more."""
    return bool(tx.changed(RETURNED, receipt=receipt.id, at=tx.now))


def unmatched(tx: Tx, most: int = 50) -> list[Receipt]:
    """Money nobody has found an order for, the longest first."""
    return [_receipt(row) for row in tx.all(UNMATCHED, most=most)]


def is_unmatched(tx: Tx, receipt_id: int, mark: str = "") -> bool:
    """Whether that is money nobody has found an order for, and, where a button names its mark, the money of that."""
    there = tx.first(IS_UNMATCHED, receipt=receipt_id) is not None
    return there and mark in ("", receipt(tx, receipt_id).mark)


def lost(tx: Tx, most: int = 50) -> list[int]:
    """Unmatched money whose time is over and that is not on its way back."""
    return [row.id for row in tx.all(LOST, now=tx.now, most=most)]


def came_in(tx: Tx, rail: str, account: str, since: datetime, until: datetime) -> list[Receipt]:
    """What came in by a rail in that time, the oldest first."""
    return [_receipt(row) for row in tx.all(CAME_IN, of_rail=rail, of_account=account, since=since, until=until)]


def received_before(tx: Tx, rail: str, account: str, transaction: str) -> Receipt | None:
    """The receipt of a provider's transaction, if it is written down."""
    row = tx.first(RECEIPT_OF, of_rail=rail, of_account=account, of_transaction=transaction)
    return _receipt(row) if row else None


def owed(number: str) -> str:
    """The account of what the shop owes for an order."""
    return f"owed:{number}"


# Store credit: what the shop owes a customer without an order. Each customer has an account per currency.


def credit_of(customer: int, currency: str) -> str:
    return f"credit:{customer}:{currency}"


def credit(tx: Tx, customer: int, currency: str) -> Money:
    """How much store credit a customer has."""
    return Money(-balance(tx, credit_of(customer, currency)), currency)


def spend_credit(tx: Tx, credit: Money, customer: int, order: int, number: str, mode: str, total: Money) -> Money:
    """Pay an order from its customer's store credit, as far as that goes; returns how much.

    `credit` is what there is, looked up after the customer was locked: two orders at once would spend it twice.
    """
    paid = Money(max(min(credit.amount, total.amount), 0), total.currency)
    if paid.amount:
        receive(tx, CREDIT, credit_of(customer, total.currency), number, mode, paid, order, number)
    return paid


def receipts_of(tx: Tx, order: int) -> list[Receipt]:
    return [_receipt(row) for row in tx.all(RECEIPTS_OF, order=order)]


def receipt(tx: Tx, receipt_id: int) -> Receipt:
    return _receipt(tx.one(RECEIPT_BY_ID, receipt=receipt_id))


def locked(tx: Tx, receipt_id: int) -> Receipt:
    """A receipt no order guards, with everyone else who decides about it made to wait."""
    tx.one(LOCK, receipt=receipt_id)
    return receipt(tx, receipt_id)


def received(tx: Tx, order: int, currency: str) -> Money:
    """What has come in for an order in its currency and has not gone back."""
    came, went = tx.one(RECEIVED, order=order, in_currency=currency)
    return Money(came - went, currency)


def refundable(tx: Tx, receipt: Receipt) -> Money:
    """What of a receipt has not gone back, is not on its way, and is not owed by staff because a rail refused."""
    return Money(receipt.total.amount - tx.value(GONE_BACK, receipt=receipt.id), receipt.total.currency)


def make_refund(tx: Tx, receipt: Receipt, amount: Money, key: str, why: str) -> int:
    """A refund with its key, stored before the rail is called. Raises ValueError above what the receipt has left."""
    if not 0 < amount.amount <= refundable(tx, receipt).amount:
        raise ValueError(f"refund {key}: {amount} of {receipt}")
    if receipt.order is not None:
        pasts.goes_back(tx, receipt.order, why)
    return tx.insert(
        MAKE_REFUND,
        receipt_id=receipt.id,
        order_id=receipt.order,
        key=key,
        amount=amount.amount,
        currency=amount.currency,
        why=why,
        state="created",
        made_at=tx.now,
    )


def refund_outside(tx: Tx, receipt: Receipt, amount: Money, key: str, reference: str) -> int | None:
    """A refund that the provider made without us. None if it is written down, or nothing is left to go back."""
    if amount.amount <= 0 or tx.value(REFUND_BY_KEY, known_key=key) is not None:
        return None
    made = make_refund(tx, receipt, amount, key, "outside")
    move_refund(tx, made, "done", "created", reference=reference[:200])
    return made


def refunds_against(tx: Tx, receipt: Receipt) -> list[Refund]:
    """Every refund of a receipt, whatever became of it."""
    return [_refund(row) for row in tx.all(REFUNDS_AGAINST, receipt=receipt.id)]


def refund(tx: Tx, refund_id: int) -> Refund:
    return _refund(tx.one(REFUND_BY_ID, refund=refund_id))


def refunds_of(tx: Tx, order: int) -> list[Refund]:
    return [_refund(row) for row in tx.all(REFUNDS_OF, order=order)]


def move_refund(tx: Tx, refund_id: int, to: str, *of: str, reference: str | None = None) -> bool:
    """The refund goes on from one of the states `of`. False if it is in none of them any more."""
    ended = tx.now if to in ("done", "failed") else None
    return bool(
        tx.changed(MOVE_REFUND, refund=refund_id, from_states=list(of), to_state=to, known_as=reference, at=ended)
    )


def post(tx: Tx, posting: str, total: Money, *, came_from: str, went_to: str) -> None:
    """Move an amount from one account to another. The same posting twice is refused by the schema."""
    both = {"named": posting, "of_currency": total.currency, "moment": tx.now}
    tx.changed(POST, **both, to=went_to, in_=total.amount, by=came_from, out=-total.amount)


def balance(tx: Tx, account: str) -> int:
    """Minor units; accounts hold one currency each, but for sales and unmatched."""
    return tx.value(BALANCE, of_account=account)
