"""What WeChat's double lets an account do and how it refuses: telling people, templates, menus, pictures, codes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.ground.clock import TestClock
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from doubles.wechat_people import PICTURE, Person
from tests.doubles.wechats import Asking, Hook, account, api, client, clock, hook, lin, shop

__all__ = ["account", "api", "client", "clock", "hook", "lin", "shop"]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
BUTTON = {"type": "click", "name": "订单", "key": "orders"}


def text(content: Any = "您好", touser: Any = "o-lin") -> dict[str, Any]:
    return {"touser": touser, "msgtype": "text", "text": {"content": content}}


# Rights


async def test_a_message_is_worth_five_within_48_hours(account: Account, lin: Person, shop: Asking, clock: TestClock):
    await lin.says(account, "hi")
    assert [await shop.tells(lin) for _ in range(6)] == [0] * 5 + [45047]
    await lin.says(account, "hi")
    clock.forward(timedelta(hours=48, seconds=-1))
    assert await shop.tells(lin) == 0
    clock.forward(timedelta(seconds=1))
    assert await shop.tells(lin) == 45015
    assert len(lin.chat(account).texts) == 6


@pytest.mark.parametrize("how", ["follows", "scans", "taps"])
async def test_a_touch_is_worth_three_within_a_minute(
    api: WeChat, account: Account, shop: Asking, clock: TestClock, how: str
):
    bao = api.person("o-bao")
    await bao.follows(account, quietly=how != "follows")
    await shop.call("menu/create", {"button": [BUTTON]})

    async def touches() -> None:
        if how == "follows":
            await bao.follows(account)
        else:
            await (bao.scans(account, "p1") if how == "scans" else bao.taps(account, "orders"))

    await touches()
    assert [await shop.tells(bao) for _ in range(4)] == [0, 0, 0, 45047]
    clock.forward(timedelta(seconds=1))
    await touches()
    clock.forward(timedelta(seconds=59))
    assert await shop.tells(bao) == 0
    clock.forward(timedelta(seconds=1))
    assert await shop.tells(bao) == 45015


async def test_a_pick_is_worth_three_within_a_minute(account: Account, lin: Person, shop: Asking, clock: TestClock):
    await lin.says(account, "hi")
    menu = {"head_content": "?", "list": [{"id": "1", "content": "是"}], "tail_content": ""}
    await shop.call("message/custom/send", {"touser": "o-lin", "msgtype": "msgmenu", "msgmenu": menu})
    clock.forward(timedelta(hours=48))
    assert await shop.tells(lin) == 45015
    await lin.picks(account, "是")
    assert [await shop.tells(lin) for _ in range(4)] == [0, 0, 0, 45047]


async def test_a_message_counts_against_every_right_that_lives(
    account: Account, lin: Person, shop: Asking, clock: TestClock
):
    await shop.call("menu/create", {"button": [BUTTON]})
    await lin.says(account, "hi")
    await lin.taps(account, "orders")
    assert [await shop.tells(lin) for _ in range(3)] == [0, 0, 0]
    clock.forward(timedelta(minutes=2))  # the tap's right is over; the message's has two left
    assert [await shop.tells(lin) for _ in range(3)] == [0, 0, 45047]


async def test_how_many_are_left(account: Account, lin: Person, shop: Asking, clock: TestClock):
    rights = account.follower("o-lin").rights
    assert rights.left(clock.now().timestamp()) == 0
    await lin.says(account, "hi")
    await shop.tells(lin)
    assert rights.left(clock.now().timestamp()) == 4
    clock.forward(timedelta(hours=48))
    assert rights.left(clock.now().timestamp()) == 0


async def test_a_new_right_stands_beside_a_used_one(account: Account, lin: Person, shop: Asking):
    await lin.says(account, "hi")
    for _ in range(5):
        await shop.tells(lin)
    await lin.says(account, "hi")
    assert [await shop.tells(lin) for _ in range(6)] == [0] * 5 + [45047]


@pytest.mark.parametrize("event", ["VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "user_pay_from_pay_cell"])
async def test_a_payment_and_other_events_are_worth_nothing(account: Account, lin: Person, shop: Asking, event: str):
    await lin.event(account, event)
    assert await shop.tells(lin) == 45015


async def test_opening_a_page_is_worth_nothing(account: Account, lin: Person, shop: Asking):
    await shop.call("menu/create", {"button": [{"type": "view", "name": "网站", "url": "https://a.b/"}]})
    await lin.opens_menu(account, "网站")
    assert await shop.tells(lin) == 45015


async def test_leaving_ends_every_right(account: Account, lin: Person, shop: Asking):
    await lin.says(account, "hi")
    await lin.leaves(account)
    assert await shop.tells(lin) == 43004
    await lin.follows(account, quietly=True)
    assert await shop.tells(lin) == 45015


async def test_a_stranger_is_told_nothing(account: Account, lin: Person, shop: Asking, api: WeChat):
    assert await shop.tells(api.person("o-nobody")) == 40003
    assert (await shop.call("message/custom/send", text(touser=7)))["errcode"] == 40003


async def test_an_unverified_account_tells_nobody(api: WeChat, account: Account, lin: Person, shop: Asking):
    await lin.says(account, "hi")
    account.verified = False
    assert await shop.tells(lin) == 48001


# Customer service messages


async def test_a_refused_message_costs_no_right(account: Account, lin: Person, shop: Asking):
    await lin.says(account, "hi")
    for _ in range(9):
        assert await shop.tells(lin, "好" * 683) == 45002
    assert [await shop.tells(lin) for _ in range(6)] == [0] * 5 + [45047]


@pytest.mark.parametrize(
    ("given", "errcode"),
    [
        (text("好" * 682 + "ab"), 0),
        (text("好" * 682 + "abc"), 45002),
        (text(""), 44004),
        (text(None), 44004),
        (text(5), 44004),
        ({"touser": "o-lin", "msgtype": "text"}, 44004),
        ({"touser": "o-lin", "msgtype": "wxcard", "wxcard": {}}, 40008),
        ({"touser": "o-lin"}, 40008),
        ({"touser": "o-lin", "msgtype": "template", "template": {}}, 40008),
        ({"touser": "o-lin", "msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"touser": "o-lin", "msgtype": "image", "image": {}}, 40007),
        ({"touser": "o-lin", "msgtype": "msgmenu", "msgmenu": {"head_content": "?"}}, 40035),
        ({"touser": "o-lin", "msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1"}]}}, 40035),
        ({"touser": "o-lin", "msgtype": "msgmenu", "msgmenu": {"list": [{"id": 1, "content": "好" * 700}]}}, 45002),
        ({"touser": "o-lin", "msgtype": "news", "news": {"articles": []}}, 45002),
        ({"touser": "o-lin", "msgtype": "news", "news": {"articles": [{"title": "一"}, {"title": "二"}]}}, 45002),
        ({"touser": "o-lin", "msgtype": "news", "news": {"articles": [{"title": "一", "url": "https://a.b"}]}}, 0),
        (["not an object"], 47001),
    ],
)
async def test_what_can_be_told(account: Account, lin: Person, shop: Asking, given: Any, errcode: int):
    await lin.says(account, "hi")
    assert (await shop.call("message/custom/send", given))["errcode"] == errcode
    assert len(lin.chat(account).texts) == (errcode == 0)


async def test_a_body_that_is_no_json(account: Account, lin: Person, shop: Asking, client: httpx.AsyncClient):
    token = (await shop.token())["access_token"]
    address = f"{shop.api.url}/cgi-bin/message/custom/send"
    said = await client.post(address, params={"access_token": token}, content=b"{'touser'")
    assert said.json()["errcode"] == 47001


async def test_an_escaped_text_is_shown_as_it_is_written(
    account: Account, lin: Person, shop: Asking, client: httpx.AsyncClient
):
    await lin.says(account, "hi")
    token = (await shop.token())["access_token"]
    for content in (b'"\\u4f60\\u597d"', b'"a\\u000ab\\n\\\\u4f60"', '"你好"'.encode()):
        body = b'{"touser": "o-lin", "msgtype": "text", "text": {"content": %s}}' % content
        address = f"{shop.api.url}/cgi-bin/message/custom/send"
        await client.post(address, params={"access_token": token}, content=body)
    assert lin.chat(account).texts == [r"\u4f60\u597d", "a\nb\n\\u4f60", "你好"]


async def test_a_picture_is_uploaded_told_and_forgotten(
    account: Account, lin: Person, shop: Asking, client: httpx.AsyncClient, clock: TestClock
):
    token = (await shop.token())["access_token"]
    said = await upload(shop, client, PNG)
    assert said["type"] == "image" and said["created_at"] == int(clock.now().timestamp())
    image = {"touser": "o-lin", "msgtype": "image", "image": {"media_id": said["media_id"]}}

    clock.forward(timedelta(days=3, seconds=-1))
    await lin.says(account, "hi")
    assert (await shop.call("message/custom/send", image))["errcode"] == 0
    shown = lin.chat(account).last
    assert (shown.kind, shown.via, shown.image) == ("image", "push", PNG)

    clock.forward(timedelta(seconds=1))
    assert (await shop.call("message/custom/send", image))["errcode"] == 40007
    assert (await shop.call("media/get", media_id=said["media_id"]))["errcode"] == 40007
    assert token


async def upload(shop: Asking, client: httpx.AsyncClient, data: bytes | None, type: str = "image") -> dict[str, Any]:
    params = {"access_token": (await shop.token())["access_token"], "type": type}
    files = {"media": ("qr.png", data, "image/png")} if data is not None else {"other": ("a", b"x")}
    return (await client.post(f"{shop.api.url}/cgi-bin/media/upload", params=params, files=files)).json()


@pytest.mark.parametrize(
    ("data", "type", "errcode"),
    [
        (PNG, "image", 0),
        (PICTURE, "image", 0),
        (PNG, "voice", 40004),
        (PNG, "", 40004),
        (b"%PDF-1.7", "image", 40005),
        (b"", "image", 40006),
        (PNG + bytes(10 * 1024 * 1024 - len(PNG)), "image", 0),
        (PNG + bytes(10 * 1024 * 1024 - len(PNG) + 1), "image", 40009),
        (None, "image", 41005),
    ],
    ids=["png", "jpeg", "voice", "typeless", "pdf", "empty", "large", "larger", "missing"],
)
async def test_what_can_be_uploaded(
    shop: Asking, client: httpx.AsyncClient, data: bytes | None, type: str, errcode: int
):
    assert (await upload(shop, client, data, type)).get("errcode", 0) == errcode


async def test_an_unverified_account_uploads_nothing(shop: Asking, account: Account, client: httpx.AsyncClient):
    account.verified = False
    assert (await upload(shop, client, PNG))["errcode"] == 48001


# Templates


def template(data: dict[str, Any], **more: Any) -> dict[str, Any]:
    values = {name: {"value": value} for name, value in data.items()}
    return {"touser": "o-lin", "template_id": "paid", "url": "https://a.b/o/7", "data": values} | more


async def test_a_template_needs_no_right(account: Account, lin: Person, shop: Asking):
    account.add_template("paid", ("thing1", "character_string2"), "购买成功通知")
    said = await shop.call("message/template/send", template({"thing1": "Steam 100", "character_string2": "K7M2"}))
    assert said["errcode"] == 0 and said["msgid"] > 0
    shown = lin.chat(account).last
    assert (shown.kind, shown.via, shown.url) == ("template", "template", "https://a.b/o/7")
    assert shown.data == {"thing1": "Steam 100", "character_string2": "K7M2"}
    assert shown.text == "购买成功通知\nSteam 100\nK7M2"


@pytest.mark.parametrize(
    ("field", "value", "errcode"),
    [
        ("thing1", "好" * 20, 0),
        ("thing1", "好" * 21, 47003),
        ("thing1", "", 47003),
        ("thing1", None, 47003),
        ("character_string2", "A-1#" * 8, 0),
        ("character_string2", "A" * 33, 47003),
        ("character_string2", "订单7", 47003),
        ("time3", "2026年1月2日 15:04", 0),
        ("time3", "2026-01-02 15:04:05", 0),
        ("time3", "15:04", 0),
        ("time3", "2026-01/02", 47003),
        ("time3", "tomorrow", 47003),
        ("amount4", "¥12.50", 0),
        ("amount4", "12.505", 47003),
        ("phrase5", "已付款", 0),
        ("phrase5", "已付款成功了", 47003),
        ("keyword1", "好" * 100, 0),
        ("keyword1", "", 47003),
    ],
)
async def test_what_may_stand_in_a_field(
    account: Account, lin: Person, shop: Asking, field: str, value: Any, errcode: int
):
    account.add_template("paid", (field,))
    assert (await shop.call("message/template/send", template({field: value})))["errcode"] == errcode
    assert len(lin.chat(account).texts) == (errcode == 0)


async def test_a_field_that_is_missing_is_named(account: Account, lin: Person, shop: Asking):
    account.add_template("paid", ("thing1", "thing2"))
    for given in (
        template({"thing1": "Steam"}),
        template({}) | {"data": None},
        template({}) | {"data": {"thing1": "Steam"}},
    ):
        said = await shop.call("message/template/send", given)
        assert said["errcode"] == 47003 and "data.thing" in said["errmsg"]


async def test_who_is_sent_no_template(account: Account, api: WeChat, lin: Person, shop: Asking):
    account.add_template("paid", ("thing1",))
    given = template({"thing1": "Steam"})
    assert (await shop.call("message/template/send", given | {"template_id": "none"}))["errcode"] == 40037
    assert (await shop.call("message/template/send", given | {"touser": "o-nobody"}))["errcode"] == 40003
    await lin.leaves(account)
    assert (await shop.call("message/template/send", given))["errcode"] == 43004


@pytest.mark.parametrize(("kind", "verified"), [("service", False), ("subscription", True), ("subscription", False)])
async def test_only_verified_service_accounts_send_templates_and_make_codes(
    account: Account, lin: Person, shop: Asking, kind: Any, verified: bool
):
    account.kind, account.verified = kind, verified
    account.add_template("paid", ())
    assert (await shop.call("message/template/send", template({})))["errcode"] == 48001
    assert (await shop.call("qrcode/create", scene("p1")))["errcode"] == 48001


async def test_templates_are_limited_a_day(account: Account, lin: Person, shop: Asking):
    account.add_template("paid", ())
    account.limits["message/template/send"] = 3
    sent = [(await shop.call("message/template/send", template({})))["errcode"] for _ in range(4)]
    assert sent == [0, 0, 0, 45009] and len(lin.chat(account).texts) == 3


async def test_the_account_is_told_that_a_template_arrived(account: Account, hook: Hook, lin: Person, shop: Asking):
    account.add_template("paid", ())
    account.tells_template_ends = True
    said = await shop.call("message/template/send", template({}))
    async with asyncio.timeout(2):
        await hook.arrived.wait()
    message = hook.heard[0].message
    assert (message.event, message.id, message.status) == ("templatesendjobfinish", said["msgid"], "success")


# Menus


async def test_a_menu_is_made_read_and_deleted(shop: Asking):
    assert (await shop.call("menu/get"))["errcode"] == 46003
    sub = [{"type": "view", "name": "网站", "url": "https://a.b/"}]
    assert (await shop.call("menu/create", {"button": [BUTTON, {"name": "更多", "sub_button": sub}]}))["errcode"] == 0

    told = (await shop.call("menu/get"))["menu"]["button"]
    assert told == [BUTTON | {"sub_button": []}, {"name": "更多", "sub_button": [sub[0] | {"sub_button": []}]}]
    current = await shop.call("get_current_selfmenu_info")
    assert current["is_menu_open"] == 1
    assert current["selfmenu_info"]["button"] == [BUTTON, {"name": "更多", "sub_button": {"list": sub}}]

    assert (await shop.call("menu/delete"))["errcode"] == 0
    assert (await shop.call("menu/get"))["errcode"] == 46003
    assert (await shop.call("get_current_selfmenu_info"))["is_menu_open"] == 0


def below(**button: Any) -> dict[str, Any]:
    return {"button": [{"name": "更多", "sub_button": [BUTTON | button]}]}


@pytest.mark.parametrize(
    ("given", "errcode"),
    [
        ({"button": []}, 40016),
        ({}, 40016),
        ({"button": [BUTTON] * 3}, 0),
        ({"button": [BUTTON] * 4}, 40016),
        ({"button": ["a"]}, 40016),
        ({"button": [BUTTON | {"name": "好" * 5}]}, 0),
        ({"button": [BUTTON | {"name": "好" * 5 + "ab"}]}, 40018),
        ({"button": [BUTTON | {"name": ""}]}, 40018),
        ({"button": [BUTTON | {"type": "dance"}]}, 40017),
        ({"button": [BUTTON | {"key": "k" * 128}]}, 0),
        ({"button": [BUTTON | {"key": "k" * 129}]}, 40019),
        ({"button": [{"type": "click", "name": "a"}]}, 40019),
        ({"button": [{"type": "view", "name": "a"}]}, 40020),
        ({"button": [{"type": "view", "name": "a", "url": "a.b"}]}, 40020),
        ({"button": [{"type": "view", "name": "a", "url": "https://a.b/" + "a" * 1013}]}, 40020),
        ({"button": [{"name": "a", "sub_button": [BUTTON] * 5}]}, 0),
        ({"button": [{"name": "a", "sub_button": [BUTTON] * 6}]}, 40023),
        (below(name="好" * 20), 0),
        (below(name="好" * 20 + "a"), 40025),
        (below(type="dance"), 40024),
        (below(key="k" * 129), 40026),
        (below(type="view"), 40027),
    ],
)
async def test_what_a_menu_may_be(account: Account, shop: Asking, given: Any, errcode: int):
    assert (await shop.call("menu/create", given))["errcode"] == errcode
    assert bool(account.menu) == (errcode == 0)


@pytest.mark.parametrize(
    ("kind", "verified", "errcode"),
    [("service", False, 0), ("subscription", True, 0), ("subscription", False, 48001)],
)
async def test_who_has_a_menu(account: Account, shop: Asking, kind: Any, verified: bool, errcode: int):
    account.kind, account.verified = kind, verified
    assert (await shop.call("menu/create", {"button": [BUTTON]}))["errcode"] == errcode
    assert (await shop.call("menu/delete"))["errcode"] == errcode


# QR codes and people


def scene(text: Any, action: str = "QR_STR_SCENE", **more: Any) -> dict[str, Any]:
    return {"action_name": action, "action_info": {"scene": {"scene_str": text}}} | more


async def test_codes_that_run_out_and_that_do_not(account: Account, lin: Person, shop: Asking, clock: TestClock):
    short = await shop.call("qrcode/create", scene("p1", expire_seconds=9_999_999))
    long = await shop.call("qrcode/create", scene("p2", "QR_LIMIT_STR_SCENE"))
    assert short["expire_seconds"] == 2_592_000 and "expire_seconds" not in long
    assert short["ticket"] != long["ticket"] and long["url"].startswith("http://weixin.qq.com/q/")
    clock.forward(timedelta(days=300))
    await lin.scans(account, "p2")


@pytest.mark.parametrize(
    "given",
    [
        scene(""),
        scene("p" * 65),
        scene(7),
        scene("p1", "QR_DANCE"),
        scene("p1", expire_seconds="soon"),
        {"action_name": "QR_STR_SCENE"},
        {"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": "x"}}},
    ],
)
async def test_codes_that_cannot_be_made(shop: Asking, given: Any):
    assert (await shop.call("qrcode/create", given))["errcode"] == 40053


@pytest.mark.parametrize("text", ["p", "p" * 64])
async def test_the_shortest_and_the_longest_scene(account: Account, shop: Asking, text: str):
    assert "ticket" in await shop.call("qrcode/create", scene(text))
    assert list(account.tickets) == [text]


async def test_a_scene_that_is_a_number(account: Account, shop: Asking):
    given = {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 7}}}
    assert "ticket" in await shop.call("qrcode/create", given) and list(account.tickets) == ["7"]


async def test_who_follows(account: Account, api: WeChat, lin: Person, shop: Asking):
    bao = api.person("o-bao")
    await bao.scans(account, "p1")
    assert (await shop.call("user/info", openid="o-lin"))["subscribe"] == 1
    told = await shop.call("user/info", openid="o-bao")
    assert (told["subscribe_scene"], told["qr_scene_str"]) == ("ADD_SCENE_QR_CODE", "p1")
    await bao.leaves(account)
    assert (await shop.call("user/info", openid="o-bao"))["subscribe"] == 0
    assert (await shop.call("user/info", openid="o-nobody"))["errcode"] == 40003
    account.verified = False
    assert (await shop.call("user/info", openid="o-lin"))["errcode"] == 48001
