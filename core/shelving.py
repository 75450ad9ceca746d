"""Products made and changed by staff: one field at a time, nobody's change silently over another's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import bindparam, func, select

from core import catalog, catalog_changes, staff
from core.authority import Right
from core.catalog import Brand, Category, Product, StockKind
from core.catalog_changes import Steps
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.words import LOCALES
from core.inventory import codes
from core.product_fields import MEASURES, SHORTAGES, slug_of


class EditedMeanwhile(ShopError):
    """Somebody else changed the product since it was shown. Facts: product, who, time."""


class KindStays(ShopError):
    """What a product's codes are can't change under codes that are there. Facts: product."""


IN_STOCK = select(func.count()).where(
    codes.c.product_id == bindparam("product"), codes.c.state.in_(("available", "reserved"))
)


def change(tx: Tx, by: str, slug: str, version: int, changes: Mapping[str, Any]) -> Product:
    """The product with these values in the place of its own: columns of the table, and "prices" by currency.

    `version` is what the editor saw. A currency with no steps is taken away; those not named stay. A repeat, and
    what changes nothing, is no change. Raises NotStaff, NotAllowed, EditedMeanwhile, KindStays.
    """
    who = staff.may(tx, by, Right.SHELF).name
    return changed_by(tx, by, who, slug, version, changes)


def changed_by(tx: Tx, by: str, who: str, slug: str, version: int, changes: Mapping[str, Any]) -> Product:
    """As change, for whoever was asked already whether they may."""
    now = catalog.product(tx, slug)
    columns, steps = _different(now, changes)
    if not columns and steps is None:
        return now
    if "kind" in columns and not may_change_kind(tx, now):
        raise KindStays(product=now.name)
    if now.version != version or not catalog_changes.edit(tx, now, who, columns, steps):
        raise meanwhile(tx, now)
    after = catalog.product(tx, slug)
    about = {"before": dict(_told(now, columns, steps)), "after": dict(_told(after, columns, steps))}
    audit.write(tx, by, "edit product", slug, **about, version=after.version)
    return after


def logo(tx: Tx, by: str, slug: str, name: str | None) -> None:
    """The picture of the product's brand. A repeat changes nothing. Raises NotStaff, NotAllowed, UnknownProduct."""
    staff.may(tx, by, Right.SHELF)
    product = catalog.product(tx, slug)
    if product.logo != name:
        catalog_changes.logo(tx, product.brand_id, name)
        audit.write(tx, by, "picture of brand", product.brand, name=name or "none")


def meanwhile(tx: Tx, now: Product) -> EditedMeanwhile:
    """To tell somebody whose view of it is old who was first."""
    who, when = catalog_changes.last_edit(tx, now)
    return EditedMeanwhile(product=now.name, who=who or "-", time=when or tx.now)


def _different(now: Product, changes: Mapping[str, Any]) -> tuple[dict[str, Any], Steps | None]:
    """What of the changes is not so already."""
    columns = {name: value for name, value in changes.items() if name != "prices" and value != value_of(now, name)}
    steps = {**now.steps, **changes.get("prices", {})}
    steps = {currency: dict(sorted(found.items())) for currency, found in steps.items() if found}
    return columns, steps if steps != now.steps else None


