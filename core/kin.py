"""Kin: which accounts are one customer, and what becomes of orders and store credit when they meet or part.

A customer's number is one of those its accounts began with, so that an account which goes away again finds the one it
had. Of two that meet the one with more orders keeps its own: what is written is the fewer orders, and not ten thousand.
Whoever calls decides whether they may, and has locked the customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Executable,
    ForeignKey,
    String,
    Table,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import customers, ledger, old_credit, order_events, orders
from core.customers import people
from core.ground.columns import UTC, BigId, Json, metadata, whole
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money

CHUNK = 1000  # values in one statement
MOST = 1000  # orders that change hands when two meet; on PostgreSQL each takes 0.1 ms, most of it for the indexes


class TooManyOrders(ShopError):
    """Both customers have so many orders that joining them would hold everybody up. Facts: most."""


linked = Table(  # a row for each account that shares its customer with another
    "linked",
    metadata,
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("began_as", BigId, ForeignKey("customers.id"), nullable=False, unique=True),
    Column("since", UTC, nullable=False),
    Column("credit", Json, nullable=False),  # its share of the store credit at the mark: minor units by currency
    Column("mark", BigId, nullable=False),  # the ledger's last entry when the accounts last met or parted
)


@dataclass(frozen=True)
class Account:
    """One account of a customer's. `credit` and `mark` say something only while it is linked."""

    person: str
    chat: str
    name: str
    customer: int
    began_as: int
    since: datetime | None = None
    credit: Mapping[str, int] = field(default_factory=dict)
    mark: int = 0


COMPANY = (
    select(people.c.id, people.c.chat, people.c.name, people.c.customer_id, linked)
    .outerjoin_from(people, linked, linked.c.person_id == people.c.id)
    .where(people.c.customer_id == bindparam("customer"))
    .order_by(people.c.since, people.c.id)
)
MOVE_PEOPLE = (
    update(people).where(people.c.id.in_(bindparam("accounts", expanding=True))).values(customer_id=bindparam("to"))
)
PLACER = (  # a pick-up changes where an order's codes go, never who placed it
    select(func.coalesce(func.min(order_events.events.c.actor), orders.orders.c.person_id))
    .where(order_events.events.c.order_id == orders.orders.c.id, order_events.events.c.what == "placed")
    .correlate(orders.orders)
    .scalar_subquery()
)
HOLD_UNPAID = (  # in the order in which unpaid orders end, or each would wait for the other's next
    select(orders.orders.c.id)
    .where(orders.orders.c.customer_id == bindparam("customer"), orders.orders.c.state.in_(orders.UNPAID))
    .order_by(orders.orders.c.expires_at)
    .with_for_update()
)
MOVE_ORDERS = (
    update(orders.orders)
    .where(orders.orders.c.customer_id == bindparam("of_customer"))
    .values(customer_id=bindparam("to"))
)
MOVE_THEIRS = MOVE_ORDERS.where(
    or_(  # the story of an order is only looked up where its person may be another than who placed it
        orders.orders.c.person_id.in_(bindparam("accounts", expanding=True)),
        exists().where(orders.pickups.c.order_id == orders.orders.c.id),
    ),
    PLACER.in_(bindparam("accounts", expanding=True)),
)
HOW_MANY = select(func.count()).select_from(
    select(orders.orders.c.id).where(orders.orders.c.customer_id == bindparam("customer")).limit(MOST + 1).subquery()
)
PLACED_BY = select(orders.orders.c.id, PLACER.label("placer")).where(
    orders.orders.c.id.in_(bindparam("among", expanding=True))
)
CURRENCIES = (
    select(orders.orders.c.currency)
    .where(orders.orders.c.customer_id.in_(bindparam("among", expanding=True)))
    .distinct()
)
MARK = select(whole(func.max(ledger.entries.c.id)))
SINCE = select(ledger.entries.c.posting, ledger.entries.c.amount).where(
    ledger.entries.c.account == bindparam("of_account"), ledger.entries.c.id > bindparam("mark")
)
ORDERS_OF = {  # whose order a posting of store credit is about, by its first word
    "receipt": select(ledger.receipts.c.id, ledger.receipts.c.order_id).where(
        ledger.receipts.c.id.in_(bindparam("among", expanding=True))
    ),
    "refund": select(ledger.refunds.c.id, ledger.refunds.c.order_id).where(
        ledger.refunds.c.id.in_(bindparam("among", expanding=True))
    ),
}
NUMBERED = select(orders.orders.c.number, orders.orders.c.id).where(
    orders.orders.c.number.in_(bindparam("among", expanding=True))
)
NEW = insert_new(linked)
NOTE = NEW.on_conflict_do_update(
    index_elements=["person_id"], set_={"credit": NEW.excluded.credit, "mark": NEW.excluded.mark}
)
FORGET = delete(linked).where(linked.c.person_id.in_(bindparam("accounts", expanding=True)))


