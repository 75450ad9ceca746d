"""The catalogue as a table that people read and edit: a product a row, a column for each language and each currency.

A table and not YAML: who sells has a spreadsheet and knows it, sorts and fills columns there, and each wrong cell has
a row to be named by. What is in no column stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core import catalog, delivery_texts, guide_text, guides, product_fields, shelving, staff
from core.authority import Right
from core.catalog import Product, StockKind
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Words, words
from core.ground.words import LOCALES
from core.product_fields import LOCAL, LONGEST, SHORTAGES, NotTaken
from core.sheets import NoSheet, Sheet

PRICE = "price "
LOCAL_COLUMNS = {"name": "names", "guide": "guide", "delivery": "delivery_text"}  # in the file; in the table
GUIDE = "guide"  # in no column of the product's: core/guides.py keeps it
Own = Mapping[int, Mapping[str, str]]  # products' own guides by language
ONE = (
    "product",
    "category",
    "brand",
    "face",
    "region",
    "kind",
    "noun",
    "goods",
    "resale",
    "shelf",
    "order",
    "buyer",
    "days",
)
PLAIN = (*ONE, "redeem", "shortage")
NEEDED = ("brand", "face", "region")
FILE = "catalogue.xlsx"
PART = 100  # rows looked at in one go, some 20 ms


@dataclass(frozen=True)
class Row:
    """One row of the file, and what it would do: new, changed, unchanged or wrong."""

    number: int
    what: str
    slug: str = ""
    why: Words | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    product: Product | None = None  # as it is now
    brand: int | None = None  # of a new one, where there is that brand


@dataclass(frozen=True)
class Plan:
    rows: tuple[Row, ...]

    def of(self, what: str) -> list[Row]:
        return [row for row in self.rows if row.what == what]


# Out


def export(tx: Tx) -> tuple[list[str], list[list[str]]]:
    """Heading and rows of every product but bundles, whose parts no row can hold."""
    products = [product for product in catalog.everything(tx) if product.kind is not StockKind.BUNDLE]
    brands = {brand.slug: brand for brand in catalog.all_brands(tx)}
    priced = {tx.rules.currency, *(code for product in products for code in product.prices)}
    currencies = sorted(priced, key=lambda code: (code != tx.rules.currency, code))
    local = [f"{name} {locale}" for name in LOCAL_COLUMNS for locale in LOCALES]
    heading = [*ONE[:3], *local[: len(LOCALES)], *ONE[3:], *(f"{PRICE}{code}" for code in currencies), "redeem"]
    heading += ["shortage", *local[len(LOCALES) :]]
    own = guides.own(tx, [product.id for product in products])
    return heading, [[_cell(product, brands, own, column) for column in heading] for product in products]


def export_for(tx: Tx, by: str) -> tuple[list[str], list[list[str]]]:
    """The same for somebody who works here, written down. Raises NotStaff, NotAllowed."""
    staff.may(tx, by, Right.EXPORT)
    heading, rows = export(tx)
    audit.write(tx, by, "export catalogue", "", products=len(rows))
    return heading, rows


def _cell(product: Product, brands: Mapping[str, catalog.Brand], own: Own, column: str) -> str:
    name, _, rest = column.partition(" ")
    if name in LOCAL_COLUMNS:
        return _texts(product, LOCAL_COLUMNS[name], own).get(rest, "")
    if column.startswith(PRICE):
        return product_fields.prices_shown(product.steps.get(rest, {}), rest)
    match column:
        case "product":
            return product.slug
        case "category":
            return brands[product.brand].category
        case "face":
            return product.face_value
        case "shelf":
            return "on" if product.switched_on else "off"
        case "order":
            return str(product.most_per_order)
        case "buyer":
            return str(product.most_per_buyer or "-")
        case "days":
            return str(product.after_sale_days)
        case "redeem":
            return product.redeem_url or "-"
        case "shortage":
            return shortage_of(product)
    return str(getattr(product, column))


def _texts(product: Product, column: str, own: Own) -> Mapping[str, str]:
    """What stands there by language."""
    return own.get(product.id, {}) if column == GUIDE else shelving.value_of(product, column)


def shortage_of(product: Product) -> str:
    """What its buyer may choose once it is gone, in one word of product_fields.CHOICES."""
    return next((name for name, found in SHORTAGES.items() if set(found) == set(product.shortage)), "ask")


# In


def parts(sheet: Sheet) -> list[Sheet]:
    """The table in parts of a few rows: a long one takes a second to look through, and nobody should wait for it."""
    return [Sheet(sheet.heading, sheet.rows[at : at + PART]) for at in range(0, len(sheet.rows), PART)]


def look(tx: Tx, sheet: Sheet) -> Plan:
    """What each row would do. Raises NoSheet for columns nobody knows, or that stand there twice."""
    readers = _readers(tx, sheet.heading)
    given = [(number, _given(sheet, cells)) for number, cells in sheet.rows]
    slugs = {slug for _, cells in given if (slug := cells["product"].strip())}
    known = {product.slug: product for product in catalog.these(tx, sorted(slugs))}
    there = _there(tx, sheet.heading, list(known.values()))
    return whole([_with_its_kind(tx, _read(number, cells, readers, known, there)) for number, cells in given])


@dataclass(frozen=True)
class There:
    """What the rows are held against."""

    brands: Sequence[catalog.Brand]
    own: Own
    pictures: Collection[str]


def _there(tx: Tx, heading: Sequence[str], known: Sequence[Product]) -> There:
    named = any(column.startswith(f"{GUIDE} ") for column in heading)
    own = guides.own(tx, [product.id for product in known]) if named else {}
    return There(catalog.all_brands(tx), own, guides.pictures_known(tx) if named else ())


def whole(rows: Sequence[Row]) -> Plan:
    """The plan of all rows, of which each may name another product."""
    found: list[Row] = []
    seen: set[str] = set()
    for row in rows:
        twice = row.slug and row.slug in seen
        found.append(Row(row.number, "wrong", row.slug, words("row-twice", slug=row.slug)) if twice else row)
        seen.add(row.slug)
    return Plan(tuple(found))


def _given(sheet: Sheet, cells: Sequence[str]) -> dict[str, str]:
    return dict(zip(sheet.heading, (*cells, *[""] * len(sheet.heading)), strict=False))


def _with_its_kind(tx: Tx, row: Row) -> Row:
    """What its codes are can't change under codes that are there."""
    if row.product is None or "kind" not in row.columns or shelving.may_change_kind(tx, row.product):
        return row
    refusal = shelving.KindStays(product=row.product.name)
    return Row(row.number, "wrong", row.slug, words(refusal.key, **refusal.facts))