def differing(now: Product, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that are any."""
    columns, steps = _different(now, changes)
    return columns if steps is None else {**columns, "prices": changes["prices"]}


def value_of(product: Product, column: str) -> Any:
    """What stands in a column of the table, as it is written there."""
    match column:
        case "names":
            return dict(product.name.texts)
        case "delivery_text":
            return dict(product.delivery_text.texts)
        case "shortage" | "reminders":
            return list(getattr(product, column))
        case "kind":
            return product.kind.value
        case "on_sale":
            return product.switched_on
    return getattr(product, column)


def _told(product: Product, columns: Mapping[str, Any], steps: Steps | None) -> Iterator[tuple[str, Any]]:
    """For the audit: what was touched, as it is now."""
    for column in columns:
        value = value_of(product, column)
        yield column, value
    if steps is not None:
        yield "prices", packed_steps(product.steps)


def packed_steps(steps: Steps) -> dict[str, dict[str, int]]:
    """As JSON, whose keys are text."""
    return {code: {str(least): each for least, each in found.items()} for code, found in steps.items()}


def unpacked_steps(packed: Mapping[str, Mapping[str, int]]) -> dict[str, dict[int, int]]:
    return {code: {int(least): each for least, each in found.items()} for code, found in packed.items()}


def may_change_kind(tx: Tx, product: Product) -> bool:
    """Whether there are no codes of it that would become another kind's."""
    return product.kind is not StockKind.BUNDLE and not tx.value(IN_STOCK, product=product.id)


# Making


def make(tx: Tx, by: str, brand: str, category: str, columns: Mapping[str, Any], prices: Steps, key: str) -> Product:
    """A new product, off the shelf until somebody has looked at it. A repeat of the key finds it.

    `brand` and `category` are names or slugs; one that nobody knows is made.
    `columns` has names, face_value, region, kind and noun. Raises NotStaff, NotAllowed.
    """
    staff.may(tx, by, Right.SHELF)
    known = catalog_changes.made_with(tx, key)
    if known is not None:
        return catalog.product(tx, known)
    return made_by(tx, by, brand_called(tx, by, brand, category), {**columns, "made_with": key}, prices)


def made_by(tx: Tx, by: str, brand: int, columns: Mapping[str, Any], prices: Steps) -> Product:
    """As make, for whoever was asked already whether they may."""
    given: dict[str, Any] = {
        "measure": MEASURES[columns["noun"]],
        "position": catalog_changes.next_position(tx, brand),
        "on_sale": False,
        "shortage": SHORTAGES["ask"],
        **columns,
    }
    if "slug" not in given:
        given["slug"] = free_slug(tx, catalog.brand_slug(tx, brand), given["region"], given["face_value"])
    catalog_changes.add_product(tx, brand, prices, **given)
    audit.write(tx, by, "make product", given["slug"], names=given["names"])
    return catalog.product(tx, given["slug"])


def free_slug(tx: Tx, *parts: str) -> str:
    """A short name that no product has yet."""
    return _free(slug_of(*parts) or "product", partial(catalog.is_slug, tx))


def _free(wanted: str, is_taken: Callable[[str], bool]) -> str:
    tried, number = wanted, 1
    while is_taken(tried):
        number += 1
        tried = f"{wanted}-{number}"
    return tried


def brand_known(tx: Tx, names: Mapping[str, str]) -> int | None:
    """The brand with one of these names, or that slug."""
    return _named(names, catalog.all_brands(tx))


def category_named(tx: Tx, by: str, names: Mapping[str, str]) -> int:
    """The category with one of these names, in any language; a new one if there is none."""
    return _named(names, catalog.all_categories(tx)) or _new_category(tx, by, names)


def brand_called(tx: Tx, by: str, brand: str, category: str) -> int:
    """The brand of that name or slug; a new one, in the category of that name, if there is none."""
    names: dict[str, str] = {locale: brand for locale in LOCALES}
    known = brand_known(tx, names)
    if known is not None:
        return known
    return brand_named(tx, by, names, category_named(tx, by, {locale: category for locale in LOCALES}))


def brand_named(tx: Tx, by: str, names: Mapping[str, str], category: int) -> int:
    """The brand with one of these names, in any language; a new one in that category if there is none."""
    return brand_known(tx, names) or _new_brand(tx, by, names, category)


def _named(names: Mapping[str, str], known: Sequence[Category | Brand]) -> int | None:
    return next((each.id for each in known if is_called(each, names.values())), None)


def is_called(each: Category | Brand, names: Iterable[str]) -> bool:
    """Whether one of these is its slug, or its name in some language."""
    called = {each.slug, *(text.casefold() for text in each.name.texts.values())}
    return any(name.casefold() in called for name in names)


def _new_category(tx: Tx, by: str, names: Mapping[str, str]) -> int:
    known = catalog.all_categories(tx)
    slug = _free(_slug(names) or "category", {each.slug for each in known}.__contains__)
    audit.write(tx, by, "make category", slug, names=dict(names))
    return catalog_changes.add_category(tx, slug, names, len(known) + 1)


def _new_brand(tx: Tx, by: str, names: Mapping[str, str], category: int) -> int:
    known = catalog.all_brands(tx)
    slug = _free(_slug(names) or "brand", {each.slug for each in known}.__contains__)
    audit.write(tx, by, "make brand", slug, names=dict(names))
    return catalog_changes.add_brand(tx, slug, category, names, len(known) + 1)


def _slug(names: Mapping[str, str]) -> str:
    """Of the first name that has letters of ours."""
    return next(filter(None, map(slug_of, names.values())), "")
