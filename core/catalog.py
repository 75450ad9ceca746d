"""What is sold: categories, brands, and their products by region and face value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    and_,
    bindparam,
    or_,
    select,
)

from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Local
from core.ground.money import Money


class StockKind(StrEnum):
    UNIQUE = "unique"  # one code, one buyer
    SHARED = "shared"  # one code, max_uses buyers
    ON_DEMAND = "on_demand"  # bought from a supplier when it is paid for
    BY_HAND = "by_hand"  # staff fulfil it within a due time
    BUNDLE = "bundle"  # several products in one, all set aside or none


def made_by_staff(kind: str, supplier: str | None) -> bool:
    """By hand, and on demand as long as there is no supplier to buy from."""
    return kind == StockKind.BY_HAND or (kind == StockKind.ON_DEMAND and supplier is None)


class UnknownProduct(ShopError):
    """No product of that name is shown to buyers."""


class NotOnSale(ShopError):
    """The product exists and may not be bought now. Facts: product."""


categories = Table(
    "categories",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("slug", String(60), nullable=False, unique=True),
    Column("names", Json, nullable=False),
    Column("position", Integer, nullable=False),
)
brands = Table(
    "brands",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("slug", String(60), nullable=False, unique=True),
    Column("category_id", BigId, ForeignKey("categories.id"), nullable=False),
    Column("names", Json, nullable=False),
    Column("position", Integer, nullable=False),
    Column("picture", String(40)),  # its logo, a file in the folder of pictures; null = none
)
products = Table(
    "products",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("slug", String(60), nullable=False, unique=True),
    Column("brand_id", BigId, ForeignKey("brands.id"), nullable=False),
    Column("names", Json, nullable=False),
    Column("region", String(20), nullable=False),  # "US", "HK", "global": its name is a sentence, region-us
    Column("face_value", String(40), nullable=False),
    Column("noun", String(20), nullable=False),  # code, card, membership, topup: the buyer's word for it
    Column("measure", String(10), nullable=False),  # zhang, ge, fen: the Chinese measure word
    Column("kind", String(10), nullable=False),
    Column("on_sale", Boolean, nullable=False),
    Column("most_per_order", Integer, nullable=False),
    Column("most_per_buyer", Integer),  # units ever; null = no limit
    Column("after_sale_days", Integer, nullable=False),
    Column("hand_minutes", Integer),  # by hand: fulfilled within; null = the shop's rule
    Column("redeem_url", String(300), nullable=False),
    Column("form", Json, nullable=False),  # what to ask of the buyer: [{name, label, pattern}]
    Column("position", Integer, nullable=False),
    Column("shortage", Json, nullable=False),  # of wait, substitute: what its buyer may choose once it is gone
    Column("substitute_id", BigId, ForeignKey("products.id")),  # what may be offered in its place
    Column("together", Boolean, nullable=False),  # a bundle: nothing is handed over until everything can be
    Column("frozen_at", UTC),  # an invariant did not hold for it: it is not sold until a person has looked
    Column("frozen_why", String(300)),
    Column("supplier", String(40)),  # on demand: whom it is bought from; null = staff make it
    Column("sku", String(120)),  # what the supplier calls it; null = the same as we
    Column("picture", String(40)),  # a file in the folder of pictures, by name; null = none
    Column("goods", String(10), nullable=False, server_default="digital"),  # what it is redeemed for: digital, physical
    Column("resale", String(10), nullable=False, server_default="normal"),  # how easily it is turned into money
    Column("delivery_text", Json, nullable=False, server_default="{}"),  # said with its codes, by language
    Column("reminders", Json, nullable=False, server_default="[]"),  # said with its codes: core/delivery_texts.py
    Column("version", Integer, nullable=False, server_default="1"),  # one more with each edit
    Column("edited_by", String(160)),  # who was last, as staff know them
    Column("edited_at", UTC),
    Column("made_with", String(300)),  # the event it was made in
    CheckConstraint("kind IN ('unique', 'shared', 'on_demand', 'by_hand', 'bundle')", name="kind"),
    CheckConstraint("most_per_order BETWEEN 1 AND 1000", name="most_per_order"),
    CheckConstraint("most_per_buyer IS NULL OR most_per_buyer > 0", name="most_per_buyer"),
    Index("ix_products_made_with", "made_with", unique=True),
)
bundle_items = Table(
    "bundle_items",
    metadata,
    Column("bundle_id", BigId, ForeignKey("products.id"), primary_key=True),
    Column("product_id", BigId, ForeignKey("products.id"), primary_key=True),
    Column("quantity", Integer, nullable=False),  # in one bundle
    Column("position", Integer, nullable=False),
    CheckConstraint("quantity BETWEEN 1 AND 100", name="quantity"),
    CheckConstraint("bundle_id <> product_id", name="other"),
)
prices = Table(
    "prices",
    metadata,
    Column("product_id", BigId, ForeignKey("products.id"), primary_key=True),
    Column("currency", String(10), primary_key=True),
    Column("from_quantity", Integer, primary_key=True),
    Column("unit_price", BigId, nullable=False),  # minor units
    CheckConstraint("from_quantity >= 1", name="from_quantity"),
    CheckConstraint("unit_price >= 0", name="unit_price"),
)


@dataclass(frozen=True)
class Category:
    id: int
    slug: str
    name: Local


@dataclass(frozen=True)
class Brand:
    id: int
    slug: str
    name: Local
    category: str


@dataclass(frozen=True)
class FormField:
    """Something a product must know of its buyer, e.g. the account to top up."""

    name: str
    label: Local
    pattern: str = r".{1,100}"


@dataclass(frozen=True)
class Product:
    id: int
    slug: str
    brand: str
    name: Local
    region: str
    face_value: str
    noun: str
    measure: str
    kind: StockKind
    on_sale: bool
    most_per_order: int
    most_per_buyer: int | None
    after_sale_days: int
    hand_within: timedelta | None
    redeem_url: str
    shortage: tuple[str, ...] = ()
    substitute: int | None = None
    together: bool = True
    frozen: bool = False
    form: tuple[FormField, ...] = ()
    prices: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # currency: (from, unit price)...
    supplier: str | None = None  # as in suppliers/__init__.py
    sku: str | None = None
    picture: str | None = None  # a file's name, as core/pictures.py makes them
    goods: str = "digital"  # or physical: a platform's terms may say how each is to be paid for
    resale: str = "normal"  # or low, high: how easily it is turned into money
    delivery_text: Local = Local({})  # said with its codes
    reminders: tuple[str, ...] = ()  # as in core/delivery_texts.py
    version: int = 1
    brand_id: int = 0
    brand_name: Local = Local({})
    logo: str | None = None  # the picture of its brand
    switched_on: bool = True  # by staff; a product that is frozen is not on sale all the same

    @property
    def made_by_staff(self) -> bool:
        return made_by_staff(self.kind, self.supplier)

    @property
    def is_bought(self) -> bool:
        """Whether what is not in stock is bought from a supplier when it is paid for."""
        return self.kind is StockKind.ON_DEMAND and self.supplier is not None

    @property
    def made_to_order(self) -> bool:
        """Nothing of it lies in stock: staff make it, or a supplier sells it to us, when it is paid for."""
        return self.kind in (StockKind.BY_HAND, StockKind.ON_DEMAND)

    @property
    def steps(self) -> dict[str, dict[int, int]]:
        """Its prices as core/catalog_changes.py takes them."""
        return {currency: dict(steps) for currency, steps in self.prices.items()}

    def price(self, quantity: int, currency: str) -> Money | None:
        """The unit price when buying so many; None where the product has no price in that currency."""
        steps = [price for least, price in self.prices.get(currency, ()) if least <= quantity]
        return Money(steps[-1], currency) if steps else None


SELLING = and_(products.c.on_sale, products.c.frozen_at.is_(None))
SHELF = (
    select(categories.c.id, categories.c.slug, categories.c.names)
    .where(
        categories.c.id.in_(
            select(brands.c.category_id).join(products, products.c.brand_id == brands.c.id).where(SELLING)
        )
    )
    .order_by(categories.c.position, categories.c.id)
)
BRANDS = (
    select(brands.c.id, brands.c.slug, brands.c.names, categories.c.slug)
    .join(categories)
    .where(brands.c.id.in_(select(products.c.brand_id).where(SELLING)))
    .order_by(categories.c.position, brands.c.position, brands.c.id)
)
# In one statement, though what is the product's comes with each of its prices: they are few, and a question is dear.
PRICED = (
    select(
        products,
        brands.c.slug.label("brand"),
        brands.c.names.label("brand_names"),
        brands.c.picture.label("logo"),
        prices.c.currency,
        prices.c.from_quantity,
        prices.c.unit_price,
    )
    .join(brands)
    .outerjoin(prices, prices.c.product_id == products.c.id)
)
STEPS = (products.c.id, prices.c.currency, prices.c.from_quantity)
PRODUCTS = PRICED.order_by(products.c.position, *STEPS)
OF_BRAND = PRODUCTS.where(brands.c.slug == bindparam("brand_slug"), SELLING)
ALL = PRICED.order_by(brands.c.position, products.c.position, *STEPS)
NAMES = (  # without their prices: to look through all of them takes a tenth of the time
    select(products.c.slug, products.c.names, products.c.face_value, brands.c.names.label("brand"))
    .join(brands)
    .where(SELLING)
    .order_by(brands.c.position, products.c.position, products.c.id)
)
nearest = products.alias("nearest")
SOME = PRICED.where(  # a page of products, and not of rows: each comes with all its prices
    products.c.id.in_(
        select(nearest.c.id)
        .where(
            nearest.c.id > bindparam("after"),
            or_(
                bindparam("brand_slug") == "",
                nearest.c.brand_id
                == select(brands.c.id).where(brands.c.slug == bindparam("brand_slug")).scalar_subquery(),
            ),
        )
        .order_by(nearest.c.id)
        .limit(bindparam("most"))
    )
).order_by(*STEPS)
THESE = PRODUCTS.where(products.c.slug.in_(bindparam("slugs", expanding=True)))
BY_SLUG = PRODUCTS.where(products.c.slug == bindparam("product_slug"))
BY_ID = PRODUCTS.where(products.c.id == bindparam("product"))
PARTS = (
    select(bundle_items.c.product_id, bundle_items.c.quantity)
    .where(bundle_items.c.bundle_id == bindparam("bundle"))
    .order_by(bundle_items.c.position, bundle_items.c.product_id)
)
AFTER_SALE = select(products.c.after_sale_days).where(SELLING).distinct()
BRAND_SLUG = select(brands.c.slug).where(brands.c.id == bindparam("brand"))
IS_SLUG = select(products.c.id).where(products.c.slug == bindparam("product_slug"))
EVERY_CATEGORY = select(categories.c.id, categories.c.slug, categories.c.names).order_by(
    categories.c.position, categories.c.id
)
EVERY_BRAND = (
    select(brands.c.id, brands.c.slug, brands.c.names, categories.c.slug)
    .join(categories)
    .order_by(categories.c.position, brands.c.position, brands.c.id)
)


def on_sale(tx: Tx) -> list[Brand]:
    """Every brand with something on sale, in the order of the shelf."""
    return [Brand(row[0], row[1], Local(row[2]), row[3]) for row in tx.all(BRANDS)]


def shelf(tx: Tx) -> list[Category]:
    """Every category with something on sale."""
    return [Category(row[0], row[1], Local(row[2])) for row in tx.all(SHELF)]


def of_brand(tx: Tx, slug: str) -> list[Product]:
    """A brand's products on sale, by position."""
    return _products(tx.all(OF_BRAND, brand_slug=slug))