def bring_in(tx: Tx, by: str, who: str, row: Row) -> None:
    """Do what a new or a changed row says, for whoever was asked whether they may.

    Raises EditedMeanwhile, KindStays, GuideEdited.
    """
    if row.product is None:
        return _make(tx, by, who, row)
    columns = {name: value for name, value in row.columns.items() if name not in ("category", "brand", GUIDE)}
    guides.replace_all(tx, by, who, row.product, row.columns.get(GUIDE, {}))
    if "brand" in row.columns:
        columns["brand_id"] = _brand(tx, by, row.columns)
    shelving.changed_by(tx, by, who, row.slug, row.product.version, columns)


def _make(tx: Tx, by: str, who: str, row: Row) -> None:
    given = {"kind": "unique", "noun": "code", **({"slug": row.slug} if row.slug else {}), **row.columns}
    prices = given.pop("prices", {})
    brand = row.brand or _brand(tx, by, row.columns)
    about = {name: value for name, value in given.items() if name not in ("category", "brand", GUIDE)}
    made = shelving.made_by(tx, by, brand, about, prices)
    guides.replace_all(tx, by, who, made, given.get(GUIDE, {}))


def _brand(tx: Tx, by: str, columns: Mapping[str, Any]) -> int:
    return shelving.brand_called(tx, by, columns["brand"], columns.get("category", columns["brand"]))


Reader = Callable[[str], dict[str, Any]]


def _readers(tx: Tx, heading: Sequence[str]) -> dict[str, Reader]:
    """How each column's cells are read. Raises NoSheet."""
    if len(set(heading)) != len(heading):
        raise NoSheet(why=words("sheet-column-twice"))
    if "product" not in heading:
        raise NoSheet(why=words("sheet-no-product"))
    found = {}
    for column in filter(None, heading):
        name, _, rest = column.partition(" ")
        if name in LOCAL_COLUMNS and rest in LOCALES:
            found[column] = _local(name, rest)
        elif column.startswith(PRICE):
            found[column] = _price(rest)
        elif column in PLAIN:
            found[column] = READERS[column]
        else:
            raise NoSheet(why=words("sheet-column", text=column[:40]))
    return found


def _price(code: str) -> Reader:
    try:
        currency = product_fields.currency(code)
    except NotTaken as refusal:
        raise NoSheet(why=refusal.facts["why"]) from None

    def read(cell: str) -> dict[str, Any]:
        empty = not cell or product_fields.is_none(cell)
        return {"prices": {currency: {} if empty else product_fields.steps(cell, currency)}}

    return read


def _local(name: str, locale: str) -> Reader:
    def read(cell: str) -> dict[str, Any]:
        read = product_fields.line if name == "name" else product_fields.lines
        text = cell if name == GUIDE or not cell else read(cell, LOCAL[name])
        if name == "delivery":
            text = delivery_texts.checked(text)
        return {LOCAL_COLUMNS[name]: {locale: text or None}}

    return read


def _slug(cell: str) -> dict[str, Any]:
    if cell and not (product_fields.SLUG.fullmatch(cell) and len(cell) <= 40):
        raise product_fields.wrong(words("wrong-slug", most=40))
    return {"slug": cell}


def _limit(cell: str) -> dict[str, Any]:
    return {"most_per_buyer": None if product_fields.is_none(cell) else product_fields.number(cell, "buyer")}


