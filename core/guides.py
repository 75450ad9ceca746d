"""Guides: how what was bought is redeemed, of a product or of all products of a brand, in each language.

Each saving is a version of its own, and the earlier ones stay. The newest counts; an empty one says that there is no
guide there any more. Of a product's own, its brand's for the region and its brand's for any, the first is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import catalog, guide_text, staff
from core.authority import Right
from core.catalog import Brand, Product
from core.ground import audit
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Local
from core.ground.rules import Rules

ANYWHERE = ""  # the region of what is for all of them

guides = Table(
    "guides",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("product_id", BigId, ForeignKey("products.id")),
    Column("brand_id", BigId, ForeignKey("brands.id")),
    Column("region", String(20), nullable=False, server_default=ANYWHERE),  # a brand's: for that region only
    Column("locale", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),  # Markdown; empty: none any more
    Column("by_whom", String(160), nullable=False),  # as staff know them
    Column("at", UTC, nullable=False),
    UniqueConstraint("product_id", "locale", "version"),
    UniqueConstraint("brand_id", "region", "locale", "version"),
    CheckConstraint("(product_id IS NULL) <> (brand_id IS NULL)", name="of_one"),
    CheckConstraint("product_id IS NULL OR region = ''", name="region"),
    CheckConstraint("version >= 1", name="version"),
)

newer = guides.alias("newer")
SAME = or_(
    newer.c.product_id == guides.c.product_id,
    and_(newer.c.brand_id == guides.c.brand_id, newer.c.region == guides.c.region),
)
NEWEST = select(guides).where(
    ~exists().where(SAME, newer.c.locale == guides.c.locale, newer.c.version > guides.c.version)
)
FOR_PRODUCT = NEWEST.where(
    or_(
        guides.c.product_id == bindparam("product"),
        and_(guides.c.brand_id == bindparam("brand"), guides.c.region.in_((ANYWHERE, bindparam("area")))),
    )
)
OF_PRODUCTS = NEWEST.where(guides.c.product_id.in_(bindparam("products", expanding=True)), guides.c.body != "")
OF_PLACE = select(guides).where(
    or_(guides.c.product_id == bindparam("product"), guides.c.brand_id == bindparam("brand")),
    guides.c.region == bindparam("area"),
    guides.c.locale == bindparam("language"),
)
HISTORY = OF_PLACE.order_by(guides.c.version.desc()).limit(bindparam("most"))
BODIES = select(guides.c.body).where(guides.c.body.like("%](%"))
KEEP = insert(guides).on_conflict_do_nothing()


class GuideEdited(ShopError):
    """Somebody else has saved another one since it was shown. Facts: who, time."""


@dataclass(frozen=True)
class Place:
    """What a guide is of: a product, or a brand in a region."""

    product: int | None = None
    brand: int | None = None
    region: str = ANYWHERE
    called: str = ""  # the slug, for the audit

    @classmethod
    def of(cls, about: Product | Brand, region: str = ANYWHERE) -> Place:
        if isinstance(about, Product):
            return cls(product=about.id, called=about.slug)
        return cls(brand=about.id, region=region, called=f"{about.slug} {region}".strip())


@dataclass(frozen=True)
class Written:
    """One version of a guide in one language. `version` 0: nobody has written one yet."""

    body: str = ""
    version: int = 0
    who: str = ""
    at: datetime | None = None


def address(rules: Rules, slug: str, locale: str) -> str | None:
    """The page of a product's guide; None where the shop has no pages."""
    site = rules.site or rules.address
    return f"{site}/guides/{slug}?lang={locale}" if site else None


def find(tx: Tx, product: Product) -> Local:
    """The guide of a product by language, of the nearest place that has any; empty where none has."""
    rows = tx.all(FOR_PRODUCT, product=product.id, brand=product.brand_id, area=product.region)
    nearest = [
        [row for row in rows if row.product_id is not None],
        [row for row in rows if row.brand_id is not None and row.region != ANYWHERE],
        [row for row in rows if row.brand_id is not None and row.region == ANYWHERE],
    ]
    found = ({row.locale: row.body for row in group if row.body} for group in nearest)
    return Local(next(filter(None, found), {}))


def with_guide(tx: Tx, slug: str) -> tuple[Product, Local]:
    """A product and how it is redeemed. Raises UnknownProduct."""
    product = catalog.product(tx, slug)
    return product, find(tx, product)


def own(tx: Tx, products: Sequence[int]) -> dict[int, dict[str, str]]:
    """Their own guides by language: {product: {"en": "..."}}; nothing for those without."""
    found: dict[int, dict[str, str]] = {}
    for row in tx.all(OF_PRODUCTS, products=list(products)):
        found.setdefault(row.product_id, {})[row.locale] = row.body
    return found


def there(tx: Tx, place: Place, locale: str) -> Written:
    """What stands in that place in that language, itself and no other's."""
    return next(iter(history(tx, place, locale, 1)), Written())


def history(tx: Tx, place: Place, locale: str, most: int = 20) -> list[Written]:
    """The versions of one guide, newest first."""
    rows = tx.all(HISTORY, product=place.product, brand=place.brand, area=place.region, language=locale, most=most)
    return [_written(row) for row in rows]


def _written(row: Row[Any]) -> Written:
    return Written(row.body, row.version, row.by_whom, row.at)


def pictures_known(tx: Tx) -> frozenset[str]:
    """The pictures that guides have had so far."""
    return frozenset(name for (body,) in tx.all(BODIES) for name in guide_text.names(body))


def save(
    tx: Tx, by: str, place: Place, locale: str, body: str, seen: int, pictures: Collection[str] | None = None
) -> int:
    """One version more, which counts from now on; returns its number. An empty body: there is none any more.

    `seen` is the version its writer saw. A repeat, and what changes nothing, is no version.
    Raises NotStaff, NotAllowed, NotTaken, GuideEdited.
    """
    who = staff.may(tx, by, Right.SHELF).name
    return save_by(tx, by, who, place, locale, body, seen, pictures)


def save_by(
    tx: Tx, by: str, who: str, place: Place, locale: str, body: str, seen: int, pictures: Collection[str] | None = None
) -> int:
    """As save, for whoever was asked already whether they may."""
    body = body.strip()
    if body:
        guide_text.read(body, pictures)
    now = there(tx, place, locale)
    if now.body == body:
        return now.version
    if now.version != seen or not put(tx, place, locale, body, who, seen + 1):
        now = there(tx, place, locale)
        raise GuideEdited(who=now.who or "-", time=now.at or tx.now)
    audit.write(tx, by, "write guide", place.called, language=locale, version=seen + 1, characters=len(body))
    return seen + 1


def put(tx: Tx, place: Place, locale: str, body: str, who: str, version: int = 1) -> bool:
    """Keep a version. False: somebody was first with that one."""
    about: dict[str, Any] = {"product_id": place.product, "brand_id": place.brand, "region": place.region}
    return bool(tx.changed(KEEP, **about, locale=locale, version=version, body=body, by_whom=who[:160], at=tx.now))


def replace_all(
    tx: Tx, by: str, who: str, product: Product, texts: Mapping[str, str], pictures: Collection[str] | None = None
) -> None:
    """The product's own guide in each of these languages is this, whatever stood there. Raises as save_by."""
    place = Place.of(product)
    for locale, body in texts.items():
        save_by(tx, by, who, place, locale, body, there(tx, place, locale).version, pictures)


def spoken(texts: Local, locale: str) -> tuple[str, str]:
    """The text for somebody of that language, and which language it is in."""
    body = texts.in_(locale)
    return body, next((name for name, text in texts.texts.items() if text == body), locale)
