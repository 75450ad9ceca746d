"""Everything we say fits every chat: one message, short labels, codes alone on their lines."""

from __future__ import annotations

from itertools import product

import pytest

from core.ground.messages import Message, SpokenChoice, words
from core.ground.words import LOCALES, render
from tests.locales.judged import STAFF_BODY, body_too_long, label_too_long, not_alone, numbered, too_long
from tests.locales.samples import (
    CODE,
    LONGEST,
    ORDINARY,
    buyer_cards,
    every_way,
    hearer,
    order_list,
    product_cards,
    said,
    staff_cards,
)
from tests.locales.used import OPEN
from tests.locales.written import language

# Parts of sentences and lists of words, not things we say by themselves.
NOT_SAID = ("hears-", "pickup-words", "browser-", "web-")
KEYS = [key for key in language("en").sentences if not key.startswith(NOT_SAID)]
NAMES = {"ordinary": ORDINARY, "longest": LONGEST}
TO_STAFF = ("staff-", "alarm-", "restock-", "fulfil-", "risk-")


async def to_buyers(names: str) -> dict[str, Message]:
    found = NAMES[names]
    return buyer_cards(found) | await product_cards(found) | {"my orders": order_list(found)}


@pytest.mark.parametrize(("locale", "names"), list(product(LOCALES, NAMES)))
def test_every_sentence_can_be_said_and_fits(locale, names):
    faults = []
    for key in KEYS:
        for message in every_way(key, NAMES[names]):
            text = said(message, locale).revealed()
            faults += [f"{key}: {fault}" for fault in too_long(text)]
            if key not in ("measure-zhang", "measure-ge", "measure-fen") and not text.strip():
                faults.append(f"{key} says nothing")
            if "\n\n\n" in text or text != text.strip() or any(line != line.rstrip() for line in text.splitlines()):
                faults += [f"{key} has loose white space: {text!r}"] if not key.startswith("measure-") else []
    assert faults == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_short(locale):
    """With ordinary names: buyers read it at a glance, staff have the picture."""
    faults = []
    for key in KEYS:
        for message in every_way(key, ORDINARY):
            body = said(message, locale).plain()
            if key.startswith(TO_STAFF):
                faults += [f"{key}: {len(body)} characters"] if len(body) > STAFF_BODY else []
            else:
                faults += [f"{key}: {fault}" for fault in body_too_long(body, locale)]
    assert faults == []


@pytest.mark.parametrize(("locale", "names"), list(product(LOCALES, NAMES)))
async def test_every_card_fits_with_its_choices_as_numbered_lines(locale, names):
    cards = await to_buyers(names) | staff_cards(NAMES[names])
    faults = []
    for name, message in cards.items():
        spoken = said(message, locale)
        faults += [f"{name}: {fault}" for fault in too_long(numbered(spoken.revealed(), spoken.choices))]
    assert faults == []


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_card_is_short(locale):
    to_staff = {name: said(card, locale).plain() for name, card in staff_cards(ORDINARY).items()}
    bodies = {name: said(card, locale).plain() for name, card in (await to_buyers("ordinary")).items()}
    faults = [f"{name}: {fault}" for name, body in bodies.items() for fault in body_too_long(body, locale)]
    faults += [f"{name}: {len(body)} characters" for name, body in to_staff.items() if len(body) > STAFF_BODY]
    assert faults == []


@pytest.mark.parametrize("locale", LOCALES)
async def test_no_card_offers_two_choices_that_read_the_same(locale):
    cards = await to_buyers("ordinary") | staff_cards(ORDINARY)
    for name, message in cards.items():
        labels = [choice.label.casefold() for choice in said(message, locale).choices]
        assert len(labels) == len(set(labels)), name


@pytest.mark.parametrize("locale", LOCALES)
def test_a_choice_is_a_few_words(locale):
    fixed = [key for key, sentence in language(locale).sentences.items() if not sentence.variables]
    labels = [key for key in fixed if key.startswith(("choose-", "rail-", "region-"))]
    assert len(labels) > 40
    measures = [words("measure-zhang"), words("measure-ge"), words("measure-fen")]
    texts = {key: render(words(key), hearer(locale)) for key in labels}
    texts |= {
        f"{key} {index}": render(words(key, measure=measure), hearer(locale))
        for key in ("choose-buy-one", "choose-buy-more")
        for index, measure in enumerate(measures)
    }
    faults = [f"{key}: {fault}" for key, text in texts.items() for fault in label_too_long(text, locale)]
    assert faults == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_code_stands_alone_on_its_line(locale):
    seen = 0
    for key in KEYS:
        if not language(locale).sentences[key].variables & {"codes", "phrase"}:
            continue
        for message in every_way(key, LONGEST):
            spoken = said(message, locale)
            text = "".join(part if isinstance(part, str) else "CODE" for part in spoken.text)
            assert not_alone(text, "CODE") == [], key
            assert not text.startswith("CODE"), f"{key}: a lock screen would show the code"
            seen += "CODE" in text
    assert seen >= 3


def test_families_that_may_grow_are_still_said():
    assert [key for key in KEYS if key.startswith(OPEN)]


# The checkers can fail.


def test_what_is_too_long_is_noticed():
    assert too_long("x" * 601) == ["601 characters for WeChat"]
    assert too_long("码" * 700) == ["700 characters for WeChat", "2100 bytes for WeChat"]
    assert len(too_long("x" * 5000)) == 3
    assert too_long("x" * 600) == []
    assert body_too_long("字" * 151, "zh-CN") == ["151 long"]
    assert body_too_long("字" * 150 + "\n***", "zh-CN") == []
    assert body_too_long("word " * 71, "en") == ["71 long"]
    assert body_too_long("word × " * 70, "en") == []
    assert label_too_long("一二三四五六七八九十一二三", "zh-CN") == ["13 characters"]
    assert label_too_long("ж" * 33, "ru") == ["33 characters", "66 bytes"]


def test_a_code_in_company_is_noticed():
    assert not_alone(f"Here:\n{CODE}\n{CODE}.\n1 {CODE}", CODE) == [f"{CODE}.", f"1 {CODE}"]


def test_choices_are_counted_with_their_addresses():
    choices = [SpokenChoice("Pay", link="https://pay.example"), SpokenChoice("Cancel", "cancel 1")]
    assert numbered("Text", choices) == "Text\n1 Pay https://pay.example\n2 Cancel"
    assert numbered("At https://pay.example", choices[:1]) == "At https://pay.example\n1 Pay"