READERS: Mapping[str, Reader] = {
    "product": _slug,
    "category": lambda cell: {"category": product_fields.line(cell, 60)},
    "brand": lambda cell: {"brand": product_fields.line(cell, 60)},
    "face": lambda cell: {"face_value": product_fields.line(cell, LONGEST["face"])},
    "region": lambda cell: {"region": product_fields.region(cell)},
    "kind": lambda cell: {"kind": product_fields.choice(cell, "kind")},
    "noun": lambda cell: {"noun": product_fields.choice(cell, "noun")},
    "goods": lambda cell: {"goods": product_fields.choice(cell, "goods")},
    "resale": lambda cell: {"resale": product_fields.choice(cell, "resale")},
    "shelf": lambda cell: {"on_sale": product_fields.choice(cell, "shelf") == "on"},
    "order": lambda cell: {"most_per_order": product_fields.number(cell, "order")},
    "buyer": _limit,
    "days": lambda cell: {"after_sale_days": product_fields.number(cell, "days")},
    "redeem": lambda cell: {"redeem_url": "" if product_fields.is_none(cell) else product_fields.link(cell)},
    "shortage": lambda cell: {"shortage": SHORTAGES[product_fields.choice(cell, "shortage")]},
}


def _read(
    number: int,
    given: Mapping[str, str],
    readers: Mapping[str, Reader],
    known: Mapping[str, Product],
    there: There,
) -> Row:
    slug = given.get("product", "").strip()
    try:
        columns = _columns(given, readers)
        columns.pop("slug", None)
        product = known.get(slug)
        if product is None:
            row = _new_row(number, slug, columns)
            _readable(row.columns.get(GUIDE, {}), there)
            return replace(row, brand=_brand_among(there.brands, columns["brand"]))
        return _known_row(number, product, columns, there)
    except NotTaken as refusal:
        return Row(number, "wrong", slug, refusal.facts["why"])


def _columns(given: Mapping[str, str], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """What the row's cells say. An empty cell says nothing, but in a price's or a language's column: there is none."""
    found: dict[str, Any] = {}
    for column, read in readers.items():
        cell = given[column].strip()
        if not cell and column in PLAIN:
            continue
        try:
            said = read(cell)
        except NotTaken as refusal:
            raise NotTaken(why=words("row-column", column=column, why=refusal.facts["why"])) from None
        for name, value in said.items():
            found[name] = {**found.get(name, {}), **value} if isinstance(value, dict) else value
    return found


def _new_row(number: int, slug: str, columns: dict[str, Any]) -> Row:
    for name in LOCAL_COLUMNS.values():
        if name in columns:
            columns[name] = {locale: text for locale, text in columns[name].items() if text}
    if "prices" in columns:
        columns["prices"] = {code: steps for code, steps in columns["prices"].items() if steps}
    missing = [column for column in NEEDED if {"face": "face_value"}.get(column, column) not in columns]
    if not columns.get("names"):
        missing.append("name")
    if missing:
        raise product_fields.wrong(words("row-missing", text=", ".join(missing)))
    return Row(number, "new", slug, columns=columns)


def _known_row(number: int, product: Product, columns: dict[str, Any], there: There) -> Row:
    """Only what differs. An empty cell of a language takes that text away; the last name stays."""
    if product.kind is StockKind.BUNDLE:
        raise product_fields.wrong(words("row-bundle"))
    for name in LOCAL_COLUMNS.values():
        if name in columns:
            merged = {**_texts(product, name, there.own), **columns[name]}
            columns[name] = {locale: text for locale, text in merged.items() if text}
    if columns.get("names") == {}:
        raise product_fields.wrong(words("row-missing", text="name"))
    if columns.get("region", "").casefold() == product.region.casefold():
        columns.pop("region")
    if _is_of(product, columns.get("brand", product.brand), there.brands):
        columns.pop("brand", None)
    columns.pop("category", None) if "brand" not in columns else None
    guide = _guide_differing(product, columns.pop(GUIDE, None), there)
    differing = {**shelving.differing(product, columns), **guide}
    what = "changed" if differing else "unchanged"
    return Row(number, what, product.slug, columns=differing, product=product)


def _guide_differing(product: Product, texts: Mapping[str, str] | None, there: There) -> dict[str, Any]:
    """What of a guide is not so already, each language by itself; empty text takes it away."""
    own = there.own.get(product.id, {})
    if texts is None:
        return {}
    found = {locale: texts.get(locale, "") for locale in LOCALES if texts.get(locale, "") != own.get(locale, "")}
    _readable(found, there)
    return {GUIDE: found} if found else {}


def _readable(texts: Mapping[str, str], there: There) -> None:
    """Raises NotTaken for a guide that can't be shown everywhere."""
    for locale, text in texts.items():
        try:
            guide_text.read(text, there.pictures) if text else None
        except NotTaken as refusal:
            raise NotTaken(why=words("row-column", column=f"{GUIDE} {locale}", why=refusal.facts["why"])) from None


def _brand_among(brands: Sequence[catalog.Brand], named: str) -> int | None:
    return next((brand.id for brand in brands if shelving.is_called(brand, [named])), None)


def _is_of(product: Product, named: str, brands: Sequence[catalog.Brand]) -> bool:
    brand = next((each for each in brands if each.slug == product.brand), None)
    return brand is not None and shelving.is_called(brand, [named])
