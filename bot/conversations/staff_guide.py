"""A guide written in chat: what it is of, in which language, text and pictures; seen as buyers see it; saved."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot.conversation import Conversation, Talk
from bot.conversations.staff_product import LEAVE, fetched
from bot.handlers import staff_products
from bot.handlers.staff_help import PRODUCTS
from bot.staff import staff
from core import cards, catalog, guide_cards, guide_text, guides, pictures, product_fields
from core.authority import Right
from core.catalog import Product
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Text, Words, words
from core.ground.words import LOCALES
from core.guide_text import Button, Guide
from core.guides import ANYWHERE, GuideEdited, Place, Written
from core.product_fields import NotTaken

guiding = Conversation("guiding", Right.SHELF)
staff.talks(guiding)

SAVE = Choice(words("choose-guide-save"), "save", acts=True, main=True)
NEXT = Choice(words("choose-guide-more"), "next", acts=True)
NOTHING = Choice(words("choose-guide-none"), "none", acts=True)
BEFORE = Choice(words("choose-guide-before"), "before", acts=True)
TEXTS = (".md", ".txt", ".markdown")
BRANDS = 20


@guiding.opens("guide-write")
async def begin(talk: Talk, slug: str = "") -> Message:
    talk.answers["slug"] = slug
    choices = await talk.read(_places, slug)
    return _asked(talk, place, words("guide-of-what"), *choices)


def _places(tx: Tx, slug: str) -> list[Choice]:
    """The product by itself, its brand in its region, or all of its brand; without a product, the brands."""
    if not slug:
        brands = catalog.all_brands(tx)[:BRANDS]
        return [Choice(words("guide-of-brand", brand=each.name), f"brand {each.slug}", acts=True) for each in brands]
    product = catalog.product(tx, slug)
    brand = next(each for each in catalog.all_brands(tx) if each.id == product.brand_id)
    found = [Choice(product.name, "own", acts=True)]
    if product.region != "global":
        label = words("guide-of-region", brand=brand.name, region=cards.region(product.region))
        found.append(Choice(label, f"brand {brand.slug} {product.region}", acts=True))
    return [*found, Choice(words("guide-of-brand", brand=brand.name), f"brand {brand.slug}", acts=True)]


def _asked(talk: Talk, step: Any, *parts: Text | Choice) -> Message:
    texts = tuple(part for part in parts if not isinstance(part, Choice))
    choices = (*(part for part in parts if isinstance(part, Choice)), LEAVE)
    return talk.ask_with(step, Message(texts, choices, card="guide-write", numbered=len(choices) > 1))


@guiding.step
async def place(talk: Talk) -> Message:
    if talk.text == "leave":
        return await _leave(talk)
    if talk.text != "own" and not talk.text.startswith("brand "):
        return await begin(talk, talk.answers["slug"])
    talk.answers["of"] = talk.text.removeprefix("brand ") if talk.text != "own" else ""
    languages = (Choice(words(f"language-{locale.lower()}"), f"in {locale}", acts=True) for locale in LOCALES)
    return _asked(talk, which, words("edit-which"), *languages)


@guiding.step
async def which(talk: Talk) -> Message:
    """In which language: the guide of each is its own."""
    if talk.text == "leave":
        return await _leave(talk)
    locale = talk.text.removeprefix("in ")
    if locale not in LOCALES:
        return _asked(talk, which, words("edit-which-again"))
    talk.answers["locale"] = locale
    now = await talk.read(_now, talk.answers)
    talk.answers |= {"seen": now.version, "body": now.body, "at": 1}
    return _ask(talk, now)


def _ask(talk: Talk, now: Written, *first: Text) -> Message:
    """What is it to say? With what stands there, so that one can go on from it."""
    how = words("guide-write-how", most=guide_text.MOST)
    stands = (words("guide-stands"), now.body) if now.body else ()
    choices = (NOTHING,) if now.body else ()
    if now.version > 1:
        choices = (*choices, BEFORE)
    message = Message((*first, how, *stands), (*choices, LEAVE), card="guide-write", numbered=False)
    return talk.ask_with(text, message)


@guiding.file_step
async def text(talk: Talk) -> Message:
    """The text, a file of it, a picture for it; or what to do with what was seen of it."""
    match talk.text:
        case "leave":
            return await _leave(talk)
        case "none":
            talk.answers["body"] = ""
            return await _save(talk)
        case "save":
            return await _save(talk)
    try:
        return await _preview(talk, *await _taken(talk))
    except NotTaken as refusal:
        return _ask(talk, Written(), words(refusal.key, **refusal.facts))


async def _taken(talk: Talk) -> tuple[Words, ...]:
    """What was sent becomes the draft, or a picture of it; returns what is to be said of that. Raises NotTaken."""
    if talk.text == "next":
        talk.answers["at"] += 1
        return ()
    talk.answers["at"] = 1
    if talk.said.file is None:
        earlier = talk.text == "before"
        talk.answers["body"] = (await talk.read(_earlier, talk.answers)).body if earlier else talk.text
        return ()
    content = await fetched(talk, pictures.LARGEST)
    if talk.said.file.name.casefold().endswith(TEXTS):
        talk.answers["body"] = _decoded(content)
        return ()
    try:
        name = await talk.shop.keep_picture(content)
    except pictures.BadPicture:
        raise product_fields.wrong(words("wrong-picture", most=pictures.LARGEST // 2**20)) from None
    mark = f"![]({name})"
    talk.answers["body"] = f"{talk.answers['body']}\n\n{mark}".strip()
    return (words("guide-picture-kept", text=mark),)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise product_fields.wrong(words("guide-not-text")) from None


async def _preview(talk: Talk, *first: Text) -> Message:
    """As buyers see it, a part at a time; what can't be so is told by its line. Raises NotTaken."""
    body = talk.answers["body"]
    guide = guide_text.read(body, await _known(talk, body))
    product = await talk.read(_example, talk.answers)
    pieces = guide_cards.cut(guide)
    at = (talk.answers["at"] - 1) % len(pieces) + 1
    seen = guide_cards.said(guide, pieces, at, product) if product else Message(tuple(_bare(guide)))
    more = (NEXT,) if len(pieces) > 1 and product else ()
    button = guide_cards.button_of(guide, product) if product else guide.button
    shown = (*first, words("guide-preview"), *seen.paragraphs, *_pressed(button))
    message = Message(shown, (SAVE, *more, LEAVE), card=None, picture=seen.picture, shows=seen.shows, numbered=False)
    return talk.ask_with(text, message)


