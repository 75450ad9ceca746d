"""What is known of a code's redemption: by whom it was told, and when. What nobody has told is not known, never "no".

Redeeming happens at the brand, not with us. It is told by the seller, where the shop itself issued the code and honours
it; by an issuer or a supplier by contract; and by the buyer. Each is kept beside the others, and none is ever a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import catalog, enquiries, inventory, order_events, staff, staffcards, units
from core.authority import Right
from core.catalog import Product
from core.ground import audit
from core.ground.columns import UTC, BigId, Sealed, metadata, whole
from core.ground.db import Tx
from core.ground.messages import Local, Words
from core.ground.vault import Secret
from core.inventory import codes, grants
from core.orders import one_of
from core.units import UnitState

OURS = "shop"  # the issuer of what the shop itself honours
LONGEST = 100  # characters of a place


class Source(StrEnum):
    SELLER = "seller"  # honoured over our own counter
    ISSUER = "issuer"  # told by whoever issued or sold it to us, by contract
    BUYER = "buyer"  # their own word


issuers = Table(  # who can tell of a product's codes that they were redeemed; no row: nobody
    "issuers",
    metadata,
    Column("product_id", BigId, ForeignKey("products.id"), primary_key=True),
    Column("name", String(40), nullable=False),  # OURS, or as in suppliers/__init__.py
)
redemptions = Table(
    "redemptions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("unit_id", BigId, ForeignKey("units.id"), nullable=False),
    Column("code_id", BigId, ForeignKey("codes.id"), nullable=False),  # a unit whose code is replaced has another
    Column("source", String(8), nullable=False),
    Column("told_by", String(160), nullable=False),
    Column("told_at", UTC, nullable=False),
    Column("key", String(300), nullable=False),  # the event in which it was told
    Column("used_at", UTC),  # when it was redeemed, where that was told
    Column("place", Sealed),  # where, in a buyer's words
    Column("consent_at", UTC),  # since when the buyer lets us keep both; null: not, or not any more
    UniqueConstraint("unit_id", "code_id", "source"),
    CheckConstraint(f"source IN ({one_of(Source)})", name="source"),
    CheckConstraint("source = 'buyer' OR (place IS NULL AND consent_at IS NULL)", name="asked"),
    CheckConstraint("source <> 'buyer' OR consent_at IS NOT NULL OR (place IS NULL AND used_at IS NULL)", name="let"),
    Index("ix_redemptions_code_id", "code_id"),
)


@dataclass(frozen=True)
class Redemption:
    """Somebody told of a code that it was redeemed."""

    id: int
    unit: int
    source: Source
    at: datetime  # when it was redeemed, where that was told; else when we were told
    by: str  # a colleague's or a buyer's account, or the issuer's name
    key: str
    consented: bool = False  # the buyer lets us keep when and where
    with_place: bool = False
    dated: bool = True  # `at` is when it was redeemed, as far as whoever told knows


@dataclass(frozen=True)
class Rate:
    """What is known of a product's codes that were sent: of how many anybody could tell, and what they told."""

    name: Local | Words
    delivered: int
    signal: int  # of these somebody can tell whether they were redeemed
    redeemed: int  # and told that they were
    told: int  # buyers said so: never a rate, for those for whom it didn't work say nothing here

    @property
    def percent(self) -> int | None:
        """Of those with a signal; None, and not 0, where there is none."""
        return round(100 * self.redeemed / self.signal) if self.signal else None

    @property
    def coverage(self) -> int:
        """How many in a hundred have a signal."""
        return round(100 * self.signal / self.delivered) if self.delivered else 0


KNOWN = (  # of the codes the units have now
    select(redemptions)
    .join(
        grants,
        and_(
            grants.c.unit_id == redemptions.c.unit_id,
            grants.c.code_id == redemptions.c.code_id,
            grants.c.superseded_by.is_(None),
        ),
    )
    .where(redemptions.c.unit_id.in_(bindparam("units", expanding=True)))
    .order_by(redemptions.c.id)
)
TELL = insert(redemptions).on_conflict_do_nothing(index_elements=["unit_id", "code_id", "source"])
THE_BUYERS = and_(redemptions.c.unit_id == bindparam("unit"), redemptions.c.source == Source.BUYER)
LET = (
    update(redemptions)
    .where(THE_BUYERS, redemptions.c.code_id == bindparam("code"), redemptions.c.consent_at.is_(None))
    .values(consent_at=bindparam("now"), used_at=redemptions.c.told_at, place=bindparam("where_it_was"))
)
FORGET = (
    update(redemptions)
    .where(THE_BUYERS, redemptions.c.consent_at.is_not(None))
    .values(consent_at=None, used_at=None, place=None)
)
PLACE = select(redemptions.c.unit_id, redemptions.c.code_id, redemptions.c.place).where(
    redemptions.c.id == bindparam("redemption")
)
ISSUER = select(issuers.c.name).where(issuers.c.product_id == bindparam("product"))
NEW_ISSUER = insert(issuers)
SET_ISSUER = NEW_ISSUER.on_conflict_do_update(index_elements=["product_id"], set_={"name": NEW_ISSUER.excluded.name})
NO_ISSUER = issuers.delete().where(issuers.c.product_id == bindparam("product"))
_of_code = and_(redemptions.c.unit_id == grants.c.unit_id, redemptions.c.code_id == grants.c.code_id)
SENT = (  # by product, of what was sent: how many, and of how many what was told by whom
    select(
        codes.c.product_id,
        func.count().label("delivered"),
        func.count(issuers.c.name).label("signal"),
        whole(
            func.sum(
                case(
                    (
                        and_(
                            issuers.c.name.is_not(None),
                            exists().where(_of_code, redemptions.c.source.in_((Source.SELLER, Source.ISSUER))),
                        ),
                        1,
                    ),
                    else_=0,
                )
            )
        ).label("redeemed"),
        whole(func.sum(case((exists().where(_of_code, redemptions.c.source == Source.BUYER), 1), else_=0))).label(
            "told"
        ),
    )
    .select_from(units.units)
    .join(grants, and_(grants.c.unit_id == units.units.c.id, grants.c.superseded_by.is_(None)))
    .join(codes, codes.c.id == grants.c.code_id)
    .outerjoin(issuers, issuers.c.product_id == codes.c.product_id)
    .where(units.units.c.state == UnitState.SENT)
    .group_by(codes.c.product_id)
    .order_by(codes.c.product_id)
)
HOLDERS = (  # who has a code of ours now
    select(grants.c.unit_id, grants.c.code_id, units.units.c.order_id, codes.c.product_id)
    .join(codes, codes.c.id == grants.c.code_id)
    .join(units.units, units.units.c.id == grants.c.unit_id)
    .where(codes.c.fingerprint == bindparam("print"), grants.c.superseded_by.is_(None))
    .order_by(grants.c.id)
)


