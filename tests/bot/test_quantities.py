"""How many was meant, in three languages and many ways of writing; and what is no quantity."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.quantities import CHINESE, NAMED, numeral, quantity_said

quick = settings(deadline=None, max_examples=200)

CHINESE_NUMERALS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]


@pytest.mark.parametrize(
    ("said", "many"),
    [
        ("2", 2),
        ("２", 2),
        ("二", 2),
        ("两", 2),
        ("俩", 2),
        ("仨", 3),
        (" 2 ", 2),
        ("02", 2),
        ("10", 10),
        ("１２", 12),
        ("999999999", 999999999),
        ("两张", 2),
        ("2张", 2),
        ("2 张", 2),
        ("２个", 2),
        ("三份", 3),
        ("五件", 5),
        ("2码", 2),
        ("2卡", 2),
        ("要2个", 2),
        ("我要2个", 2),
        ("想要两张", 2),
        ("我想买三张", 3),
        ("买2", 2),
        ("来一个", 1),
        ("来两张吧", 2),
        ("给我五张", 5),
        ("2张吧。", 2),
        ("十", 10),
        ("十个", 10),
        ("十二", 12),
        ("二十", 20),
        ("二十张", 20),
        ("二十一", 21),
        ("两十", 20),
        ("九十九", 99),
        ("x2", 2),
        ("X2", 2),
        ("2x", 2),
        ("×3", 3),
        ("3×", 3),
        ("*4", 4),
        ("x 2", 2),
        ("two", 2),
        ("Two", 2),
        ("TEN", 10),
        ("two please", 2),
        ("2 please", 2),
        ("2.", 2),
        ("2 pcs", 2),
        ("1 pc", 1),
        ("3 pieces", 3),
        ("1 piece", 1),
        ("5 codes", 5),
        ("1 code", 1),
        ("три", 3),
        ("Две", 2),
        ("один", 1),
        ("одну", 1),
        ("десять", 10),
        ("2 шт", 2),
        ("2шт.", 2),
        ("3 штуки", 3),
        ("5 штук", 5),
        ("1 код", 1),
        ("2 кода", 2),
        ("5 кодов", 5),
        ("одна штука", 1),
        ("одну карту", 1),
        ("2 карты", 2),
        ("5 карт", 5),
        ("2 cards", 2),
        ("one card", 1),
        ("два пожалуйста", 2),
    ],
)
def test_people_mean_the_same_in_many_ways(said, many):
    assert quantity_said(said.replace("。", ".")) == many


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "0",
        "０",
        "零",
        "00",
        "-1",
        "－1",
        "+1",
        "1.5",
        "1,5",
        "1/2",
        "½",
        "1e3",
        "0x10",
        "2 3",
        "1-2",
        "2~3",
        "1000000000",
        "9" * 5000,
        "几张",
        "多少",
        "张",
        "要",
        "百",
        "一百",
        "一千",
        "二三",
        "一二三",
        "十十",
        "零十",
        "半",
        "两三张",
        "2张3",
        "第二",
        "many",
        "a few",
        "twice",
        "zero",
        "x",
        "xx",
        "много",
        "пара",
        "ноль",
        "да",
        "ok",
        "help",
        "2 cards for steam",
        "steam 20",
        "20美元",
        "$20",
        "¥20",
        "2%",
        "٢٣",
        "2\n3",
        "2\x00",
        "two two",
        "None",
        "True",
    ],
)
def test_what_is_no_quantity(said):
    assert quantity_said(said) is None


def test_every_number_up_to_99_in_chinese():
    """As it is written: 十, 十一, 二十, 二十一."""
    ones = ["", *CHINESE_NUMERALS[:9]]
    written = [
        ("" if tens == 1 else ones[tens]) + ("十" if tens else "") + ones[one]
        for tens in range(10)
        for one in range(10)
    ]
    assert [quantity_said(word) for word in written[1:]] == list(range(1, 100))


def test_every_word_there_is_is_a_number_of_its_own():
    assert {quantity_said(word) for word in NAMED} == set(range(1, 11))
    assert all(quantity_said(word) == (value or None) for word, value in CHINESE.items())


@quick
@given(st.integers(1, 999999999), st.sampled_from(["{}", " {}", "{}张", "要{}个", "x{}", "{} pcs", "{} шт."]))
def test_any_number_is_understood_in_any_form(many, form):
    assert quantity_said(form.format(many)) == many
    wide = form.format("".join(chr(ord(digit) - ord("0") + ord("０")) for digit in str(many)))
    assert quantity_said(wide) == many


@quick
@given(st.text())
@example("1" * 10**5)
@example("一" * 10**5)
@example("x" * 10**5)
def test_any_text_is_a_quantity_of_at_least_one_or_none(text):
    many = quantity_said(text)
    assert many is None or (type(many) is int and 1 <= many <= 999999999)


@pytest.mark.parametrize(
    ("said", "many"), [("1", 1), ("１", 1), (" 2 ", 2), ("二", 2), ("十二", 12), ("two", 2), ("три", 3)]
)
def test_a_numeral_is_the_bare_number(said, many):
    """As a choice is picked by its number: half-width, full-width, Chinese."""
    assert numeral(said) == many


@pytest.mark.parametrize(
    "said", ["", "两张", "要2个", "x2", "2 pcs", "2.", "hello", "номер", "9" * 5000, "第二", "1 2"]
)
def test_a_numeral_is_nothing_else(said):
    assert numeral(said) is None