def everything(tx: Tx) -> list[Product]:
    """All products, also those not on sale: for staff."""
    return _products(tx.all(ALL))


def some(tx: Tx, after: int, most: int, brand: str = "") -> list[Product]:
    """All products, or a brand's, by their numbers: so many after that one. For going through them bit by bit."""
    return _products(tx.all(SOME, after=after, most=most, brand_slug=brand))


def find(tx: Tx, wanted: Sequence[str]) -> list[str]:
    """The slugs of products on sale whose name, brand or face value has each of these folded words, in any language."""
    found = []
    for row in tx.all(NAMES):
        about = " ".join((*row.names.values(), *row.brand.values(), row.face_value)).casefold()
        if all(word in about for word in wanted):
            found.append(row.slug)
    return found


def these(tx: Tx, slugs: Sequence[str]) -> list[Product]:
    """The products of these slugs, in their order."""
    order = {slug: at for at, slug in enumerate(slugs)}
    return sorted(_products(tx.all(THESE, slugs=list(slugs))), key=lambda product: order[product.slug])


def product(tx: Tx, slug: str) -> Product:
    """The product of that name. Raises UnknownProduct."""
    found = _products(tx.all(BY_SLUG, product_slug=slug))
    if not found:
        raise UnknownProduct()
    return found[0]