def known(tx: Tx, unit: int) -> tuple[Redemption, ...]:
    """What was told of the code that the unit has now, in the order it was told. Empty: not known, either way."""
    return known_of(tx, [unit]).get(unit, ())


def known_of(tx: Tx, units: Sequence[int]) -> dict[int, tuple[Redemption, ...]]:
    """As known(), by unit; those of which nothing is known are left out."""
    found: dict[int, tuple[Redemption, ...]] = {}
    for row in tx.all(KNOWN, units=list(units)):
        one = Redemption(
            row.id,
            row.unit_id,
            Source(row.source),
            row.used_at or row.told_at,
            row.told_by,
            row.key,
            row.consent_at is not None,
            row.place is not None,
            dated=row.used_at is not None or row.source == Source.SELLER,  # who honoured it just then
        )
        found[row.unit_id] = (*found.get(row.unit_id, ()), one)
    return found


def tell(
    tx: Tx, order: int, unit: int, code: int, source: Source, by: str, key: str, used_at: datetime | None = None
) -> bool:
    """Somebody tells that the unit's code was redeemed. False if that source has told it before."""
    told = {"told_by": by, "told_at": tx.now, "key": key, "used_at": used_at}
    if not tx.changed(TELL, unit_id=unit, code_id=code, source=source, place=None, consent_at=None, **told):
        return False
    actor = "shop" if source is Source.ISSUER else by
    order_events.record(tx, order, "redeemed", actor, unit=unit, source=source.value)
    return True


# When and where, as a buyer lets us keep it


def bound_to(unit: int, code: int) -> str:
    """What a sealed place is bound to."""
    return f"place of code {code} of unit {unit}"


def let(tx: Tx, unit: int, place: str) -> bool:
    """The buyer lets us keep when it was and where. False where they have not told of it, or had let us before."""
    code = inventory.granted_codes(tx, [unit]).get(unit)
    if code is None:
        return False
    said = enquiries.covered(Secret(place[:LONGEST]))  # people write their code where they are asked for a place
    sealed = tx.vault.seal(said, bound_to(unit, code))
    return bool(tx.changed(LET, unit=unit, code=code, now=tx.now, where_it_was=sealed))


def forget(tx: Tx, unit: int) -> bool:
    """The buyer takes that back: when and where are erased, and only that it worked is left. False for a repeat."""
    return bool(tx.changed(FORGET, unit=unit))


def place(tx: Tx, redemption: int) -> str | None:
    """Where it was, in the buyer's words; None where that is not kept (any more)."""
    row = tx.one(PLACE, redemption=redemption)
    return None if row.place is None else tx.vault.open(row.place, bound_to(row.unit_id, row.code_id)).reveal()


def rates(tx: Tx) -> list[Rate]:
    """Of each product of which anything was sent."""
    names = staffcards.told_apart(catalog.everything(tx))
    return [Rate(names[row.product_id], row.delivered, row.signal, row.redeemed, row.told) for row in tx.all(SENT)]


# Who can tell


def issuer(tx: Tx, product: int) -> str | None:
    """Who tells of a product's codes that they were redeemed: OURS, or a contracted party by name. None: nobody."""
    return tx.value(ISSUER, product=product)


def set_issuer(tx: Tx, product: Product, name: str | None, by: str) -> None:
    """From now on that one tells of it, or nobody. A repeat changes nothing. Raises NotStaff, NotAllowed."""
    staff.may(tx, by, Right.SHELF)
    if issuer(tx, product.id) == name:
        return
    if name is None:
        tx.changed(NO_ISSUER, product=product.id)
    else:
        tx.changed(SET_ISSUER, product_id=product.id, name=name[:40])
    audit.write(tx, by, "issuer", catalog.by_id(tx, product.id).slug, name=name or "none")
