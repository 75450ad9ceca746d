"""What a payment provider wants to see of an order whose payer disputes it: facts and fingerprints, never a code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import bindparam, select

from core import customers, disputes, inventory, ledger, order_events, orders, redemptions, staff, units
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.orders import Order, State

FILE = "evidence-"  # and the order's number

SINCE = select(customers.customers.c.since).where(customers.customers.c.id == bindparam("customer"))
SENT = select(
    units.units.c.position, units.units.c.price, units.units.c.state, units.units.c.sent_at, units.units.c.sent_as
).where(units.units.c.order_id == bindparam("order"))
HANDED = (
    select(units.units.c.position, inventory.grants.c.granted_at, inventory.codes.c.fingerprint)
    .join(inventory.grants, inventory.grants.c.unit_id == units.units.c.id)
    .join(inventory.codes, inventory.codes.c.id == inventory.grants.c.code_id)
    .where(units.units.c.order_id == bindparam("order"))
    .order_by(units.units.c.position, inventory.grants.c.id)
)
CAME = select(ledger.receipts).where(ledger.receipts.c.order_id == bindparam("order")).order_by(ledger.receipts.c.id)
LOOKED = (
    select(audit.audit.c.at, audit.audit.c.detail)
    .where(audit.audit.c.subject == bindparam("of"), audit.audit.c.action == "reveal")
    .order_by(audit.audit.c.id)
)
DISPUTED = select(disputes.disputes).where(disputes.disputes.c.order_id == bindparam("order"))


def pack(tx: Tx, number: str) -> str:
    """As text(), for the command line, which has every right; written down. Raises UnknownOrder."""
    order = orders.numbered(tx, number)
    audit.write(tx, "command line", "evidence", f"order {order.number}")
    return text(tx, order.number)


def ask(tx: Tx, number: str, person: str) -> str:
    """Somebody takes the evidence of an order out, as a file: its name, see core/documents.py. Written down.

    Raises UnknownOrder, NotStaff, NotAllowed.
    """
    staff.may(tx, person, Right.EXPORT)
    order = orders.numbered(tx, number)
    audit.write(tx, person, "evidence", f"order {order.number}")
    return f"{FILE}{order.number}.txt"


def text(tx: Tx, number: str) -> str:
    """The evidence, one fact a line, in English, which providers read. Its last line is a hash of the others.

    What was bought, when it was paid and by which transactions, when each code was handed over, in which message, and
    how often its buyer has looked at it since; and who told that it was redeemed, where anybody has. A code is named by
    its keyed fingerprint: nobody can guess it from that.
    Raises UnknownOrder.
    """
    order = orders.numbered(tx, number)
    lines = [*_bought(tx, order), *_paid(tx, order), *_delivered(tx, order), *_since(tx, order)]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return "\n".join((*lines, f"sha256 of the lines above: {digest}", ""))


def _bought(tx: Tx, order: Order) -> Iterator[str]:
    buyer = customers.person(tx, order.person)
    delivered = {state: many for state, many in tx.all(orders.HISTORY, customer=order.customer)}.get(State.DELIVERED, 0)
    yield f"order: {order.number}"
    for line in order.lines:
        terms = line.terms
        yield f"bought: {terms.name.in_('en')}, {terms.face_value}, region {terms.region.upper()}, x {line.quantity}"
    yield f"total: {order.total.plain()} {order.total.currency}"
    yield f"sold in: {order.channel}, in the language {order.locale}"
    since = _at(tx.value(SINCE, customer=buyer.customer))
    yield f"buyer's account: {buyer.id}, known since {since}, orders delivered: {delivered}"
    yield f"after-sale promise: {order.terms.after_sale_days} days; redeemed at {order.terms.redeem_url or '-'}"
    yield f"placed: {_at(order.placed_at)}"


def _paid(tx: Tx, order: Order) -> Iterator[str]:
    for row in tx.all(CAME, order=order.id):
        paid = f"{row.amount} minor units of {row.currency} by {row.rail}, transaction {row.transaction}"
        yield f"paid: {_at(row.received_at)}, {paid}, payer {row.payer or 'not told'}"
    for refund in ledger.refunds_of(tx, order.id):
        back = f"{refund.total.plain()} {refund.total.currency}, {refund.state}"
        yield f"refund: {back}, {refund.reference or refund.key}"
    for row in tx.all(DISPUTED, order=order.id):
        yield f"dispute: {_at(row.opened_at)}, {row.rail} {row.reference}, {row.state}"


def _delivered(tx: Tx, order: Order) -> Iterator[str]:
    for row in tx.all(HANDED, order=order.id):
        yield f"code of unit {row.position}: handed over {_at(row.granted_at)}, fingerprint {row.fingerprint.hex()}"
    for row in tx.all(SENT, order=order.id):
        sent = f"sent {_at(row.sent_at)} as message {row.sent_as or '-'}" if row.sent_at else row.state
        yield f"unit {row.position}: {sent}"


def _since(tx: Tx, order: Order) -> Iterator[str]:
    for row in tx.all(LOOKED, of=f"order {order.number}"):
        if "why" in row.detail:  # staff's own looks, who must say why: they prove nothing about the buyer
            continue
        yield f"codes shown: {_at(row.at)}, {row.detail.get('count', 0)} to {row.detail.get('to', '-')}"
    told = redemptions.known_of(tx, [unit.id for unit in order.units])
    for unit in order.units:
        for one in told.get(unit.id, ()):
            unknown = "" if one.dated else "told on "
            when = "" if one.dated else "; when it was used is not known"
            yield f"code of unit {unit.position} redeemed: {unknown}{_at(one.at)}, as the {one.source} told{when}"
    for row in tx.all(order_events.HISTORY_OF, order=order.id):
        yield f"event: {_at(row.at)}, {row.what.replace('_', ' ')}"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
