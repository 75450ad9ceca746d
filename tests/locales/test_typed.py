"""Words people type: those that mean a verb, and those of the pick-up phrase."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import pytest

from core.ground.words import LOCALES, heard, sentence
from tests.locales.used import sources, verbs
from tests.locales.written import language


def spoken_for(locale: str) -> list[tuple[str, str]]:
    """Every typed word of a language, with its verb."""
    keys = [key for key in language(locale).sentences if key.startswith("hears-")]
    return [(word, key.removeprefix("hears-")) for key in keys for word in sentence(locale, key).split("|")]


EVERYTHING = [pair for locale in LOCALES for pair in spoken_for(locale)]


def quarrels(pairs: Sequence[tuple[str, str]], known: set[str]) -> list[str]:
    """Words that mean two things, take another verb's own name, or could never be matched as they are written."""
    faults, first = [], {}
    for word, verb in pairs:
        if first.setdefault(word, verb) != verb:
            faults.append(f"{word} is {first[word]} and {verb}")
        if word in known - {verb}:
            faults.append(f"{word} is a verb itself, not {verb}")
        if word != " ".join(word.split()).casefold() or not word:
            faults.append(f"{word!r} is not written as it is compared")
    return faults


def test_every_typed_word_means_one_verb():
    assert quarrels(EVERYTHING, verbs(sources())) == []


@pytest.mark.parametrize(
    ("word", "verb"),
    [
        ("你好", "start"),
        ("hi", "start"),
        ("здравствуйте", "start"),
        ("货架", "shelf"),
        ("витрина", "shelf"),
        ("我的订单", "orders"),
        ("мои заказы", "orders"),
        ("人工", "human"),
        ("帮助", "help"),
        ("язык", "language"),
        ("取货", "pickup"),
        ("库存", "stock"),
        ("兑换", "redeem"),
        ("redeem", "redeem"),
        ("активировать", "redeem"),
        ("条款", "terms"),
        ("условия", "terms"),
        ("paysupport", "paysupport"),
        ("付款帮助", "paysupport"),
    ],
)
def test_what_people_type_is_understood(word, verb):
    assert heard()[word] == verb


BUTTONS = {
    "choose-start": "start",
    "choose-shelf": "shelf",
    "choose-orders": "orders",
    "choose-human": "human",
    "choose-language": "language",
    "choose-terms": "terms",
    "choose-paysupport": "paysupport",
    "choose-redeem": "redeem",
    "choose-reviews": "reviews",
    "choose-hands": "hands",
    "choose-latest": "orders",
    "choose-stock": "stock",
    "browser-to-help": "help",
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("key", BUTTONS)
def test_a_button_can_be_typed_as_it_reads(locale, key):
    assert heard().get(sentence(locale, key).casefold()) == BUTTONS[key]


def test_words_that_quarrel_are_noticed():
    pairs = [("orders", "orders"), ("заказ", "orders"), ("заказ", "order"), ("buy", "shelf"), ("Hi", "start")]
    assert quarrels(pairs, {"orders", "order", "buy", "shelf"}) == [
        "заказ is orders and order",
        "buy is a verb itself, not shelf",
        "'Hi' is not written as it is compared",
    ]


# The pick-up phrase


def unfit(words: Sequence[str], alike: bool) -> list[str]:
    """Words that could be taken for one another, or be typed in two ways. `alike`: one letter apart counts."""
    faults = [f"{word} is there twice" for word in sorted(set(words)) if words.count(word) > 1]
    faults += [f"{one} begins {other}" for one in words for other in words if one != other and other.startswith(one)]
    seen: dict[str, str] = {}
    for word in words:
        if word != unicodedata.normalize("NFKC", word).casefold() or not word.isalpha() or "ё" in word:
            faults.append(f"{word} can be typed in two ways")
        for blank in {f"{word[:at]}_{word[at + 1 :]}" for at in range(len(word))} if alike else ():
            if seen.setdefault(blank, word) != word:
                faults.append(f"{seen[blank]} and {word} are a letter apart")
    return faults


@pytest.mark.parametrize("locale", LOCALES)
def test_the_phrase_is_made_of_128_words_nobody_mixes_up(locale):
    words = sentence(locale, "pickup-words").split(" ")
    assert len(words) == 128
    assert unfit(words, alike=locale != "zh-CN") == []
    assert {len(word) for word in words} <= ({2} if locale == "zh-CN" else set(range(4, 10)))


def test_words_that_could_be_mixed_up_are_noticed():
    assert unfit(["sun", "sun"], True) == ["sun is there twice"]
    assert unfit(["sun", "sunset"], True) == ["sun begins sunset"]
    assert unfit(["lamp", "lame"], True) == ["lamp and lame are a letter apart"]
    assert unfit(["мёд"], True) == ["мёд can be typed in two ways"]
