"""What a rail tells of money: it came, it went back, a payer's bank asks for it, or the rail suspects a fraud.

Each is verified by its rail before it is one of these, waits in the inbox under its `event`, and is then taken.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from core import cards, chargebacks, ledger, restores, settling, staff
from core.chargebacks import RefundNotice, SuspicionNotice
from core.disputes import DisputeNotice
from core.ground import inbox
from core.ground.db import Tx
from core.ground.inbox import InboxRow
from core.ground.messages import Words, words
from core.ground.money import Money
from core.quiet import Kind
from core.settling import PaymentNotice

Notice = PaymentNotice | RefundNotice | DisputeNotice | SuspicionNotice
KINDS: dict[str, type[Notice]] = {
    "payment": PaymentNotice,
    "refund": RefundNotice,
    "dispute": DisputeNotice,
    "suspicion": SuspicionNotice,
}
NAMES = {kind: name for name, kind in KINDS.items()}
WAITS = timedelta(hours=1)  # what is told of money waits so long for that money's own notice


def store(tx: Tx, notice: Notice, event: str = "") -> bool:
    """Keep a notice until it is taken; `event` names it where the provider doesn't. False for a repeat."""
    about = notice.key[:120] if isinstance(notice, PaymentNotice) else None
    return inbox.store(tx, notice.rail, event or notice.event, pack(notice), about=about)


def pack(notice: Notice) -> str:
    """As it waits in the inbox."""
    told = {field.name: _pack(getattr(notice, field.name)) for field in fields(notice)}
    return json.dumps({"notice": NAMES[type(notice)], **told})


def unpack(text: str) -> Notice:
    stored: dict[str, Any] = json.loads(text)
    kind = KINDS[stored.pop("notice", "payment")]  # one that was stored before there were others
    return kind(**{name: _unpack(name, value) for name, value in stored.items()})


def _pack(value: Any) -> Any:
    match value:
        case Money():
            return [value.amount, value.currency]
        case datetime():
            return value.isoformat()
    return value


def _unpack(name: str, value: Any) -> Any:
    match name:
        case "total":
            return Money(*value)
        case "evidence_by":
            return datetime.fromisoformat(value)
        case "marks":
            return tuple(value)
    return value


def take(tx: Tx, notice: Notice) -> None:
    """Write down what it says, and let its order follow. A repeat changes nothing.

    Raises LookupError for what is told of money that is not known: that money's own notice has to come first.
    """
    match notice:
        case PaymentNotice():
            settling.settle(tx, notice)
        case RefundNotice():
            chargebacks.refunded_at_the_rail(tx, notice)
        case DisputeNotice():
            chargebacks.told(tx, notice)
        case SuspicionNotice():
            chargebacks.suspected(tx, notice)


def is_of_unknown_money(tx: Tx, notice: Notice) -> bool:
    """It tells of a payment that is not in our books: its notice is still to come, or it is no payment of this shop."""
    if isinstance(notice, PaymentNotice):
        return False
    return ledger.received_before(tx, notice.rail, notice.account, notice.transaction) is None


def leave(tx: Tx, row: InboxRow, notice: Notice) -> bool:
    """Told of money that is not known after WAITS: the account has payments the shop never heard of.

    The row is done, and staff hear of it, once a payment and kind: the provider tells of one refund in several events.
    False as long as it is to be waited for, as it is while a restored shop does not know what it was paid.
    """
    waits = tx.now - inbox.received_at(tx, row) < WAITS or restores.unchecked(tx) is not None
    if waits or not is_of_unknown_money(tx, notice):
        return False
    staff.alarm(
        tx, f"unknown {NAMES[type(notice)]} {notice.rail} {notice.transaction}", "alarm-unknown-money", kind=Kind.MONEY,
        rail=cards.rail_called(notice.rail), what=_called(notice), reference=notice.transaction,
    )  # fmt: skip
    return inbox.done(tx, row.source, row.external_id)


def _called(notice: Notice) -> Words:
    match notice:
        case SuspicionNotice():
            return words("unknown-suspicion", why=notice.why)
        case DisputeNotice():
            return words("unknown-dispute", amount=notice.total)
    return words("unknown-refund", amount=notice.total)