def is_slug(tx: Tx, slug: str) -> bool:
    """Whether some product has this short name."""
    return tx.first(IS_SLUG, product_slug=slug) is not None


def by_id(tx: Tx, product_id: int) -> Product:
    return _products(tx.all(BY_ID, product=product_id))[0]


def all_categories(tx: Tx) -> list[Category]:
    """Every category, also one with nothing on sale: for staff."""
    return [Category(row[0], row[1], Local(row[2])) for row in tx.all(EVERY_CATEGORY)]


def all_brands(tx: Tx) -> list[Brand]:
    """Every brand, also one with nothing on sale: for staff."""
    return [Brand(row[0], row[1], Local(row[2]), row[3]) for row in tx.all(EVERY_BRAND)]


def brand_slug(tx: Tx, brand: int) -> str:
    return tx.one(BRAND_SLUG, brand=brand).slug


def after_sale_days(tx: Tx) -> int | None:
    """For how long after delivery we look into a code, in days; None where it is not the same for all that is sold."""
    found = [row[0] for row in tx.all(AFTER_SALE)]
    return found[0] if len(found) == 1 else None


def parts(tx: Tx, bundle: Product) -> list[tuple[Product, int]]:
    """What is in a bundle, and how many of each."""
    return [(by_id(tx, row.product_id), row.quantity) for row in tx.all(PARTS, bundle=bundle.id)]


