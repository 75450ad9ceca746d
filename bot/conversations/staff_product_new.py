"""A new product: what it is called, whose, worth what, where, how it is sold and for how much. Then its card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.conversation import Conversation, Talk
from bot.conversations.staff_product import LEAVE
from bot.handlers import staff_products
from bot.handlers.staff_help import PRODUCTS
from bot.handlers.staff_products import picked
from bot.staff import staff
from core import cards, catalog, product_fields, shelving
from core.authority import Right
from core.catalog_changes import Steps
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.product_fields import CHOICES, LOCAL, LONGEST, NotTaken

making = Conversation("making", Right.SHELF)
staff.talks(making)

BRANDS = 20
REGIONS = ("us", "hk", "jp", "uk", "eu", "tr", "cn", "ru", "global")


def ask(talk: Talk, step: Callable[[Talk], Awaitable[Message]], key: str, *choices: Choice, **facts: Any) -> Message:
    """One question, in the place of the one before; typed numbers are choices where there are any but leaving."""
    message = Message(words(key, **facts), (*choices, LEAVE), card="product-new", numbered=bool(choices))
    return talk.ask_with(step, message)


def again(message: Message, refusal: NotTaken) -> Message:
    """The same question, with what was wrong above it."""
    return Message(
        (words(refusal.key, **refusal.facts), *message.paragraphs),
        message.choices,
        card=message.card,
        numbered=message.numbered,
    )


@making.opens("product-new")
async def begin(talk: Talk) -> Message:
    return ask(talk, name, "new-name")


@making.free_step
async def name(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    try:
        talk.answers["name"] = product_fields.line(talk.text, LOCAL["name"])
    except NotTaken as refusal:
        return again(ask(talk, name, "new-name"), refusal)
    return await _ask_brand(talk)


async def _ask_brand(talk: Talk) -> Message:
    known = (await talk.read(catalog.all_brands))[:BRANDS]
    return ask(talk, brand, "new-brand", *(Choice(each.name, f"of {each.slug}", acts=True) for each in known))


@making.free_step
async def brand(talk: Talk) -> Message:
    """One of those there are, or the name of a new one."""
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    try:
        named = product_fields.line(talk.text.removeprefix("of "), 60)
    except NotTaken as refusal:
        return again(await _ask_brand(talk), refusal)
    talk.answers["brand"] = named
    if await talk.read(shelving.brand_known, {"": named}) is not None:
        return ask(talk, face, "new-face")
    return await _ask_category(talk)


async def _ask_category(talk: Talk) -> Message:
    known = (await talk.read(catalog.all_categories))[:BRANDS]
    choices = (Choice(each.name, f"of {each.slug}", acts=True) for each in known)
    return ask(talk, category, "new-category", *choices, text=talk.answers["brand"])


@making.free_step
async def category(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    try:
        talk.answers["category"] = product_fields.line(talk.text.removeprefix("of "), 60)
    except NotTaken as refusal:
        return again(await _ask_category(talk), refusal)
    return ask(talk, face, "new-face")


@making.free_step
async def face(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    try:
        talk.answers["face"] = product_fields.line(talk.text, LONGEST["face"])
    except NotTaken as refusal:
        return again(ask(talk, face, "new-face"), refusal)
    return _ask_region(talk)


def _ask_region(talk: Talk) -> Message:
    return ask(talk, region, "new-region", *(Choice(cards.region(code), f"in {code}", acts=True) for code in REGIONS))


@making.free_step
async def region(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    try:
        talk.answers["region"] = product_fields.region(talk.text.removeprefix("in "))
    except NotTaken as refusal:
        return again(_ask_region(talk), refusal)
    return _ask_kind(talk)


def _ask_kind(talk: Talk) -> Message:
    return ask(talk, kind, "new-kind", *(Choice(picked(one), one, acts=True) for one in CHOICES["kind"]))


@making.free_step
async def kind(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    try:
        talk.answers["kind"] = product_fields.choice(talk.text, "kind")
    except NotTaken as refusal:
        return again(_ask_kind(talk), refusal)
    return ask(talk, price, "new-price", currency=talk.shop.rules.currency)


@making.free_step
async def price(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    try:
        prices = product_fields.prices(talk.text, talk.shop.rules.currency)
    except NotTaken as refusal:
        return again(ask(talk, price, "new-price", currency=talk.shop.rules.currency), refusal)
    return await talk.write(_make, talk.person.id, talk.person.locale, talk.answers, prices)


def _make(tx: Tx, by: str, locale: str, answers: dict[str, Any], prices: Steps, *, request_key: str) -> Message:
    made = shelving.make(
        tx,
        by,
        answers["brand"],
        answers.get("category", answers["brand"]),
        {
            "names": {locale: answers["name"]},
            "face_value": answers["face"],
            "region": answers["region"],
            "kind": answers["kind"],
            "noun": "topup" if answers["kind"] == "by_hand" else "code",
        },
        prices,
        request_key,
    )
    return staff_products.card(tx, made.slug, words("product-made", product=made.name))
