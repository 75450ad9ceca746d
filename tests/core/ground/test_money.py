"""Money: exact in every currency, never mixed, never a float, and said as each language says it."""

from __future__ import annotations

import operator
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.ground.money import EXPONENTS, Money, exponent, parse
from core.ground.words import LOCALES

CURRENCIES = ("CNY", "USD", "EUR", "RUB", "HKD", *EXPONENTS)
STORED = 2**63 - 1  # the most a column of minor units holds
quick = settings(deadline=None, max_examples=100)

# ISO 4217, the currencies in use whose minor unit is not a hundredth
NO_CENTS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
SPOKEN_OF = ("CNY", "USD", "EUR", "RUB", "HKD", "TWD", "JPY", "KRW", "GBP", "XTR", "USDT", "USDC", "TON", "BTC", "ETH")


@st.composite
def sums(draw: st.DrawFn) -> Money:
    """An amount of any currency that a row can hold and a person could type."""
    currency = draw(st.sampled_from(CURRENCIES))
    return Money(draw(st.integers(0, min(STORED, 10 ** (15 + exponent(currency)) - 1))), currency)


@quick
@given(sums())
@example(Money(STORED, "ETH"))
@example(Money(10**15 - 1, "JPY"))
def test_what_machines_are_told_is_read_back_the_same(money):
    assert parse(money.plain(), money.currency) == money


@quick
@given(sums())
def test_machines_are_told_every_decimal(money):
    places = exponent(money.currency)
    whole, rest = divmod(money.amount, 10**places)
    assert money.plain() == (f"{whole}.{rest:0{places}}" if places else str(whole))


@quick
@given(sums(), st.integers(0, 1000))
def test_sums_are_exact(money, times):
    assert (money + money) - money == money
    assert money * times == Money(sum([money.amount] * times), money.currency)


@quick
@given(sums(), sums())
def test_two_currencies_do_not_mix(one, other):
    if one.currency == other.currency:
        assert (one + other).amount == one.amount + other.amount
        return
    mixed: list[Any] = [Money.__add__, Money.__sub__]
    for mix in mixed:
        with pytest.raises(ValueError, match="don't mix"):
            mix(one, other)


def test_which_of_two_is_more_is_asked_of_their_amounts():
    """Money(1, "USD") is no less than Money(2, "JPY"): an order of both would compare what can't be compared."""
    compare: Any = operator.lt
    with pytest.raises(TypeError):
        compare(Money(1, "CNY"), Money(2, "USD"))


@pytest.mark.parametrize("amount", [1.0, 12.5, Decimal(1), "1", None])
def test_an_amount_is_a_whole_number(amount):
    with pytest.raises(TypeError):
        Money(amount, "CNY")


def test_half_of_it_is_no_amount():
    times: Any = operator.mul
    with pytest.raises(TypeError):
        times(Money(10, "CNY"), 0.5)


@quick
@given(sums())
def test_nothing_on_the_way_is_a_float(money):
    assert type(money.decimal) is Decimal
    assert type(parse(money.plain(), money.currency).amount) is int
    assert type((money * 3 - money).amount) is int


def test_floats_would_lose_what_we_keep():
    assert Money(STORED, "CNY").plain() != f"{STORED / 100:.2f}"


@pytest.mark.parametrize(
    ("places", "currencies"), [(0, NO_CENTS), (3, THOUSANDTHS), (4, "CLF UYW"), (2, "CNY USD TWD HUF")]
)
def test_minor_units_are_those_of_iso_4217(places, currencies):
    assert {exponent(currency) for currency in currencies.split()} == {places}


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.50", "CNY", 1250),
        ("12.5", "CNY", 1250),
        ("12", "CNY", 1200),
        (" 12.50\n", "CNY", 1250),
        ("0", "CNY", 0),
        ("0.01", "CNY", 1),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("0.000000000000000001", "ETH", 1),
        ("100", "XTR", 100),
    ],
)
def test_an_amount_as_people_write_it(text, currency, amount):
    assert parse(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "CNY"),
        (" ", "CNY"),
        ("-1", "CNY"),
        ("+1", "CNY"),
        ("1e3", "CNY"),
        ("1,5", "CNY"),
        ("1,000.00", "CNY"),
        ("1.", "CNY"),
        (".5", "CNY"),
        ("1.2.3", "CNY"),
        ("1 2", "CNY"),
        ("0x10", "CNY"),
        ("1_000", "CNY"),
        ("NaN", "CNY"),
        ("Infinity", "CNY"),
        ("¥1", "CNY"),
        ("1\x00", "CNY"),
        ("9" * 16, "CNY"),
        ("1." + "0" * 19, "CNY"),
        ("1.234", "CNY"),
        ("0.5", "JPY"),
        ("1.2345", "KWD"),
        ("0.1", "XTR"),
    ],
)
def test_what_is_no_amount_is_refused(text, currency):
    with pytest.raises(ValueError, match=r"not an amount|decimals"):
        parse(text, currency)


@quick
@given(st.text(max_size=30), st.sampled_from(CURRENCIES))
def test_any_other_text_is_refused_or_an_amount(text, currency):
    try:
        money = parse(text, currency)
    except ValueError:
        return
    assert money.amount >= 0
    assert money.decimal == Decimal(text.strip())


# To people


def number_in(shown: str, locale: str) -> Decimal:
    """The number somebody of that language reads there."""
    digits = "".join(re.findall(r"[0-9.,]+", shown))
    return Decimal(digits.replace(",", "." if locale == "ru" else ""))


@quick
@given(sums(), st.sampled_from(LOCALES))
def test_people_read_the_whole_amount(money, locale):
    assert number_in(money.shown(locale), locale) == money.decimal


@pytest.mark.parametrize(
    ("money", "zh", "en", "ru"),
    [
        (Money(1250, "CNY"), "¥12.50", "CN¥12.50", "12,50 CN¥"),
        (Money(123456789, "CNY"), "¥1,234,567.89", "CN¥1,234,567.89", "1 234 567,89 CN¥"),
        (Money(1250, "USD"), "US$12.50", "$12.50", "12,50 $"),
        (Money(1250, "JPY"), "JP¥1,250", "¥1,250", "1 250 ¥"),
        (Money(100000, "RUB"), "RUB1,000.00", "RUB1,000.00", "1 000,00 ₽"),
        (Money(1500, "KWD"), "KWD1.50", "KWD1.50", "1,50 KWD"),
        (Money(1505, "KWD"), "KWD1.505", "KWD1.505", "1,505 KWD"),
        (Money(250, "XTR"), "250 ⭐", "250 ⭐", "250 ⭐"),
        (Money(1500000, "USDT"), "1.5 USDT", "1.5 USDT", "1,5 USDT"),
        (Money(0, "CNY"), "¥0.00", "CN¥0.00", "0,00 CN¥"),
    ],
)
def test_each_language_says_it_its_way(money, zh, en, ru):
    shown = [money.shown(locale).replace("\xa0", " ").replace("\u202f", " ") for locale in ("zh-CN", "en", "ru")]
    assert shown == [zh, en, ru]


@pytest.mark.parametrize("locale", LOCALES)
def test_no_two_currencies_read_the_same(locale):
    """¥ is yuan here and yen there, but never both in one language."""
    signs = {re.sub(r"[0-9.,\s]", "", Money(1000, currency).shown(locale)) for currency in SPOKEN_OF}
    assert len(signs) == len(SPOKEN_OF)