def _bare(guide: Guide) -> list[Text]:
    """Of a brand that has no product yet, there is no name to put above it."""
    return [Lines(tuple(guide_cards.lines(guide, [*guide.steps, *guide.errors])))]


def _pressed(button: Button | None) -> tuple[Words, ...]:
    return (words("guide-button", label=button.label or words("choose-redeem"), url=button.link),) if button else ()


async def _known(talk: Talk, body: str) -> Collection[str]:
    """The pictures it names that are there."""
    return {name for name in guide_text.names(body) if await talk.shop.picture(name) is not None}


def _place(tx: Tx, answers: dict[str, Any]) -> Place:
    if not answers["of"]:
        return Place.of(catalog.product(tx, answers["slug"]))
    slug, _, region = answers["of"].partition(" ")
    brand = next(each for each in catalog.all_brands(tx) if each.slug == slug)
    return Place.of(brand, region or ANYWHERE)


def _example(tx: Tx, answers: dict[str, Any]) -> Product | None:
    """The product it is shown of."""
    if answers["slug"]:
        return catalog.product(tx, answers["slug"])
    return next(iter(catalog.some(tx, 0, 1, answers["of"].partition(" ")[0])), None)


def _now(tx: Tx, answers: dict[str, Any]) -> Written:
    return guides.there(tx, _place(tx, answers), answers["locale"])


def _earlier(tx: Tx, answers: dict[str, Any]) -> Written:
    """The version before the newest that said something."""
    found = guides.history(tx, _place(tx, answers), answers["locale"])
    return next((each for each in found[1:] if each.body), found[0])


# The end


async def _save(talk: Talk) -> Message:
    body = talk.answers["body"]
    try:
        return await talk.write(_put, talk.person.id, talk.answers, await _known(talk, body))
    except GuideEdited as refusal:
        now = await talk.read(_now, talk.answers)
        talk.answers |= {"seen": now.version, "at": 1}
        first = (words(refusal.key, **refusal.facts), words("guide-stands"), now.body or "-")
        return await _preview(talk, *first) if body else _ask(talk, now, first[0])
    except NotTaken as refusal:
        return _ask(talk, Written(), words(refusal.key, **refusal.facts))


def _put(tx: Tx, by: str, answers: dict[str, Any], known: Collection[str], *, request_key: str) -> Message:
    version = guides.save(tx, by, _place(tx, answers), answers["locale"], answers["body"], answers["seen"], known)
    done = words("guide-saved", version=version) if answers["body"] else words("guide-gone")
    return _after(tx, answers["slug"], done)


def _after(tx: Tx, slug: str, *first: Words) -> Message:
    return staff_products.card(tx, slug, *first) if slug else Message(first, (PRODUCTS,))


async def _leave(talk: Talk) -> Message:
    left = () if talk.answers["slug"] else (words("talk-left"),)
    return await talk.read(_after, talk.answers["slug"], *left)
