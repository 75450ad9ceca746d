"""Which codes a message hands over: what must be written down outside the database before they leave.

The database alone can't know after a restore what was handed over since the backup. The journal can: it has a line
for every code that has left, by numbers and fingerprint, never the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from core import inventory, orders, units
from core.ground.messages import Codes, Message, Revealed, Words
from core.ground.tx import Tx


@dataclass(frozen=True)
class Handed:
    """A code that was granted to a unit. `fingerprint` tells it apart and opens nothing."""

    grant: int
    unit: int
    fingerprint: bytes
    at: datetime
    number: str = ""  # of its order; lines from before it was written down have none


GRANTED = (
    select(
        inventory.grants.c.id,
        inventory.grants.c.unit_id,
        inventory.codes.c.fingerprint,
        inventory.grants.c.granted_at,
        orders.orders.c.number,
    )
    .join(inventory.codes, inventory.codes.c.id == inventory.grants.c.code_id)
    .join(units.units, units.units.c.id == inventory.grants.c.unit_id)
    .join(orders.orders, orders.orders.c.id == units.units.c.order_id)
)
OF_UNITS = GRANTED.where(inventory.grants.c.unit_id.in_(bindparam("units", expanding=True)))
OF_ORDER = GRANTED.where(units.units.c.order_id == bindparam("order"))


def handed(tx: Tx, named: Iterable[Codes]) -> list[Handed]:
    """What the messages that name these codes hand over."""
    found: dict[int, Handed] = {}
    for codes in named:
        of, which = (OF_ORDER, {"order": codes.order}) if codes.units is None else (OF_UNITS, {"units": [*codes.units]})
        rows = tx.all(of, **which)
        found.update({row.id: Handed(*row) for row in rows})
    return list(found.values())


def leaving(message: Message) -> Iterator[Codes]:
    """What of orders leaves by a message, to their buyers or to staff who asked to see it."""
    for fact in _named_in(message):
        if isinstance(fact, Codes):
            yield fact
        elif fact.order is not None:
            yield Codes(fact.order, fact.units)


def codes_in(message: Message) -> Iterator[Codes]:
    """The codes a message names for its buyer, in order."""
    return (fact for fact in _named_in(message) if isinstance(fact, Codes))


def _named_in(message: Message) -> Iterator[Codes | Revealed]:
    for part in message.paragraphs:
        if isinstance(part, Words):
            yield from _named_among(part.facts)


def _named_among(facts: Mapping[str, Any]) -> Iterator[Codes | Revealed]:
    for fact in facts.values():
        if isinstance(fact, Codes | Revealed):
            yield fact
        elif isinstance(fact, Words):
            yield from _named_among(fact.facts)