def company(tx: Tx, customer: int) -> list[Account]:
    """All accounts of a customer, the one we have known longest first."""
    return [
        Account(row.id, row.chat, row.name, customer, row.began_as, row.since, row.credit, row.mark)
        if row.began_as is not None
        else Account(row.id, row.chat, row.name, customer, customer)
        for row in tx.all(COMPANY, customer=customer)
    ]


def locked(tx: Tx, *accounts: str) -> list[list[Account]]:
    """The companies of these accounts, with everyone made to wait who would count or change what they have."""
    held: set[int] = set()
    while True:
        found = {customers.person(tx, account).customer for account in accounts}
        if found <= held:
            return [company(tx, customers.person(tx, account).customer) for account in accounts]
        for customer in sorted(found - held):
            customers.lock(tx, customer)
        held |= found


def join(tx: Tx, one: Sequence[Account], other: Sequence[Account]) -> int:
    """Two customers are one from now on: accounts, orders, store credit. Returns its number.

    What each account's share of the credit is stays known, for the day they part. Raises TooManyOrders.
    """
    before = {each[0].customer: each for each in (one, other)}
    many = {customer: tx.value(HOW_MANY, customer=customer) for customer in before}
    to, gone = sorted(before, key=lambda customer: (-many[customer], customer))
    if many[gone] > MOST:
        raise TooManyOrders(most=MOST)
    tx.changed(MOVE_PEOPLE, accounts=[each.person for each in before[gone]], to=to)
    _hold(tx, gone)
    tx.changed(MOVE_ORDERS, of_customer=gone, to=to)  # waits for whoever decides about one of them at this moment
    everyone = [*one, *other]
    named = _currencies(tx, everyone, to)
    shares = {**_shares(tx, one, named), **_shares(tx, other, named)}
    for currency in named:
        _carry(tx, f"link {gone}", ledger.credit(tx, gone, currency), gone, to)
    _note(tx, everyone, shares)
    return to


def _hold(tx: Tx, customer: int) -> None:
    if tx.dialect == "postgresql":  # on SQLite everyone else waits anyway
        tx.all(HOLD_UNPAID, customer=customer)


def part(tx: Tx, leaving: Sequence[Account], staying: Sequence[Account]) -> None:
    """Some of a customer's accounts go their own way, together: with the orders they placed, and with their credit.

    Their credit is what they had brought, and what their own orders gave or spent since: never below nothing, never
    more than there is. The rest stays with the rest.
    """
    was = leaving[0].customer
    goes = staying if any(each.began_as == was for each in leaving) else leaving  # whose number it is keeps it
    to = min(each.began_as for each in goes)
    accounts = [each.person for each in goes]
    tx.changed(MOVE_PEOPLE, accounts=accounts, to=to)
    _hold(tx, was)
    tx.changed(MOVE_THEIRS, of_customer=was, to=to, accounts=accounts)
    named = _currencies(tx, [*leaving, *staying], was, to)
    shares = _shares(tx, [*leaving, *staying], named)
    for currency in named:
        left = ledger.credit(tx, was, currency)
        theirs = min(max(sum(shares[each.person][currency] for each in leaving), 0), left.amount)
        amount = theirs if goes is leaving else left.amount - theirs
        _carry(tx, f"unlink {to}", Money(amount, currency), was, to)
    for each in (leaving, staying):
        if len(each) == 1:
            tx.changed(FORGET, accounts=[each[0].person])
        else:
            _note(tx, each, shares)