def _products(rows: list[Row[Any]]) -> list[Product]:
    steps: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for row in rows:
        by_currency = steps.setdefault(row.id, {})
        if row.currency is not None:
            by_currency.setdefault(row.currency, []).append((row.from_quantity, row.unit_price))
    return [
        Product(
            id=row.id,
            slug=row.slug,
            brand=row.brand,
            name=Local(row.names),
            region=row.region,
            face_value=row.face_value,
            noun=row.noun,
            measure=row.measure,
            kind=StockKind(row.kind),
            on_sale=row.on_sale and row.frozen_at is None,
            most_per_order=row.most_per_order,
            most_per_buyer=row.most_per_buyer,
            after_sale_days=row.after_sale_days,
            hand_within=None if row.hand_minutes is None else timedelta(minutes=row.hand_minutes),
            redeem_url=row.redeem_url,
            shortage=tuple(row.shortage),
            substitute=row.substitute_id,
            together=row.together,
            frozen=row.frozen_at is not None,
            form=tuple(FormField(f["name"], Local(f["label"]), f.get("pattern", r".{1,100}")) for f in row.form),
            prices={currency: tuple(found) for currency, found in steps.get(row.id, {}).items()},
            supplier=row.supplier,
            sku=row.sku,
            picture=row.picture,
            goods=row.goods,
            resale=row.resale,
            delivery_text=Local(row.delivery_text),
            reminders=tuple(row.reminders),
            version=row.version,
            brand_id=row.brand_id,
            brand_name=Local(row.brand_names),
            logo=row.logo,
            switched_on=row.on_sale,
        )
        for row in {row.id: row for row in rows}.values()
    ]
