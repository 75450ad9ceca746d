"""Everything we say sounds like us: warm, level, concrete, in the buyer's words."""

from __future__ import annotations

import pytest

from core.ground.words import LOCALES
from tests.locales.judged import unlike_us
from tests.locales.written import language


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_we_say_is_unlike_us(locale):
    faults = [
        f"{key}: {fault}"
        for key, sentence in language(locale).sentences.items()
        if not key.startswith("hears-")  # people may say what they like
        for fault in unlike_us("".join(sentence.texts), locale)
    ]
    assert faults == []


@pytest.mark.parametrize("locale", LOCALES)
def test_we_are_sorry_once_at_most(locale):
    sorry = {"zh-CN": "抱歉", "en": "sorry", "ru": "извин"}[locale]
    for key, sentence in language(locale).sentences.items():
        assert sum(text.lower().count(sorry) for text in sentence.texts) <= 1, key


# The checker can fail.


@pytest.mark.parametrize(
    ("locale", "text", "fault"),
    [
        ("zh-CN", "亲，稍后发货", "says '亲，'"),
        ("zh-CN", "您的订单", "says '您'"),
        ("zh-CN", "已发货！", "shouts"),
        ("en", "It will be here soon.", "says 'soon'"),
        ("en", "Flagged as fraud", "says 'Flagged'"),
        ("en", "Delivered 🎉", "has 🎉"),
        ("en", "✅ paid ✅ sent", "has more than one mark of state"),
        ("ru", "Код скоро придёт", "says 'скоро'"),
        ("ru", "Уважаемый покупатель", "says 'Уважаем'"),
    ],
)
def test_what_is_unlike_us_is_noticed(locale, text, fault):
    assert fault in unlike_us(text, locale)


def test_a_promise_with_a_time_is_like_us():
    assert unlike_us("As soon as it is, we deliver. Paid ✅ 2500 ⭐, № 3 × 2", "en") == []
