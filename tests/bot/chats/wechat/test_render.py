"""What a text at WeChat looks like: numbers that mean what was offered, links that are ours alone, 2,048 bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

import pytest

from bot.chats.wechat.render import BYTES, Pages, anchor, text
from core import cards, composing
from core.ground.messages import Choice, Codes, Local, Message, Spoken, SpokenChoice, words
from core.ground.vault import Secret
from core.ground.words import LOCALES, Opened, sentence, speak
from tests.locales.judged import too_long
from tests.locales.samples import CODE, LONGEST, ORDINARY, buyer_cards, hearer, order, order_list, product_cards, said

SITE = "https://shop.example/wechat/orders"
SIGNED = "?by=oLin0123456789abcdefghijklmnop&until=496321&sign=0123456789abcdef01234567"
PAGES = Pages(lambda number: f"{SITE}/{number}{SIGNED}", lambda number: f"{SITE}/{number}/pay{SIGNED}")
LINK = re.compile(r'<a href="([^"]*)">([^<]*)</a>')
NUMBERED = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
NAMES = {"ordinary": ORDINARY, "longest": LONGEST}
ORDER = order()


def shown(*spoken: Spoken) -> str:
    whole = text(spoken, PAGES)
    assert whole is not None
    assert len(whole.reveal().encode()) <= BYTES
    return whole.reveal()


def spoken(
    *parts: str | Secret, choices: Sequence[SpokenChoice] = (), codes: Sequence[Secret] = (), locale: str = "zh-CN",
    message: Message | None = None,
) -> Spoken:  # fmt: skip
    return Spoken(parts, tuple(choices), locale, message or Message(""), tuple(codes))


def read(whole: str) -> str:
    """What somebody sees: of a link its words."""
    return LINK.sub(r"\2", whole)


def handing_over(codes: Sequence[str], locale: str = "zh-CN") -> Spoken:
    """The real card, with these codes."""
    opened = [Opened(Secret(code), Secret(code)) for code in codes]
    message = cards.delivered(ORDER, Codes(ORDER.id, tuple(range(len(codes)))))
    return speak(message, hearer(locale), lambda _: opened)


async def everything(names: str) -> dict[str, Message]:
    found = NAMES[names]
    return buyer_cards(found) | await product_cards(found) | {"my orders": order_list(found)}


# Every card


@pytest.mark.parametrize(("locale", "names"), list(product(LOCALES, NAMES)))
async def test_every_card_fits_into_one_text_uncut(locale: str, names: str):
    faults = []
    for name, message in (await everything(names)).items():
        one = said(message, locale)
        whole = shown(one)
        faults += [f"{name}: {fault}" for fault in too_long(read(whole))]
        if one.revealed() not in whole:
            faults.append(f"{name} was cut or changed")
    assert faults == []


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_number_means_what_was_offered_under_it(locale: str):
    tried = 0
    for name, message in (await everything("ordinary")).items():
        one = said(message, locale)
        body, _, lines = shown(one).rpartition("\n\n") if one.answerable else (shown(one), "", "")
        seen = {number: label.casefold() for number, label in NUMBERED.findall(read(lines))}
        offered = {each["number"]: each["label"] for each in composing.offered(one) if "number" in each}
        assert seen == offered, name
        assert body.startswith(one.text[0] if isinstance(one.text[0], str) else ""), name
        tried += len(offered)
    assert tried > 50


# Choices


def test_what_only_opens_an_address_is_a_link_without_a_number():
    choices = [SpokenChoice("付款", link="https://pay.example/1?a=1&b=2"), SpokenChoice("取消", "cancel 1")]
    whole = shown(spoken("订单", choices=choices))
    assert whole == '订单\n\n1. 取消\n· <a href="https://pay.example/1?a=1&b=2">付款</a>'


def test_what_opens_an_address_and_says_something_is_both():
    whole = shown(spoken("订单", choices=[SpokenChoice("付款", "pay 1", "https://pay.example/1")]))
    assert whole.endswith('1. <a href="https://pay.example/1">付款</a>')


@pytest.mark.parametrize("link", ["tg://resolve?domain=a", "javascript:alert(1)", "weixin://pay", ""])
def test_an_address_of_another_kind_is_no_link(link: str):
    assert shown(spoken("订单", choices=[SpokenChoice("开", link=link)])).endswith("\n· 开")


def test_what_only_a_button_can_do_is_left_out():
    assert shown(spoken("订单", choices=[SpokenChoice("复制", copies=True)])) == "订单"


def test_where_a_number_is_an_answer_choices_have_none():
    message = Message("", numbered=False)
    one = spoken("要几张？", choices=[SpokenChoice("取消", "cancel")], message=message)
    assert shown(one) == "要几张？\n\n· 取消"
    assert "number" not in composing.offered(one)[0]


def test_of_several_only_the_last_ones_choices_are_numbered():
    first = spoken("第一", choices=[SpokenChoice("货架", "shelf")])
    last = spoken("第二", choices=[SpokenChoice("订单", "orders")])
    assert shown(first, last) == "第一\n\n第二\n\n1. 订单"


# Foreign text

TRAPS = ['<a href="https://evil.example">领取</a>', "<A HREF='https://evil.example'>x</A>", "<a\nhref=x>", "</a>"]


@pytest.mark.parametrize("trap", TRAPS)
def test_foreign_text_makes_no_link(trap: str):
    """A product's name, a brand, whatever staff or buyers wrote: in the text and on a choice."""
    message = Message(
        (words("choose-shelf"), Local({"zh-CN": trap})),
        (Choice(Local({"zh-CN": trap}), "shelf"), Choice(Local({"zh-CN": trap}), link="https://ours.example/")),
    )
    whole = shown(speak(message, hearer("zh-CN"), lambda _: []))
    ours = whole.removesuffix("</a>").replace('<a href="https://ours.example/">', "")
    assert len(ours) < len(whole)
    assert not re.search(r"<\s*/?\s*[aA]\b", ours)
    assert ours.replace("\u2060", "").count(trap) == 3, "it reads the same"


