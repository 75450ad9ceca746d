"""Claims: a code that was sent does not work, or never arrived. Their states, what was written, and how many there are.

Open waits for the buyer's evidence, in review for staff; in any other state it has ended. One goes on for a unit at
most, and each that goes on says until when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import enquiries, inventory, orders, purchases
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.tx import AnyRow
from core.orders import one_of


class Kind(StrEnum):
    """What is wrong. Its name is a sentence: claim-kind-used."""

    INVALID = "invalid"
    USED = "used"
    REGION = "region"
    MISSING = "missing"  # it never arrived


class State(StrEnum):
    """Its name is a sentence: claim-state-open."""

    OPEN = "open"
    IN_REVIEW = "in_review"
    REPLACED = "replaced"
    REFUNDED = "refunded"
    REFUSED = "refused"
    RESENT = "resent"
    WITHDRAWN = "withdrawn"


class Why(StrEnum):
    """Why one was refused, or ended without an answer. Its name is a sentence: claim-why-window."""

    WINDOW = "window"  # reported after the days that were agreed
    REGION = "region"
    REDEEMED = "redeemed"  # redeemed after it was delivered
    EVIDENCE = "evidence"  # what was sent doesn't show it
    LIMIT = "limit"
    UNDECIDED = "undecided"  # nobody could confirm it in time
    DISPUTED = "disputed"  # the money is asked back in another way
    SILENT = "silent"  # the buyer sent nothing


GOING_ON = (State.OPEN, State.IN_REVIEW)
GOES_ON = text("state IN ('open', 'in_review')")


class UnknownClaim(ShopError):
    """No such claim, or not this person's: the answer is the same for both."""


class TooManyClaims(ShopError):
    """So many of one buyer's go on at once. Facts: most."""


class ClaimedTooOften(ShopError):
    """So many of one buyer's were opened lately: a person helps with the next. Facts: most, days."""


class ClaimDecided(ShopError):
    """It has ended: somebody was first. Facts: case, staff, state, time."""


