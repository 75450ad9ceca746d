"""Questions in a buyer's own words: answered where the shop is sure, offered where it half is, else handed on."""

from __future__ import annotations

from dataclasses import replace

from bot import reading
from bot.buyers import buyers
from bot.handlers import finding
from bot.paging import is_number
from core import answers, cards, faq, guide_cards, guides, questions
from core.customers import Person
from core.faq_reading import Reading
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.shop import Shop

OFFERED = 3


@buyers.hears_anything
async def ask(shop: Shop, person: Person, text: str, key: str) -> Message:
    """Words that are no verb: a question, or the name of a product. A number or a face by itself is neither."""
    if not any(char.isalpha() for char in text):
        return finding.UNKNOWN
    read, vector = await reading.read(shop, text)
    if read.verdict == "sure":
        return await shop.db.write(_answered, person, text, vector, read, key)
    found = await finding.found(shop, person, text)
    if found:
        return found
    if read.verdict == "half":
        return await shop.db.write(_offered, person, text, vector, read, key)
    return await shop.db.write(_handed_on, person, text, vector, read, key)


def _answered(tx: Tx, person: Person, text: str, vector: bytes, read: Reading, key: str) -> Message:
    slug = read.guesses[0].slug
    number = questions.ask(tx, person, text, vector, _slugs(read), slug, key)
    return _said(tx, person, slug, text, number)


def _said(tx: Tx, person: Person, slug: str, text: str, question: int | None) -> Message:
    """The answer; of how a product is redeemed its guide is one. With it the way to say that it is none."""
    of = answers.about(tx, person, slug, text)
    found = answers.answer(tx, person, slug, of)
    if slug == "redeem-how" and of.product:
        guide = guide_cards.message(of.product, guides.find(tx, of.product), person.locale, tx.rules)
        text_of = (*found.paragraphs, *guide.paragraphs[1:])
        found = replace(found, text=text_of, picture=found.picture or guide.picture, shows=found.shows or guide.shows)
    other = [Choice(words("choose-not-that"), f"unanswered {question}")] if question else []
    return replace(found, choices=(*found.choices, *other))


def _slugs(read: Reading) -> list[str]:
    return [guess.slug for guess in read.guesses[:OFFERED]]


def _offered(tx: Tx, person: Person, text: str, vector: bytes, read: Reading, key: str) -> Message:
    """The three it may be; the last choice says that it is none of them."""
    number = questions.ask(tx, person, text, vector, _slugs(read), None, key)
    offered = [Choice(faq.entry(tx, slug).title, f"faq {slug} {number or ''}".strip()) for slug in _slugs(read)]
    none = Choice(words("choose-none-of-these"), f"unanswered {number}") if number else cards.HUMAN
    return Message(words("faq-which"), (*offered, none))


def _handed_on(tx: Tx, person: Person, text: str, vector: bytes, read: Reading, key: str) -> Message:
    number = questions.ask(tx, person, text, vector, _slugs(read), None, key)
    if number:
        questions.hand_on(tx, number)
    return _passed(kept=number is not None)


def _passed(*, kept: bool) -> Message:
    return Message(words("faq-passed" if kept else "faq-too-many"), (cards.SHELF, cards.MY_ORDERS, cards.HUMAN))


@buyers.hears("faq")
async def show_entry(shop: Shop, person: Person, slug: str = "", question: str = "") -> Message:
    """One answer, picked from those offered, or from the list of all."""
    if not slug:
        return await list_entries(shop, person)
    return await shop.db.write(_picked, person, slug, int(question) if is_number(question) else None)


def _picked(tx: Tx, person: Person, slug: str, question: int | None) -> Message:
    if question:
        questions.chosen(tx, person, question, slug)
    return _said(tx, person, slug, "", question)


@buyers.hears("unanswered")
async def none_of_these(shop: Shop, person: Person, question: str) -> Message:
    """What we said doesn't fit: staff read the question."""
    return await shop.db.write(_not_that, person, int(question) if is_number(question) else 0)


def _not_that(tx: Tx, person: Person, question: int) -> Message:
    questions.hand_on(tx, question, person)
    return _passed(kept=True)


COMMON = ("redeem-how", "find-code", "paid-no-code", "code-invalid", "refund-policy", "payment-methods")


async def list_entries(shop: Shop, person: Person) -> Message:
    """What is asked most."""
    choices = tuple(Choice(faq.title(slug), f"faq {slug}") for slug in COMMON)
    return Message(words("faq-list"), (*choices, cards.HUMAN))


@buyers.hears("thanks")
async def thanks(shop: Shop, person: Person) -> Message:
    """Somebody is pleased: nothing is passed on."""
    return Message(words("faq-thanks"), (cards.SHELF, cards.MY_ORDERS))
