"""What a call says, of every kind that WeChat tells: posted by the double, opened by our seal, then heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.chats.wechat.heard import AFTER_A_TAP, AFTER_A_WORD, LONGEST, Heard, Means, hear, said
from bot.chats.wechat.sealing import Seal
from core.ground.clock import TestClock
from doubles import wechat_xml as xml
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from doubles.wechat_delivery import Exchange, packed
from doubles.wechat_people import Person

OPENID = "o-lin-0123456789"
MENU = [
    {"name": "我", "sub_button": [{"type": "click", "name": name, "key": key} for name, key in (
        ("全部", "shelf"), ("品牌", "brand steam"), ("选 1", "1"), ("下一页", ">下一页"), ("长", "x" * 5000))]},
    {"type": "view", "name": "官网", "url": "https://shop.example/"},
]  # fmt: skip
MESSAGE = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": "1700000000", "MsgType": "text"}
EVENT = MESSAGE | {"MsgType": "event", "Event": "CLICK", "EventKey": "shelf"}


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    api = WeChat(clock=TestClock().now)
    account = api.add_account()
    account.menu = MENU
    yield account
    await api.close()


@pytest.fixture
async def lin(account: Account) -> Person:
    lin = account.api.person(OPENID, "Lin")
    await lin.follows(account, quietly=True)
    return lin


def opened(account: Account, exchange: Exchange) -> dict[str, str]:
    """The fields as our seal gives them out."""
    address, body = packed(account, OPENID, xml.written(exchange.fields))
    seal = Seal(account.appid, account.token, account.aes_key, account.api.now)
    return seal.open(dict(parse_qsl(urlsplit(address).query)), body)


def heard(account: Account, exchange: Exchange) -> Heard:
    found = hear(opened(account, exchange))
    assert found is not None
    assert (found.openid, found.to) == (OPENID, account.original_id)
    assert len(found.key) <= 190
    return found


def routed(one: Heard) -> tuple[str, str | None]:
    """What the router is told: words, or what was pressed."""
    means, word = said("wechat", one.openid, one.key, one.packed())
    assert (means, word.chat, word.address, word.key) == (one.means, "wechat", one.openid, one.key)
    return word.text, word.press


# Messages


@pytest.mark.parametrize("text", ["货架", "1", "２个", "😀", "<a href='x'>&", " ", "]]>", "x" * 600])
async def test_a_text_is_said(account: Account, lin: Person, text: str):
    one = heard(account, exchange := await lin.says(account, text))
    if not text.strip():
        assert (one.means, one.lends) == (Means.WORDLESS, AFTER_A_WORD)
        return
    assert (one.means, one.key, one.lends) == (Means.SAID, str(exchange.msg_id), AFTER_A_WORD)
    assert routed(one) == (text, None)


async def test_a_very_long_text_is_read_as_far_as_it_goes(account: Account, lin: Person):
    assert routed(heard(account, await lin.says(account, "码" * 5000)))[0] == "码" * LONGEST


@pytest.mark.parametrize(("recognised", "word"), [("订单。", "订单"), ("Help!", "Help"), ("买三张？ ", "买三张")])
async def test_a_voice_that_was_understood_is_said(account: Account, lin: Person, recognised: str, word: str):
    one = heard(account, await lin.sends(account, "voice", Recognition=recognised))
    assert (one.means, one.lends) == (Means.SAID, AFTER_A_WORD)
    assert routed(one) == (word, None)


@pytest.mark.parametrize("recognised", ["", "。", "  "])
async def test_a_voice_that_was_not_is_no_word(account: Account, lin: Person, recognised: str):
    one = heard(account, await lin.sends(account, "voice", Recognition=recognised))
    assert (one.means, one.text, one.lends) == (Means.WORDLESS, "", AFTER_A_WORD)


@pytest.mark.parametrize("kind", ["image", "video", "shortvideo", "location", "link", "sticker"])
async def test_what_has_no_words_is_kept_as_such(account: Account, lin: Person, kind: Any):
    one = heard(account, exchange := await lin.sends(account, kind))
    assert (one.means, one.text, one.key) == (Means.WORDLESS, "", str(exchange.msg_id))
    assert one.lends == AFTER_A_WORD


async def test_a_kind_that_we_do_not_know_lends_nothing(account: Account, lin: Person):
    one = heard(account, await lin.sends(account, "file"))
    assert (one.means, one.lends) == (Means.WORDLESS, None)


async def test_words_under_a_picture_or_a_place_are_not_read(account: Account, lin: Person):
    for kind in ("image", "location"):
        exchange = await lin.sends(account, kind, Content="buy steam", Recognition="buy steam")
        assert heard(account, exchange).text == ""


# Events

Doing = Callable[[Person, Account], Awaitable[Exchange]]
PRESSED: dict[str, tuple[Doing, str]] = {
    "follows": (lambda lin, at: lin.follows(at), "start"),
    "follows by a code": (lambda lin, at: lin.follows(at, "p-steam"), "start p-steam"),
    "follows by another's code": (lambda lin, at: lin.follows(at, "买 <东西>"), "start"),
    "scans": (lambda lin, at: lin.scans(at, "p-steam-us-20"), "start p-steam-us-20"),
    "scans a code with a prefix": (lambda lin, at: lin.scans(at, "qrscene_p-steam"), "start p-steam"),
    "scans rubbish": (lambda lin, at: lin.scans(at, "p-steam; cancel 1"), "start"),
    "scans what is too long": (lambda lin, at: lin.scans(at, "p" * 65), "start"),
    "taps a verb": (lambda lin, at: lin.taps(at, "shelf"), "shelf"),
    "taps a verb with its argument": (lambda lin, at: lin.taps(at, "品牌"), "brand steam"),
}
TYPED: dict[str, tuple[str, str]] = {"a number": ("选 1", "1"), "the next page": (">下一页", "下一页")}


@pytest.mark.parametrize("name", PRESSED)
async def test_what_is_pressed(account: Account, lin: Person, name: str):
    doing, pressed = PRESSED[name]
    one = heard(account, await doing(lin, account))
    assert (one.means, one.lends) == (Means.SAID, AFTER_A_TAP)
    assert routed(one) == ("", pressed)


@pytest.mark.parametrize("name", TYPED)
async def test_what_is_pressed_as_if_typed(account: Account, lin: Person, name: str):
    button, typed = TYPED[name]
    one = heard(account, await lin.taps(account, button))
    assert (one.means, one.lends) == (Means.SAID, AFTER_A_TAP)
    assert routed(one) == (typed, None)


async def test_a_button_with_a_long_key(account: Account, lin: Person):
    one = heard(account, await lin.taps(account, "长"))
    assert routed(one) == ("", "x" * LONGEST)


async def test_somebody_who_leaves(account: Account, lin: Person):
    one = heard(account, await lin.leaves(account))
    assert (one.means, one.lends) == (Means.LEFT, None)


@pytest.mark.parametrize("name", ["LOCATION", "TEMPLATESENDJOBFINISH", "user_get_card", "", "<b>", "device_x"])
async def test_other_events_are_thanked_for(account: Account, lin: Person, name: str):
    exchange = await lin.event(account, name, Status="success", Latitude=1, EventKey="buy steam")
    one = heard(account, exchange)
    assert (one.means, one.text, one.lends) == (Means.NOTHING, "", None)


async def test_a_page_of_the_menu_is_thanked_for(account: Account, lin: Person):
    assert heard(account, await lin.opens_menu(account, "官网")).means is Means.NOTHING


# What tells one from another


async def test_two_taps_in_one_second_are_two(account: Account, lin: Person):
    account.api.same_second = True
    exchanges = [await lin.taps(account, button) for button in ("shelf", "1")]
    assert len({exchange.fields["CreateTime"] for exchange in exchanges}) == 1
    assert len({heard(account, exchange).key for exchange in exchanges}) == 2


async def test_taps_of_two_seconds_are_two_and_of_two_people(account: Account, lin: Person):
    fields = opened(account, await lin.taps(account, "shelf"))
    keys = [hear(fields), hear(fields | {"FromUserName": "o-bao-0123456789"})]
    later = hear(opened(account, await lin.taps(account, "shelf")))
    assert len({one.key for one in (*keys, later) if one}) == 3


async def test_the_same_told_again_has_the_same_key(account: Account, lin: Person):
    for exchange in (
        await lin.says(account, "你好"),
        await lin.taps(account, "shelf"),
        await lin.follows(account, "p-a"),
    ):
        assert heard(account, exchange).key == heard(account, exchange).key


# What names nobody


@pytest.mark.parametrize(
    "openid", ["", "o-lin", "o lin 0123456789", "o-林-0123456789", "x" * 65, "a:b:c:d:e:f", "../../etc"]
)
def test_an_openid_of_another_form(openid: str):
    assert hear(MESSAGE | {"MsgId": "1", "Content": "a", "FromUserName": openid}) is None
    assert hear(EVENT | {"FromUserName": openid}) is None


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "１", "9" * 25, "1 "])
def test_a_message_with_no_number_of_its_own(number: str):
    assert hear(MESSAGE | {"MsgId": number, "Content": "a"}) is None


@pytest.mark.parametrize("at", ["", "x", "-1", "9" * 12, "１"])
def test_an_event_of_no_time(at: str):
    assert hear(EVENT | {"CreateTime": at}) is None


@pytest.mark.parametrize("left_out", ["FromUserName", "MsgType", "MsgId", "CreateTime", "Content", "Event", "EventKey"])
def test_with_any_field_left_out_it_is_none_or_something_we_know(left_out: str):
    for whole in (MESSAGE | {"MsgId": "1", "Content": "a"}, EVENT):
        found = hear({name: value for name, value in whole.items() if name != left_out})
        assert found is None or isinstance(found.means, Means)


@pytest.mark.parametrize("event", ["subscribe", "SCAN", "CLICK", "unsubscribe", "VIEW", "scancode_push"])
@pytest.mark.parametrize("key", ["", "scanbarcode|EAN", "qrscene_", "@#$", "]]>", "\u2028"])
def test_an_event_with_whatever_key_is_what_it_is(event: str, key: str):
    one = hear(EVENT | {"Event": event, "EventKey": key})
    assert one is not None
    meant = {"CLICK": (Means.SAID, key), "SCAN": (Means.SAID, "start"), "unsubscribe": (Means.LEFT, "")}
    if event == "subscribe" and not key.startswith("scanbarcode|"):  # a barcode's is no follower
        meant["subscribe"] = (Means.SAID, "start")
    assert (one.means, one.text) == meant.get(event, (Means.NOTHING, ""))


# In what language


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("help", "en"),
        ("Orders", "en"),
        ("steam", "zh-CN"),
        ("货架", "zh-CN"),
        ("заказы", "ru"),
        ("1", "zh-CN"),
        ("😀", "zh-CN"),
    ],
)
def test_a_guess_at_the_language(text: str, locale: str):
    one = hear(MESSAGE | {"MsgId": "1", "Content": text})
    assert one is not None
    _, word = said("wechat", OPENID, one.key, one.packed())
    assert (word.locale, word.zone) == (locale, "Asia/Shanghai")