def _currencies(tx: Tx, accounts: Iterable[Account], *among: int) -> list[str]:
    """Those in which there may be store credit: it comes of orders, or was there when they last met or parted."""
    kept = {currency for each in accounts for currency in each.credit}.union(old_credit.currencies(tx))
    return sorted(kept.union(row.currency for row in tx.all(CURRENCIES, among=list(among))))


def _shares(tx: Tx, accounts: Sequence[Account], named: Collection[str]) -> dict[str, Counter[str]]:
    """What of their customer's store credit is each account's: what it had at the mark, and its own orders since."""
    customer = accounts[0].customer
    if len(accounts) == 1:
        return {accounts[0].person: Counter({each: ledger.credit(tx, customer, each).amount for each in named})}
    found = {each.person: Counter(each.credit) for each in accounts}
    for currency in named:
        rows = tx.all(SINCE, of_account=ledger.credit_of(customer, currency), mark=accounts[0].mark)
        whose = _whose(tx, [row.posting for row in rows])
        for row in rows:
            if whose.get(row.posting) in found:
                found[whose[row.posting]][currency] -= row.amount
    return found


def _whose(tx: Tx, postings: Collection[str]) -> dict[str, str]:
    """The accounts that placed the orders which postings of store credit are about."""
    about: dict[str, dict[str, str]] = {}
    claimed = {posting: int(posting.split()[1]) for posting in postings if posting.startswith("claimed ")}
    claimers = old_credit.claimers(tx, list(claimed.values()))
    for posting in set(postings) - claimed.keys():
        kind, which, *_ = posting.split()
        about.setdefault(kind if kind in ORDERS_OF else "number", {})[posting] = which
    found: dict[str, int] = {}
    for kind, named in about.items():
        statement = ORDERS_OF.get(kind, NUMBERED)
        among = [int(which) for which in named.values()] if kind in ORDERS_OF else list(named.values())
        known = {str(which): order for which, order in _in_chunks(tx, statement, among)}
        found |= {posting: known[which] for posting, which in named.items() if known.get(which)}
    placers = dict(_in_chunks(tx, PLACED_BY, list(found.values())))
    theirs = {posting: claimers[which] for posting, which in claimed.items()}
    return theirs | {posting: placers[order] for posting, order in found.items()}


def _in_chunks(tx: Tx, statement: Executable, among: Sequence[int | str]) -> Iterator[tuple[Any, Any]]:
    """Rows of two columns. A statement has room for so many values only: 32,767 on PostgreSQL."""
    known = sorted(set(among))
    for start in range(0, len(known), CHUNK):
        yield from ((row[0], row[1]) for row in tx.all(statement, among=known[start : start + CHUNK]))


def _carry(tx: Tx, posting: str, amount: Money, was: int, to: int) -> None:
    if amount.amount > 0:
        now, before = ledger.credit_of(to, amount.currency), ledger.credit_of(was, amount.currency)
        ledger.post(tx, f"{posting} {amount.currency} {tx.value(MARK)}", amount, came_from=now, went_to=before)


def _note(tx: Tx, accounts: Iterable[Account], shares: Mapping[str, Mapping[str, int]]) -> None:
    mark = tx.value(MARK)
    for each in accounts:
        credit = {currency: amount for currency, amount in shares[each.person].items() if amount}
        about = {"began_as": each.began_as, "since": each.since or tx.now}
        tx.changed(NOTE, person_id=each.person, **about, credit=credit, mark=mark)
