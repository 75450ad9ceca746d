"""One field of a product: one question, and the card with the answer in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.conversation import Conversation, Talk
from bot.handlers import staff_products
from bot.handlers.staff_products import FIELDS, picked
from bot.staff import staff
from core import catalog, delivery_texts, margins, pictures, product_fields, shelving
from core.authority import Right
from core.catalog import Product
from core.ground import points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.messages import Choice, Lines, Message, Text, Words, words
from core.ground.words import LOCALES
from core.margins import Loss
from core.product_fields import CHOICES, LOCAL, LONGEST, NUMBERS, NotTaken
from core.shop import Shop

editing = Conversation("editing", Right.SHELF)
staff.talks(editing)

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
NOTHING = Choice(words("choose-none"), "none", acts=True)
ANYWAY = Choice(words("choose-below-cost"), "anyway", acts=True)
OPTIONAL = {"delivery", "redeem", "buyer", "picture", "logo", "reminders"}
PICTURES = {"picture", "logo"}
LOSSES = 5


@editing.opens("edit")
async def begin(talk: Talk, slug: str, field: str) -> Message:
    product = await talk.read(catalog.product, slug)
    if field not in FIELDS:
        return await talk.read(staff_products.card, slug)
    talk.answers |= {"slug": slug, "field": field, "version": product.version}
    if field not in LOCAL:
        return await _ask(talk)
    languages = [Choice(words(f"language-{locale.lower()}"), f"in {locale}", acts=True) for locale in LOCALES]
    return talk.ask_with(which, _asked(talk, words("edit-which"), *languages))


@editing.step
async def which(talk: Talk) -> Message:
    """In which language: the text of each is its own."""
    if talk.text == "leave":
        return await _leave(talk)
    locale = talk.text.removeprefix("in ")
    if locale not in LOCALES:
        return talk.ask_with(which, _asked(talk, words("edit-which-again")))
    talk.answers["locale"] = locale
    return await _ask(talk)


async def _ask(talk: Talk, *first: Text) -> Message:
    """What is it to be? With what it is now, so that nobody overwrites what they have not seen."""
    field = talk.answers["field"]
    now, choices = await talk.read(_now, talk.answers["slug"], field, talk.answers.get("locale", ""))
    question = words(f"edit-{field}", **_limits(field))
    return talk.ask_with(value, _asked(talk, *first, Lines((question, *now)), *choices))


def _asked(talk: Talk, *parts: Text | Choice) -> Message:
    texts = tuple(part for part in parts if not isinstance(part, Choice))
    choices = (*(part for part in parts if isinstance(part, Choice)), LEAVE)
    return Message(texts, choices, card=f"product-edit {talk.answers['slug']}", numbered=len(choices) > 2)


def _limits(field: str) -> Mapping[str, int]:
    least, most = NUMBERS.get(field, (0, LOCAL.get(field, LONGEST.get(field, 0))))
    return {"least": least, "most": most}


def _now(tx: Tx, slug: str, field: str, locale: str) -> tuple[list[Text], list[Choice]]:
    product = catalog.product(tx, slug)
    choices = [Choice(picked(name), name, acts=True) for name in CHOICES.get(field, ())]
    if field == "brand":
        choices = [Choice(brand.name, f"of {brand.slug}", acts=True) for brand in catalog.all_brands(tx)[:20]]
    if field in OPTIONAL:
        choices.append(NOTHING)
    shown = _shown(product, field, locale)
    return ([words("edit-now", text=shown)] if shown else []), choices


def _shown(product: Product, field: str, locale: str) -> str:
    if field == "price":
        steps = product.steps.items()
        return "\n".join(f"{code} {product_fields.prices_shown(each, code)}" for code, each in steps)
    if field in CHOICES or field in PICTURES or field == "brand":
        return ""
    found = shelving.value_of(product, FIELDS[field])
    return str((found.get(locale, "") if field in LOCAL else found) or "")


@editing.file_step
async def value(talk: Talk) -> Message:
    if talk.text == "leave":
        return await _leave(talk)
    try:
        changes = await _changes(talk)
    except NotTaken as refusal:
        return await _ask(talk, words(refusal.key, **refusal.facts))
    losing = await _losses(talk, changes) if "prices" in changes else []
    if losing:
        talk.answers["prices"] = shelving.packed_steps(changes["prices"])
        return talk.ask_with(sure, _asked(talk, below_cost(losing), ANYWAY))
    return await _put(talk, changes)


async def _changes(talk: Talk) -> dict[str, Any]:
    """What was said, as columns of the table. Raises NotTaken."""
    field = talk.answers["field"]
    if field in PICTURES:
        return {FIELDS[field]: await _picture(talk)}
    return await talk.read(_read, talk.answers, talk.text)


async def _picture(talk: Talk) -> str | None:
    if talk.said.file is None:
        if product_fields.is_none(talk.text):
            return None
        raise product_fields.wrong(words("wrong-picture-none"))
    try:
        return await talk.shop.keep_picture(await fetched(talk, pictures.LARGEST))
    except pictures.BadPicture:
        raise product_fields.wrong(words("wrong-picture", most=pictures.LARGEST // 2**20)) from None


async def fetched(talk: Talk, most: int) -> bytes:
    """The file that was sent. Raises NotTaken for one that is too large, or that the chat can't give us."""
    file, chat = talk.said.file, talk.shop.files.get(talk.said.chat)
    if file is None or chat is None:
        raise product_fields.wrong(words("wrong-file"))
    if file.size > most:
        raise product_fields.wrong(words("wrong-file-large", most=most // 2**20))
    try:
        with points.around("fetch"):
            return await chat.fetch(file.reference)
    except PartyError as error:
        if not error.permanent:
            raise
        raise product_fields.wrong(words("wrong-file")) from None


def _read(tx: Tx, answers: Mapping[str, Any], text: str) -> dict[str, Any]:
    field, product = answers["field"], catalog.product(tx, answers["slug"])
    column = FIELDS[field]
    if field in LOCAL:
        return {column: _in_language(product, field, answers["locale"], text)}
    if field == "price":
        return {column: product_fields.prices(text, tx.rules.currency)}
    if field == "brand":
        return {column: _brand(tx, text)}
    if field == "reminders":
        none = product_fields.is_none(text)
        return {column: [] if none else delivery_texts.toggled(product.reminders, text.strip())}
    if field in OPTIONAL and product_fields.is_none(text):
        return {column: "" if field == "redeem" else None}
    return {column: _one(field, text)}


def _one(field: str, text: str) -> Any:
    if field in NUMBERS:
        return product_fields.number(text, field)
    if field in CHOICES:
        found = product_fields.choice(text, field)
        return product_fields.SHORTAGES[found] if field == "shortage" else found
    if field == "region":
        return product_fields.region(text)
    return product_fields.link(text) if field == "redeem" else product_fields.line(text, LONGEST[field])


def _in_language(product: Product, field: str, locale: str, text: str) -> dict[str, str]:
    texts = shelving.value_of(product, FIELDS[field])
    if field in OPTIONAL and product_fields.is_none(text):
        return {name: found for name, found in texts.items() if name != locale}
    read = product_fields.line if field == "name" else product_fields.lines
    found = read(text, LOCAL[field])
    return {**texts, locale: delivery_texts.checked(found) if field == "delivery" else found}


def _brand(tx: Tx, text: str) -> int:
    """One there is. Raises NotTaken: a new one is made with its first product, or by a file."""
    named = text.removeprefix("of ")
    found = next((brand.id for brand in catalog.all_brands(tx) if shelving.is_called(brand, [named])), None)
    if found is None:
        raise product_fields.wrong(words("wrong-brand"))
    return found


# Below cost


def takes(shop: Shop) -> dict[str, frozenset[str]]:
    """The rails that are set up, with their currencies."""
    return {name: rail.abilities.currencies for name, rail in shop.payments.items()}


async def _losses(talk: Talk, changes: Mapping[str, Any]) -> list[Loss]:
    product = await talk.read(catalog.product, talk.answers["slug"])
    prices = {code: steps for code, steps in changes["prices"].items() if steps}
    return await talk.read(margins.losses, product, prices, takes(talk.shop))


def below_cost(losing: list[Loss]) -> Lines:
    """Each with what arrives and what it has cost."""
    rows = (
        words("below-cost-row", product=each.product.name, price=each.price, amount=each.net, cost=each.cost)
        for each in losing[:LOSSES]
    )
    more = (words("below-cost-more", n=len(losing) - LOSSES),) if len(losing) > LOSSES else ()
    return Lines((words("below-cost"), *rows, *more))


@editing.step
async def sure(talk: Talk) -> Message:
    if talk.text != "anyway":
        return await _leave(talk)
    return await _put(talk, {"prices": shelving.unpacked_steps(talk.answers["prices"])})


# The end


async def _put(talk: Talk, changes: Mapping[str, Any]) -> Message:
    try:
        return await talk.write(_change, talk.person.id, talk.answers, changes)
    except (shelving.EditedMeanwhile, shelving.KindStays) as refusal:
        return await talk.read(staff_products.troubled, talk.answers["slug"], refusal)


def _change(tx: Tx, by: str, answers: Mapping[str, Any], changes: Mapping[str, Any], *, request_key: str) -> Message:
    if "logo" in changes:
        shelving.logo(tx, by, answers["slug"], changes["logo"])
    else:
        shelving.change(tx, by, answers["slug"], answers["version"], changes)
    return staff_products.card(tx, answers["slug"], _saved(answers["field"]))


def _saved(field: str) -> Words:
    return words("edit-done", field=words(f"product-field-{field}"))


async def _leave(talk: Talk) -> Message:
    return await talk.read(staff_products.card, talk.answers["slug"])