claims = Table(
    "claims",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("request_key", String(300), nullable=False, unique=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("unit_id", BigId, ForeignKey("units.id"), nullable=False),
    Column("grant_id", BigId, ForeignKey("grants.id"), nullable=False),  # of the code that is complained of
    Column("customer_id", BigId, ForeignKey("customers.id"), nullable=False),
    Column("buyer", String(160), ForeignKey("people.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("evidence", Integer, nullable=False),  # how often the buyer has sent some
    Column("appealed", Boolean, nullable=False),  # a person was asked for after the shop alone had refused
    Column("opened_at", UTC, nullable=False),
    Column("due_at", UTC),
    Column("ended_at", UTC),
    Column("decided_by", String(160)),
    Column("reason", String(20)),
    CheckConstraint(f"kind IN ({one_of(Kind)})", name="kind"),
    CheckConstraint(f"state IN ({one_of(State)})", name="state"),
    CheckConstraint(f"reason IN ({one_of(Why)})", name="reason"),
    CheckConstraint(f"(state IN ({one_of(GOING_ON)})) = (due_at IS NOT NULL)", name="due"),
    CheckConstraint("(due_at IS NULL) = (ended_at IS NOT NULL)", name="ended"),
    CheckConstraint("(ended_at IS NULL) = (decided_by IS NULL)", name="decided"),
    CheckConstraint("state != 'refused' OR reason IS NOT NULL", name="refused"),
    Index("uq_claims_unit_id_going_on", "unit_id", unique=True, sqlite_where=GOES_ON, postgresql_where=GOES_ON),
    Index(
        "uq_claims_grant_id_replaced",
        "grant_id",
        unique=True,
        sqlite_where=text("state = 'replaced'"),
        postgresql_where=text("state = 'replaced'"),
    ),
    Index("ix_claims_due_at", "due_at", sqlite_where=GOES_ON, postgresql_where=GOES_ON),
    Index("ix_claims_customer_id", "customer_id", "opened_at"),
    Index("ix_claims_order_id", "order_id"),
    Index("ix_claims_unit_id", "unit_id"),
)
claim_notes = Table(  # what was written about one, both ways: sealed with all other notes
    "claim_notes",
    metadata,
    Column("note_id", BigId, ForeignKey("notes.id"), primary_key=True),
    Column("claim_id", BigId, ForeignKey("claims.id"), nullable=False),
    Index("ix_claim_notes_claim_id", "claim_id", "note_id"),
)
supplier_claims = Table(  # what is to be claimed of the supplier in turn
    "supplier_claims",
    metadata,
    Column("claim_id", BigId, ForeignKey("claims.id"), primary_key=True),
    Column("purchase_id", BigId, ForeignKey("purchases.id"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened_at", UTC, nullable=False),
    Column("decided_at", UTC),
    Column("decided_by", String(160)),
    CheckConstraint("state IN ('open', 'accepted', 'refused')", name="state"),
    CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    Index("ix_supplier_claims_purchase_id", "purchase_id"),
)


@dataclass(frozen=True)
class Claim:
    id: int
    number: str
    order: int
    unit: int
    grant: int
    customer: int
    buyer: str
    kind: Kind
    state: State
    version: int
    evidence: int
    appealed: bool
    opened_at: datetime
    due_at: datetime | None = None
    ended_at: datetime | None = None
    decided_by: str | None = None
    reason: Why | None = None

    @property
    def goes_on(self) -> bool:
        return self.state in GOING_ON


ONE = select(claims).where(claims.c.id == bindparam("claim"))
BY_NUMBER = select(claims).where(claims.c.number == bindparam("named"))
BY_KEY = select(claims).where(claims.c.request_key == bindparam("by_key"))
OF_UNIT = select(claims).where(claims.c.unit_id == bindparam("unit")).order_by(claims.c.id)
OF_ORDER = select(claims).where(claims.c.order_id == bindparam("order")).order_by(claims.c.id.desc())
OF_CUSTOMER = (
    select(claims)
    .where(claims.c.customer_id == bindparam("customer"))
    .order_by(claims.c.id.desc())
    .limit(bindparam("most"))
)
LATELY = select(func.count()).where(
    claims.c.customer_id == bindparam("customer"), claims.c.opened_at > bindparam("after")
)
AT_ONCE = select(func.count()).where(claims.c.customer_id == bindparam("customer"), claims.c.state.in_(GOING_ON))
WAITING = select(claims).where(GOES_ON).order_by(claims.c.due_at, claims.c.id).limit(bindparam("most"))
IN_REVIEW = select(claims).where(claims.c.state == State.IN_REVIEW).order_by(claims.c.due_at, claims.c.id)
OVERDUE = (
    select(claims.c.id)
    .where(GOES_ON, claims.c.due_at <= bindparam("now"))
    .order_by(claims.c.due_at)
    .limit(bindparam("most"))
)
REPORTED = (  # by others, of whom each had the same code
    select(func.count(func.distinct(claims.c.customer_id)))
    .join(inventory.grants, inventory.grants.c.id == claims.c.grant_id)
    .where(
        inventory.grants.c.code_id == bindparam("code"),
        claims.c.customer_id != bindparam("customer"),
        claims.c.kind.in_((Kind.INVALID, Kind.USED)),
    )
)
ADD = insert(claims)
WAIT = (  # for whom, and until when
    update(claims)
    .where(claims.c.id == bindparam("claim"), claims.c.state.in_(GOING_ON))
    .values(state=bindparam("becomes"), due_at=bindparam("due"), version=claims.c.version + 1)
)
COUNT = (
    update(claims)
    .where(claims.c.id == bindparam("claim"), claims.c.state.in_(GOING_ON))
    .values(evidence=claims.c.evidence + 1)
)
END = (
    update(claims)
    .where(claims.c.id == bindparam("claim"), claims.c.state.in_(GOING_ON))
    .values(
        state=bindparam("becomes"),
        due_at=None,
        ended_at=bindparam("now"),
        decided_by=bindparam("by"),
        reason=bindparam("why"),
        version=claims.c.version + 1,
    )
)
APPEAL = (
    update(claims)
    .where(claims.c.id == bindparam("claim"), claims.c.state == State.REFUSED, claims.c.appealed.is_(False))
    .values(
        state=State.IN_REVIEW,
        due_at=bindparam("due"),
        ended_at=None,
        decided_by=None,
        reason=None,
        appealed=True,
        version=claims.c.version + 1,
    )
)
WROTE = insert_new(claim_notes).on_conflict_do_nothing()
NOTES = (
    select(enquiries.notes.c.id, enquiries.notes.c.author, enquiries.notes.c.at)
    .join(claim_notes, claim_notes.c.note_id == enquiries.notes.c.id)
    .where(claim_notes.c.claim_id == bindparam("claim"))
    .order_by(enquiries.notes.c.id.desc())
    .limit(bindparam("most"))
)
TAKE_UP = insert_new(supplier_claims).on_conflict_do_nothing(index_elements=["claim_id"])
TAKEN_UP = select(supplier_claims).where(supplier_claims.c.claim_id == bindparam("claim"))
AT_SUPPLIERS = (
    select(claims, purchases.purchases.c.supplier, purchases.purchases.c.reference)
    .join(supplier_claims, supplier_claims.c.claim_id == claims.c.id)
    .join(purchases.purchases, purchases.purchases.c.id == supplier_claims.c.purchase_id)
    .where(supplier_claims.c.state == "open")
    .order_by(claims.c.id)
    .limit(bindparam("most"))
)
RULED = (
    update(supplier_claims)
    .where(supplier_claims.c.claim_id == bindparam("claim"), supplier_claims.c.state == "open")
    .values(state=bindparam("becomes"), decided_at=bindparam("now"), decided_by=bindparam("by"))
)


def _claim(row: AnyRow) -> Claim:
    return Claim(
        id=row.id,
        number=row.number,
        order=row.order_id,
        unit=row.unit_id,
        grant=row.grant_id,
        customer=row.customer_id,
        buyer=row.buyer,
        kind=Kind(row.kind),
        state=State(row.state),
        version=row.version,
        evidence=row.evidence,
        appealed=row.appealed,
        opened_at=row.opened_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        decided_by=row.decided_by,
        reason=Why(row.reason) if row.reason else None,
    )


def get(tx: Tx, claim: int) -> Claim:
    """Raises LookupError."""
    return _claim(tx.one(ONE, claim=claim))


def numbered(tx: Tx, number: str) -> Claim:
    """Any claim by the number that people say: for staff. Raises UnknownClaim."""
    row = tx.first(BY_NUMBER, named=number.strip().upper())
    if row is None:
        raise UnknownClaim()
    return _claim(row)


def own(tx: Tx, number: str, customer: int, person: str) -> Claim:
    """A person's own claim. Raises UnknownClaim for others', the same as for none."""
    found = numbered(tx, number)
    if customer != found.customer and person != found.buyer:
        raise UnknownClaim()
    return found


def by_key(tx: Tx, key: str) -> Claim | None:
    """What this request has opened before."""
    row = tx.first(BY_KEY, by_key=key)
    return _claim(row) if row else None


def of_unit(tx: Tx, unit: int) -> list[Claim]:
    """Every claim about a unit, the first one first."""
    return [_claim(row) for row in tx.all(OF_UNIT, unit=unit)]


def going_on(tx: Tx, unit: int) -> Claim | None:
    return next((claim for claim in of_unit(tx, unit) if claim.goes_on), None)


def answered(tx: Tx, claim: Claim) -> bool:
    """Whether another claim about the same code had its answer: a person refused it, or its price went back."""
    return any(one.id != claim.id and one.grant == claim.grant and _is_answer(one) for one in of_unit(tx, claim.unit))


def _is_answer(claim: Claim) -> bool:
    refused = claim.state is State.REFUSED and claim.decided_by not in ("shop", "clock")
    return refused or claim.state is State.REFUNDED


def of_order(tx: Tx, order: int) -> list[Claim]:
    """The newest first."""
    return [_claim(row) for row in tx.all(OF_ORDER, order=order)]


def of_customer(tx: Tx, customer: int, most: int) -> list[Claim]:
    """The newest first."""
    return [_claim(row) for row in tx.all(OF_CUSTOMER, customer=customer, most=most)]


def waiting(tx: Tx, most: int) -> list[Claim]:
    """Those that go on, the one whose time ends first in front."""
    return [_claim(row) for row in tx.all(WAITING, most=most)]


def overdue(tx: Tx, most: int) -> list[int]:
    """Those whose time is over."""
    return [row.id for row in tx.all(OVERDUE, now=tx.now, most=most)]


def at_once(tx: Tx, customer: int) -> int:
    """How many of a customer's go on."""
    return tx.value(AT_ONCE, customer=customer)


def lately(tx: Tx, customer: int) -> int:
    """How many a customer has opened within the days in which replacements are counted."""
    return tx.value(LATELY, customer=customer, after=tx.now - tx.rules.replaced_in)


def add(tx: Tx, key: str, unit: int, customer: int, buyer: str, kind: Kind, due: datetime, **about: Any) -> Claim:
    """A new one that is open. `about` is its order and its grant."""
    made = tx.insert(
        ADD,
        number=f"C-{tx.ids.number()}",
        request_key=key,
        unit_id=unit,
        customer_id=customer,
        buyer=buyer,
        kind=kind,
        state=State.OPEN,
        version=1,
        evidence=0,
        appealed=False,
        opened_at=tx.now,
        due_at=due,
        **about,
    )
    return get(tx, made)


def wait(tx: Tx, claim: Claim, becomes: State, due: datetime) -> bool:
    """It waits for the buyer (open) or for staff (in review), until then. False if it has ended."""
    return bool(tx.changed(WAIT, claim=claim.id, becomes=becomes, due=due))


def end(tx: Tx, claim: Claim, becomes: State, by: str, why: Why | None = None) -> bool:
    """It ends like this. False if it has ended before."""
    return bool(tx.changed(END, claim=claim.id, becomes=becomes, now=tx.now, by=by, why=why))


def appeal(tx: Tx, claim: Claim, due: datetime) -> bool:
    """Refused becomes in review, once. False otherwise."""
    return bool(tx.changed(APPEAL, claim=claim.id, due=due))


def is_of_its_code(tx: Tx, claim: Claim) -> bool:
    """Whether the unit still has the code that is complained of: what was replaced since has had its answer."""
    return tx.one(inventory.LIVE_GRANT, unit=claim.unit).id == claim.grant


def wrote(tx: Tx, claim: Claim, note: int) -> bool:
    """The note belongs to it. False for a repeat."""
    return bool(tx.changed(WROTE, note_id=note, claim_id=claim.id))


def sent_evidence(tx: Tx, claim: Claim) -> None:
    """The buyer has sent something that shows it."""
    tx.changed(COUNT, claim=claim.id)


def written(tx: Tx, claim: Claim, most: int) -> list[AnyRow]:
    """What was written last about it: id, author, at. The newest first."""
    return tx.all(NOTES, claim=claim.id, most=most)


def reported(tx: Tx, code: int, customer: int) -> int:
    """How many other customers have complained of the same code."""
    return tx.value(REPORTED, code=code, customer=customer)


# Of the supplier in turn


def take_up(tx: Tx, claim: Claim) -> None:
    """The code was bought: it is to be claimed of its supplier. A repeat, and what was not bought, changes nothing."""
    bought = [one for one in purchases.of_unit(tx, claim.unit) if one.state is purchases.Bought.CONFIRMED]
    if bought:
        tx.changed(TAKE_UP, claim_id=claim.id, purchase_id=bought[-1].id, state="open", opened_at=tx.now)


def verdict(tx: Tx, claim: Claim) -> str | None:
    """How it stands with the supplier: open, accepted, refused. None where nothing was claimed there."""
    row = tx.first(TAKEN_UP, claim=claim.id)
    return row.state if row else None


def at_suppliers(tx: Tx, most: int) -> list[tuple[Claim, str, str]]:
    """Those no supplier has decided on yet, with its name and the purchase's reference, the oldest first."""
    return [(_claim(row), row.supplier, row.reference) for row in tx.all(AT_SUPPLIERS, most=most)]


def ruled(tx: Tx, claim: Claim, becomes: str, by: str) -> bool:
    """The supplier has accepted or refused. False if that was written down before, or nothing was claimed there."""
    return bool(tx.changed(RULED, claim=claim.id, becomes=becomes, now=tx.now, by=by))


def order_of(tx: Tx, claim: Claim) -> orders.Order:
    return orders.get(tx, claim.order)