def test_an_address_can_not_end_its_own_link():
    assert anchor('https://a.example/"><b>', "x") == '<a href="https://a.example/%22><b>">x</a>'


def test_other_angle_brackets_stay():
    assert shown(spoken("1 < 2 <abc> <b>a</b> & ]]>")) == "1 < 2 <abc> <b>a</b> & ]]>"


# Codes


@pytest.mark.parametrize(
    "code", ["AB<CD>EF", "]]>", "<a href=x>", "A&B;C", "&lt;", '"quoted"', "ＡＢＣ", "\u200dA", "1. x"]
)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_code_is_shown_as_it_is(code: str, locale: str):
    assert f"\n{code}\n" in shown(handing_over([code], locale))


@pytest.mark.parametrize("locale", LOCALES)
def test_as_many_codes_as_fit_stand_in_the_text(locale: str):
    codes = [f"{CODE}-{number}" for number in range(20)]
    whole = shown(handing_over(codes, locale))
    assert "\n".join(codes) in whole


@pytest.mark.parametrize("many", [60, 100, 1000])
@pytest.mark.parametrize("locale", LOCALES)
def test_more_codes_than_fit_are_on_the_orders_page_and_none_is_cut(many: int, locale: str):
    one = handing_over([f"{CODE}-{number}" for number in range(many)], locale)
    whole = shown(one)
    assert CODE not in whole
    assert (PAGES.order(ORDER.number), sentence(locale, "wechat-open-order")) in LINK.findall(whole)
    assert ORDER.number in read(whole)
    assert f"{many}" in read(whole).replace("\u2009", "").replace("\u00a0", "").replace(",", "")
    assert [number for number, _ in NUMBERED.findall(whole)] == [each["number"] for each in composing.offered(one)]


def test_too_many_codes_with_more_around_them_than_fits_leave_the_link():
    codes = Secret("\n".join([CODE] * 100))
    one = spoken("长" * 700, codes, codes=[codes], message=Message("", card="order K7M2-94QF"))
    whole = shown(one)
    assert CODE not in whole
    assert LINK.findall(whole) == [(PAGES.order("K7M2-94QF"), sentence("zh-CN", "wechat-open-order"))]


# How much


def test_what_does_not_fit_together_is_not_said_together():
    one = spoken("字" * 350)
    assert text([one, one], PAGES) is None
    assert text([one], PAGES) is not None
    assert text([spoken("字" * 340), spoken("字" * 341, "abcd")], PAGES) is None


def test_together_they_fill_it_to_the_last_byte():
    before, last = spoken("a" * 1000), spoken("b" * (BYTES - 1002))
    assert len(shown(before, last).encode()) == BYTES
    assert text([before, spoken("b" * (BYTES - 1001))], PAGES) is None


@pytest.mark.parametrize("letter", ["x", "ж", "字", "😀"])
def test_a_text_that_is_too_long_is_cut_and_its_choices_stay(letter: str):
    choices = [SpokenChoice("货架", "shelf"), SpokenChoice("付", link="https://pay.example/1")]
    whole = shown(spoken(letter * 3000, choices=choices))
    body, _, lines = whole.partition("…")
    assert set(body) == {letter}
    assert lines == '\n\n1. 货架\n· <a href="https://pay.example/1">付</a>'
    assert len(whole.encode()) > BYTES - 10


def test_what_just_fits_is_not_cut():
    assert shown(spoken("x" * BYTES)) == "x" * BYTES
    assert shown(spoken("x" * (BYTES + 1))).endswith("x…")


def test_a_link_to_pay_is_never_cut_in_two():
    message = Message("", card="order K7M2-94QF", qr="weixin://pay")
    for more in range(0, 400, 3):
        whole = shown(spoken("x" * (BYTES - 300 + more), message=message))
        assert [address for address, _ in LINK.findall(whole)] == [PAGES.pay("K7M2-94QF")], more


# A picture to scan


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_to_be_scanned_is_on_the_pay_page(locale: str):
    message = Message("", card="order K7M2-94QF", qr="weixin://wxpay/bizpayurl?pr=1")
    whole = shown(spoken("订单", locale=locale, message=message))
    assert LINK.findall(whole) == [(PAGES.pay("K7M2-94QF"), sentence(locale, "wechat-pay-page"))]


def test_a_picture_of_no_order_has_no_page():
    assert shown(spoken("指南", message=Message("", qr="https://a.example"))) == "指南"
