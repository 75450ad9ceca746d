"""Messages as they are stored: whole when they come back, and never with a code in them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ground.messages import (
    Answer,
    Choice,
    Codes,
    Invoice,
    Lines,
    Local,
    Message,
    Note,
    Phrase,
    Spoken,
    SpokenChoice,
    Words,
    pack,
    pack_texts,
    unpack,
    unpack_texts,
    words,
)
from core.ground.money import Money
from core.ground.vault import Secret

CANARY = "CANARY-7F3K-9QWZ"
quick = settings(deadline=None, max_examples=50)

texts = st.text(max_size=30)
names = st.text(min_size=1, max_size=30)
ids = st.integers(1, 2**63 - 1)
locals_ = st.builds(Local, st.dictionaries(st.sampled_from(["zh-CN", "en", "ru"]), texts, max_size=3))
plain_facts = st.one_of(
    texts,
    st.integers(-(2**63), 2**63 - 1),
    st.none(),
    st.builds(Money, st.integers(0, 2**63 - 1), st.sampled_from(["CNY", "JPY", "XTR"])),
    st.datetimes(timezones=st.just(UTC)),
    locals_,
    st.builds(Codes, ids, st.one_of(st.none(), st.lists(ids, max_size=4).map(tuple))),
    st.builds(Phrase, ids),
    st.builds(Note, ids),
    st.builds(Answer, ids, names),
)
facts = st.recursive(
    plain_facts, lambda inner: st.builds(Words, names, st.dictionaries(names, inner, max_size=3)), max_leaves=5
)
sentences = st.builds(Words, names, st.dictionaries(names, facts, max_size=4))
paragraphs = st.recursive(
    st.one_of(sentences, locals_, texts), lambda inner: st.builds(Lines, st.lists(inner, max_size=3).map(tuple))
)
labels = st.one_of(sentences, locals_, names)  # a choice nobody can read is none
choices = st.builds(
    Choice, labels, says=texts, acts=st.booleans(), link=st.one_of(st.none(), names), copies=st.booleans()
) | st.builds(Choice, labels, main=st.just(True))
invoices = st.builds(Invoice, labels, names, st.builds(Money, st.integers(0, 10**9), st.just("XTR")), names)
messages = st.builds(
    Message,
    text=st.lists(paragraphs, max_size=4).map(tuple) | sentences,
    choices=st.lists(choices, max_size=4).map(tuple),
    card=st.one_of(st.none(), names),
    picture=st.one_of(st.none(), names),
    shows=st.one_of(st.none(), labels),
    invoice=st.one_of(st.none(), invoices),
    numbered=st.booleans(),
)


def stored(packed: Any) -> Any:
    """As a database gives JSON back."""
    return json.loads(json.dumps(packed, allow_nan=False))


@quick
@given(messages)
def test_a_message_comes_back_as_it_was_stored(message):
    assert unpack(stored(pack(message))) == replace(message, text=message.paragraphs)


@quick
@given(messages)
def test_what_is_stored_again_is_the_same(message):
    packed = stored(pack(message))
    assert stored(pack(unpack(packed))) == packed


@quick
@given(st.lists(paragraphs, max_size=4))
def test_texts_alone_come_back_too(many):
    assert unpack_texts(stored(pack_texts(many))) == tuple(many)


def test_a_card_with_everything_comes_back():
    message = Message(
        (words("delivered", codes=Codes(7, (1, 2)), total=Money(1250, "CNY"), at=datetime(2026, 1, 31, tzinfo=UTC)),),
        (Choice("Copy", copies=True, main=True), Choice(words("cancel"), "cancel K7M2-94QF", acts=True)),
        card="order K7M2-94QF",
        picture="1.png",
        shows=words("product", name=Local({"en": "Steam"})),
        invoice=Invoice(words("title"), "payload", Money(250, "XTR"), "start"),
        numbered=False,
    )
    assert unpack(stored(pack(message))) == message


SECRET = Secret(CANARY)
WITH_A_SECRET = {
    "a fact": Message(words("delivered", code=SECRET)),
    "a fact of a fact": Message(words("delivered", codes=words("codes-of", code=SECRET))),
    "a line among lines": Message((Lines(("hello", words("delivered", code=SECRET))),)),
    "one of several paragraphs": Message(("hello", words("delivered", code=SECRET))),
    "a label": Message(("hello",), (Choice(words("choose", code=SECRET), "x"),)),
    "what a picture shows": Message(("hello",), picture="1.png", shows=words("t", code=SECRET)),
    "an invoice": Message(("hello",), invoice=Invoice(words("t", code=SECRET), "p", Money(1, "XTR"), "s")),
}


@pytest.mark.parametrize("where", WITH_A_SECRET)
def test_a_message_with_a_secret_is_not_stored(where):
    with pytest.raises(TypeError, match="Secret is not stored") as caught:
        pack(WITH_A_SECRET[where])
    assert CANARY not in str(caught.value)


def test_a_plain_text_in_its_place_would_be_stored():
    assert CANARY in json.dumps(pack(Message(words("delivered", code=CANARY))))


@pytest.mark.parametrize("foreign", [1.5, b"bytes", object(), {"a": 1}, ["a"], Money])
def test_what_has_no_form_of_its_own_is_not_stored(foreign):
    with pytest.raises(TypeError, match="is not stored"):
        pack(Message(words("hello", fact=foreign)))


@pytest.mark.parametrize(
    ("texts", "locale", "said"),
    [
        ({"zh-CN": "蒸汽", "en": "Steam", "ru": "Стим"}, "ru", "Стим"),
        ({"zh-CN": "蒸汽", "en": "Steam"}, "zh-TW", "蒸汽"),
        ({"zh-CN": "蒸汽", "en": "Steam"}, "ru", "Steam"),
        ({"zh-CN": "蒸汽"}, "ru", "蒸汽"),
        ({}, "en", ""),
    ],
)
def test_a_name_is_said_in_the_nearest_language_it_has(texts, locale, said):
    assert Local(texts).in_(locale) == said


def test_only_the_sending_call_sees_what_is_said():
    spoken = Spoken(("your code:\n", SECRET), (SpokenChoice("Copy"),), "en", Message(("delivered",)), (SECRET,))
    assert spoken.plain() == "your code:\n***"
    assert spoken.revealed() == f"your code:\n{CANARY}"
    assert CANARY not in repr(spoken)
