"""Marks: by what an order is connected with others, and what was said of it where it came from.

An address on the net, a browser, a card, an e-mail, an account are kept as keyed fingerprints: equal ones are known to
be equal, and nobody reads them from the database. What names nobody (a country, the rail's own word) is kept as it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, String, Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import emails, pasts
from core.ground import nets
from core.ground.columns import UTC, BigId, Digest, metadata
from core.ground.db import Tx
from core.ground.tx import AnyRow
from core.pasts import Fate

LENGTH = 16  # bytes of a fingerprint that are kept: there are few enough orders, and they lie in two indexes
LONGEST = 60  # bytes of what is kept as it is
PURPOSE = "mark"


class Kind(StrEnum):
    DEVICE = "device"
    IP = "ip"
    PAYER = "payer"
    EMAIL = "email"
    DESTINATION = "destination"
    DOMAIN = "domain"  # of the e-mail
    # What names nobody:
    COUNTRY = "country"  # of the address on the net
    PAYER_COUNTRY = "payer_country"
    RAIL_SAYS = "rail_says"  # elevated, highest, fraud_warning, ...
    FAILED = "failed"  # the rail on which a payment came to nothing
    MAIL_KIND = "mail_kind"  # thrown_away or lasting
    PRESSED = "pressed"  # milliseconds from the product being shown to the order


PLAIN = (Kind.COUNTRY, Kind.PAYER_COUNTRY, Kind.RAIL_SAYS, Kind.FAILED, Kind.MAIL_KIND, Kind.PRESSED)
THROWN_AWAY, LASTING = "thrown_away", "lasting"
FRAUD_WARNING = "fraud_warning"

marks = Table(
    "marks",
    metadata,
    Column("order_id", BigId, ForeignKey("orders.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("value", Digest, primary_key=True),
    Column("at", UTC, nullable=False),
    # The value first: by the kind alone half of all marks would be found, and SQLite would go through them.
    Index("ix_marks_trail", "value", "kind", "at", "order_id"),
)
KEEP = insert(marks).on_conflict_do_nothing(index_elements=["order_id", "kind", "value"])
OF_ORDER = (
    select(marks.c.kind, marks.c.value)
    .where(marks.c.order_id == bindparam("order"))
    .order_by(marks.c.kind, marks.c.value)
)


@dataclass(frozen=True)
class Origin:
    """Where an order comes from, as far as its chat knows. Empty means unknown."""

    ip: str = field(default="", repr=False)
    device: str = field(default="", repr=False)
    country: str = ""
    shown_at: datetime | None = None  # when the product was shown with the button that was pressed


NOWHERE = Origin()


def keep(tx: Tx, order: int, kind: Kind, text: str) -> None:
    """The order bears that mark from now on. A repeat changes nothing; nothing is kept of an empty text."""
    if text.strip():
        tx.changed(KEEP, order_id=order, kind=kind, value=value_of(tx, kind, text), at=tx.now)
        if kind is Kind.RAIL_SAYS and text.strip() == FRAUD_WARNING:
            pasts.came(tx, order, Fate.SUSPECTED)


def of(tx: Tx, order: int) -> dict[Kind, list[bytes]]:
    """What the order bears, as it is kept: whoever lists it need not know what it was."""
    return by_kind(tx.all(OF_ORDER, order=order))


def by_kind(rows: Iterable[AnyRow]) -> dict[Kind, list[bytes]]:
    """The marks among rows that have a kind and a value, in the rows' order."""
    found: dict[Kind, list[bytes]] = {}
    for row in rows:
        if row.kind is not None:
            found.setdefault(Kind(row.kind), []).append(row.value)
    return found


def value_of(tx: Tx, kind: Kind, text: str) -> bytes:
    """What is kept of it, and what others that have it are found by. Whoever lists somebody asks here too."""
    if kind in PLAIN:
        return text.strip().encode()[:LONGEST]
    return tx.vault.fingerprint(f"{kind}\0{normal(kind, text)}", PURPOSE)[:LENGTH]


def normal(kind: Kind, text: str) -> str:
    """The same for all ways of writing the same."""
    tidy = " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    match kind:
        case Kind.EMAIL:
            return emails.mailbox(tidy)
        case Kind.DOMAIN:
            return emails.provider(tidy)
        case Kind.IP:
            return nets.of(tidy) or tidy
    return tidy if kind is not Kind.PAYER else text.strip()  # a purse's letters count


def placed(tx: Tx, order: int, brand: str, answers: Mapping[str, str], *, to_account: bool, origin: Origin) -> None:
    """What is known of an order the moment it is placed.

    `answers` are what the product asked of its buyer, in its order; `to_account`: they say where the goods go.
    """
    keep(tx, order, Kind.IP, origin.ip)
    keep(tx, order, Kind.DEVICE, origin.device)
    keep(tx, order, Kind.COUNTRY, origin.country)
    if origin.shown_at is not None:
        keep(tx, order, Kind.PRESSED, str(max((tx.now - origin.shown_at) // timedelta(milliseconds=1), 0)))
    for address in filter(None, map(emails.found_in, answers.values())):
        keep(tx, order, Kind.EMAIL, address)
        keep(tx, order, Kind.DOMAIN, emails.domain_of(address))
        keep(tx, order, Kind.MAIL_KIND, THROWN_AWAY if emails.is_thrown_away(address) else LASTING)
    if to_account and answers:  # the same number is another account with another brand
        account = "\n".join((brand, *(_as_account(answer) for answer in answers.values())))
        keep(tx, order, Kind.DESTINATION, account)


def _as_account(answer: str) -> str:
    address = emails.found_in(answer)
    return emails.mailbox(address) if address else answer


def paid(
    tx: Tx, order: int, rail: str, account: str, payer: str, instrument: str, country: str, says: Sequence[str]
) -> None:
    """What a rail tells with a payment. A fingerprint of its own is the same for one of our accounts there only."""
    if payer:
        keep(tx, order, Kind.PAYER, f"{rail}\n{payer}")
    if instrument:
        keep(tx, order, Kind.PAYER, f"{rail}\n{account}\n{instrument}")
    keep(tx, order, Kind.PAYER_COUNTRY, country)
    for word in says:
        keep(tx, order, Kind.RAIL_SAYS, word)
