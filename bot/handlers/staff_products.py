"""Products as staff see them: a list, a card with a button for each field, and what the buyer sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot import paging
from bot.buyers import buyers
from bot.handlers.staff_help import PRODUCTS
from bot.staff import staff
from core import cards, catalog, catalog_changes, catalogue, guide_text, guides, product_fields, shelving
from core import staff as people
from core.authority import Right
from core.catalog import Product, StockKind
from core.customers import Person
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Lines, Local, Message, Text, Words, words
from core.ground.words import LOCALES, sentence
from core.shop import Shop

# What a card has a button for: the field, and its column in the table.
FIELDS = {
    "name": "names",
    "price": "prices",
    "brand": "brand_id",
    "face": "face_value",
    "region": "region",
    "picture": "picture",
    "delivery": "delivery_text",
    "reminders": "reminders",
    "logo": "logo",
    "redeem": "redeem_url",
    "order": "most_per_order",
    "buyer": "most_per_buyer",
    "days": "after_sale_days",
    "kind": "kind",
    "goods": "goods",
    "resale": "resale",
    "shortage": "shortage",
}
NEW = Choice(words("choose-product-new"), "product-new")
CHANGES = Choice(words("choose-price-changes"), "price-changes")


@staff.hears("manage", right=Right.SHELF)
async def all_products(shop: Shop, person: Person, page: str = "1") -> Message:
    """Every product, a page at a time, and what can be done with all of them."""
    return await shop.db.read(_list, page)


def _list(tx: Tx, page: str) -> Message:
    found = catalog.everything(tx)
    at = paging.which(page, len(found))
    listed = [Choice(_in_list(each), f"product-edit {each.slug}") for each in paging.page_of(found, at)]
    rest = (
        NEW,
        Choice(words("choose-reprice"), "reprice"),
        CHANGES,
        Choice(words("choose-catalogue-import"), "catalogue-import"),
        Choice(words("choose-catalogue-export"), "catalogue-export"),
    )
    about = words("staff-products", n=len(found), hidden=sum(not each.switched_on for each in found))
    return Message(about, (*listed, *paging.ways("manage", at, len(found)), *rest), card="products")


def _in_list(product: Product) -> Text:
    return product.name if product.switched_on else words("product-hidden", product=product.name)


@staff.hears("product-edit", right=Right.SHELF)
async def show_card(shop: Shop, person: Person, slug: str) -> Message:
    return await shop.db.read(card, slug)


def card(tx: Tx, slug: str, *first: Text) -> Message:
    """Everything about a product, with a button for each field; what has just happened to it stands above."""
    product = catalog.product(tx, slug)
    return Message((*first, Lines((*_about(tx, product),))), tuple(_choices(product)), card=f"product-edit {slug}")


def _about(tx: Tx, product: Product) -> Iterator[Words]:
    brands = {brand.slug: brand for brand in catalog.all_brands(tx)}
    yield words(
        "staff-product",
        product=product.name,
        slug=product.slug,
        brand=brands[product.brand].name,
        state="frozen" if product.frozen else "on" if product.switched_on else "off",
    )
    yield words(
        "staff-product-is", face=product.face_value, region=cards.region(product.region), kind=picked(product.kind)
    )
    if not product.prices:
        yield words("staff-product-no-price")
    for currency, steps in product.steps.items():
        yield words("staff-product-price", currency=currency, text=product_fields.prices_shown(steps, currency))
    yield words("staff-product-limits", order=product.most_per_order, buyer=product.most_per_buyer or 0)
    yield words(
        "staff-product-after",
        goods=picked(product.goods),
        resale=picked(product.resale),
        days=product.after_sale_days,
        shortage=picked(catalogue.shortage_of(product)),
    )
    yield words("staff-product-names", text=_languages(product.name))
    guide = guides.find(tx, product)
    pictures = "".join(picture for text in guide.texts.values() for picture in guide_text.names(text))
    yield words("staff-product-guide", text=_languages(guide), picture=_there(pictures))
    yield words("staff-product-delivery", text=_languages(product.delivery_text), picture=_there(product.picture))
    yield words("staff-product-reminders", text=_reminders(product), picture=_there(product.logo))
    if product.redeem_url:
        yield words("staff-product-redeem", url=product.redeem_url)
    who, when = catalog_changes.last_edit(tx, product)
    if who and when:
        yield words("staff-product-edited", who=who, time=when)


def picked(value: str) -> Words:
    """What a field can be, in words."""
    return words(f"pick-{value.replace('_', '-')}")


def _there(picture: str | None) -> str:
    return "yes" if picture else "no"


def _reminders(product: Product) -> Local:
    """All of them, by their short names."""
    named = [picked(name).key for name in product.reminders]
    return Local({locale: ", ".join(sentence(locale, key) for key in named) or "-" for locale in LOCALES})


def _languages(text: Local) -> str:
    return ", ".join(locale for locale in LOCALES if text.texts.get(locale)) or "-"


def _choices(product: Product) -> Iterator[Choice]:
    slug = product.slug
    yield Choice(words("choose-as-buyer"), f"product-look {slug}")
    on = "off" if product.switched_on else "on"
    yield Choice(
        words("choose-off-shelf" if on == "off" else "choose-on-shelf"),
        f"shelve {slug} {on} {product.version}",
        acts=True,
    )
    for field in FIELDS:
        if field != "kind" or product.kind is not StockKind.BUNDLE:
            yield Choice(words(f"product-field-{field}"), f"edit {slug} {field}")
    yield Choice(words("choose-guide-write"), f"guide-write {slug}")
    yield Choice(words("choose-reprice-later"), f"reprice product {slug}")
    yield PRODUCTS


@staff.hears("product-look", right=Right.SHELF)
async def as_the_buyer(shop: Shop, person: Person, slug: str) -> Message:
    """The buyers' own card, as it is shown in this chat; its buttons are the buyers', so there is only the way back."""
    seen = await buyers.handlers["product"](shop, person, slug)
    back = Choice(words("choose-back"), f"product-edit {slug}")
    labels = tuple(
        words("staff-button", label=choice.label) for choice in seen.choices if isinstance(choice.label, Words)
    )
    return replace(seen, text=(words("staff-as-buyer"), *seen.paragraphs, Lines(labels)), choices=(back,), card=None)


@staff.hears("shelve", right=Right.SHELF)
async def switch(shop: Shop, person: Person, slug: str, on: str, version: str) -> Message:
    """On the shelf, or off it. A repeat changes nothing; who saw it otherwise is told who was first."""
    try:
        return await shop.db.write(_switch, person.id, slug, on == "on", paging.is_number(version) and int(version))
    except shelving.EditedMeanwhile as refusal:
        return await shop.db.read(troubled, slug, refusal)


def _switch(tx: Tx, by: str, slug: str, on: bool, version: int) -> Message:
    people.may(tx, by, Right.SHELF)
    product = catalog.product(tx, slug)
    if on and not product.prices:
        return card(tx, slug, words("product-needs-price"))
    shelving.change(tx, by, slug, version, {"on_sale": on})
    return card(tx, slug)


def troubled(tx: Tx, slug: str, refusal: ShopError) -> Message:
    """What went wrong, above the card as it stands now."""
    return card(tx, slug, words(refusal.key, **refusal.facts))
