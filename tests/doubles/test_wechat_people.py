"""What people do at WeChat's double, how the account is told of it, and what they see. wechatpy reads and answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from wechatpy.messages import UnknownMessage
from wechatpy.utils import check_signature

from core.ground.clock import TestClock
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from doubles.wechat_chats import OUT_OF_ORDER
from doubles.wechat_people import PICTURE, UNSUPPORTED, Person
from tests.doubles.wechats import (
    Asking,
    Hook,
    account,
    api,
    client,
    clock,
    hook,
    image_reply,
    lin,
    news_reply,
    shop,
    text_reply,
)

__all__ = ["account", "api", "client", "clock", "hook", "lin", "shop"]

MENU: dict[str, Any] = {
    "button": [
        {"type": "click", "name": "我的订单", "key": "orders"},
        {
            "name": "更多",
            "sub_button": [
                {"type": "view", "name": "网站", "url": "https://example.com/"},
                {"type": "click", "name": "帮助", "key": "help"},
            ],
        },
    ]
}


# How it is told


async def test_a_text_arrives_sealed_and_signed(account: Account, hook: Hook, lin: Person, clock: TestClock):
    exchange = await lin.says(account, "来一张 Steam 😀 ]]> <b>&amp;")

    heard = hook.heard[0]
    assert heard.message.content == "来一张 Steam 😀 ]]> <b>&amp;"
    assert (heard.message.source, heard.message.target) == ("o-lin", account.original_id)
    assert heard.message.id == exchange.msg_id > 2**40
    assert f"<CreateTime>{int(clock.now().timestamp())}</CreateTime>" in heard.xml
    query = heard.query
    check_signature(account.token, query["signature"], query["timestamp"], query["nonce"])
    assert query["openid"] == "o-lin" and query["encrypt_type"] == "aes"
    assert "Steam" not in heard.body and "<ToUserName>" in heard.body
    assert exchange.statuses == [200] and exchange.taken and exchange.reply is None
    assert lin.chat(account).texts == []


@pytest.mark.parametrize("answer", [b"success", b""])
async def test_success_and_nothing_stop_the_telling(account: Account, hook: Hook, lin: Person, answer: bytes):
    hook.says = lambda _: answer
    exchange = await lin.says(account, "hi")
    assert len(hook.heard) == 1 and exchange.taken and not exchange.noticed


async def test_a_plain_account_is_told_plainly(account: Account, hook: Hook, lin: Person):
    account.mode = "plain"
    await lin.says(account, "hi")
    assert hook.heard[0].message.content == "hi"
    assert "encrypt_type" not in hook.heard[0].query and "Encrypt" not in hook.heard[0].body


async def test_a_mixed_account_is_told_both_ways(account: Account, hook: Hook, lin: Person):
    account.mode = "mixed"
    await lin.says(account, "hi")
    heard = hook.heard[0]
    opened = hook.crypto.decrypt_message(
        heard.body, heard.query["msg_signature"], heard.query["timestamp"], heard.query["nonce"]
    )
    assert heard.message.content == "hi" and "<![CDATA[hi]]>" in opened


async def test_an_address_may_have_a_query_of_its_own(account: Account, hook: Hook, lin: Person):
    account.callback_url += "?shop=1"
    await lin.says(account, "hi")
    assert hook.heard[0].query["shop"] == "1"


@pytest.mark.parametrize("echoes", [True, False])
async def test_the_owner_saves_the_address(account: Account, hook: Hook, echoes: bool):
    hook.echoes = echoes
    assert await account.check_url() is echoes
    query = hook.checked[0]
    check_signature(account.token, query["signature"], query["timestamp"], query["nonce"])
    assert "encrypt_type" not in query


async def test_an_address_nobody_listens_at_is_not_saved(account: Account):
    account.callback_url = "http://127.0.0.1:9/"
    assert await account.check_url() is False


async def test_an_account_without_an_address_hears_nothing(account: Account, lin: Person):
    exchange = await lin.says(account, "hi")
    assert exchange.tries == [] and not exchange.noticed


# Again and again


async def test_a_late_answer_comes_again_with_the_same_id_and_a_fresh_signature(
    api: WeChat, account: Account, hook: Hook, lin: Person
):
    api.patience = 0.3
    hook.slow = [0.6, 0.6]
    hook.says = text_reply("第三次")
    exchange = await lin.says(account, "hi")

    assert exchange.statuses == [0, 0, 200]
    assert all(one.ms >= 290 for one in exchange.tries[:2]) and exchange.ms > 580
    assert len({heard.message.id for heard in hook.heard}) == 1
    assert len({heard.message.time for heard in hook.heard}) == 1
    assert len({heard.query["nonce"] for heard in hook.heard}) == 3
    assert len({heard.query["msg_signature"] for heard in hook.heard}) == 3
    assert lin.chat(account).texts == ["第三次"]


async def test_three_late_answers_show_that_it_is_out_of_order(api: WeChat, account: Account, hook: Hook, lin: Person):
    api.patience = 0.05
    hook.slow = [0.2] * 3
    exchange = await lin.says(account, "hi")
    assert len(hook.heard) == 3 and not exchange.taken and exchange.noticed
    assert lin.chat(account).texts == [OUT_OF_ORDER]
    assert lin.chat(account).last.via == "notice"


async def test_patience_is_five_seconds(api: WeChat):
    assert api.patience == 5.0


async def test_nobody_listens(api: WeChat, account: Account, lin: Person):
    account.callback_url = "http://127.0.0.1:9/"
    exchange = await lin.says(account, "hi")
    assert exchange.statuses == [0, 0, 0] and exchange.noticed


@pytest.mark.parametrize("status", [204, 302, 403, 500])
async def test_a_status_that_is_not_200_is_no_answer(account: Account, hook: Hook, lin: Person, status: int):
    hook.says = lambda _: status
    exchange = await lin.says(account, "hi")
    assert exchange.statuses == [status] * 3 and exchange.noticed


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b'{"errcode": 0}', "no XML"),
        (b"<html></html>", "no <xml>"),
        (b"<xml></xml>", "not from this account"),
        (b"<xml><Encrypt>AAAA</Encrypt></xml>", "MsgSignature"),
        (b"SUCCESS", "no XML"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_none(
    account: Account, hook: Hook, lin: Person, answer: bytes, why: str
):
    hook.says = lambda _: answer
    exchange = await lin.says(account, "hi")
    assert len(exchange.tries) == 3 and exchange.noticed and why in exchange.tries[0].why


async def test_copies_come_at_once_and_one_reply_is_shown(api: WeChat, account: Account, hook: Hook, lin: Person):
    api.faults.copies = 3
    hook.says = text_reply("一次")
    hook.slow = [0.05] * 3
    exchange = await lin.says(account, "hi")
    assert [heard.message.id for heard in hook.heard] == [exchange.msg_id] * 3
    assert hook.most == 3
    assert lin.chat(account).texts == ["一次"]


async def test_an_answer_that_is_lost_comes_again(api: WeChat, account: Account, hook: Hook, lin: Person):
    api.faults.lose_answer = 1.0
    hook.says = text_reply("谁也没看到")
    exchange = await lin.says(account, "hi")
    assert len(hook.heard) == 3 and exchange.statuses == [0, 0, 0]
    assert lin.chat(account).texts == [OUT_OF_ORDER]

    api.faults.mend()
    assert (await lin.says(account, "hi")).text == "谁也没看到"


async def test_a_share_of_answers_is_lost(api: WeChat, account: Account, hook: Hook, lin: Person):
    api.faults.lose_answer = 0.3
    exchanges = await asyncio.gather(*(lin.says(account, str(number)) for number in range(60)))
    tries = sum(len(one.tries) for one in exchanges)
    assert 66 < tries < 110 and tries == len(hook.heard)


async def test_a_message_is_told_again_after_it_was_taken(api: WeChat, account: Account, hook: Hook, lin: Person):
    api.faults.redelivered, api.faults.moment = 1.0, 0.05
    exchange = await lin.says(account, "hi")
    assert len(hook.heard) == 1
    hook.arrived.clear()
    async with asyncio.timeout(5):
        await hook.arrived.wait()
    assert [heard.message.id for heard in hook.heard] == [exchange.msg_id] * 2


# What is answered


async def test_a_sealed_reply_is_shown(account: Account, hook: Hook, lin: Person):
    hook.says = text_reply("你好，Lin 😀")
    exchange = await lin.says(account, "hi")
    shown = lin.chat(account).last
    assert exchange.reply is shown and exchange.text == "你好，Lin 😀"
    assert (shown.kind, shown.via, shown.plain) == ("text", "reply", False)


async def test_a_plain_reply_is_shown_and_marked(account: Account, hook: Hook, lin: Person):
    hook.says, hook.seals = text_reply("没加密"), False
    exchange = await lin.says(account, "hi")
    assert exchange.reply is not None and exchange.reply.plain


async def test_a_plain_accounts_plain_reply_is_not_marked(account: Account, hook: Hook, lin: Person):
    account.mode, hook.seals, hook.says = "plain", False, text_reply("您好")
    exchange = await lin.says(account, "hi")
    assert exchange.reply is not None and not exchange.reply.plain


async def test_a_picture_is_shown(account: Account, hook: Hook, lin: Person):
    hook.says = image_reply(account.keep(PICTURE, "image/jpeg").id)
    exchange = await lin.says(account, "hi")
    assert exchange.reply is not None and (exchange.reply.kind, exchange.reply.image) == ("image", PICTURE)


async def test_a_picture_that_is_not_there_is_no_answer(account: Account, hook: Hook, lin: Person, clock: TestClock):
    media = account.keep(PICTURE, "image/jpeg")
    hook.says = image_reply(media.id)
    clock.forward(timedelta(days=3))
    exchange = await lin.says(account, "hi")
    assert exchange.noticed and "40007" in exchange.tries[0].why


async def test_articles_are_shown(account: Account, hook: Hook, lin: Person):
    hook.says = news_reply("一", "二")
    exchange = await lin.says(account, "hi")
    shown = exchange.reply
    assert shown is not None and shown.kind == "news" and [one.title for one in shown.articles] == ["一", "二"]
    assert shown.url == "https://a.b/" and "一\nd" in shown.text


async def test_a_reply_to_somebody_else_is_no_answer(account: Account, hook: Hook, lin: Person):
    def wrong(heard: Any) -> Any:
        heard.message._data["FromUserName"] = "o-bao"
        return text_reply("给别人")(heard)

    hook.says = wrong
    assert (await lin.says(account, "hi")).noticed


@pytest.mark.parametrize(("size", "shown"), [(2048, True), (2049, False)])
async def test_a_reply_over_2048_bytes_is_dropped(account: Account, hook: Hook, lin: Person, size: int, shown: bool):
    hook.says = text_reply("好" * (size // 3) + "a" * (size % 3))
    exchange = await lin.says(account, "hi")
    assert (exchange.reply is not None, exchange.noticed, len(exchange.tries)) == (shown, not shown, 1)


async def test_an_empty_reply_is_no_answer(account: Account, hook: Hook, lin: Person):
    hook.says = text_reply("")
    assert (await lin.says(account, "hi")).noticed


ARTICLE = "<item><Title>一</Title><Description/><PicUrl/><Url>https://a.b/</Url></item>"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>好</Content>", ""),
        ("<MsgType>text</MsgType><Content>好</Content>", "no CreateTime"),
        ("<CreateTime>soon</CreateTime><MsgType>text</MsgType><Content>好</Content>", "no CreateTime"),
        ("<CreateTime>1</CreateTime><MsgType>voice</MsgType>", "of type 'voice'"),
        ("<CreateTime>1</CreateTime>", "of type ''"),
        ("<CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>0</ArticleCount><Articles/>", "as many"),
        (f"<CreateTime>1</CreateTime><MsgType>news</MsgType><Articles>{ARTICLE}</Articles>", "as many"),
        (
            f"<CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>1</ArticleCount>"
            f"<Articles>{ARTICLE * 2}</Articles>",
            "as many",
        ),
        (
            f"<CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>8</ArticleCount>"
            f"<Articles>{ARTICLE * 8}</Articles>",
            "",
        ),
        (
            f"<CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>9</ArticleCount>"
            f"<Articles>{ARTICLE * 9}</Articles>",
            "as many",
        ),
    ],
)
async def test_what_a_reply_must_have(account: Account, hook: Hook, lin: Person, told: str, why: str):
    head = f"<ToUserName>o-lin</ToUserName><FromUserName>{account.original_id}</FromUserName>"
    hook.says = lambda _: f"<xml>{head}{told}</xml>".encode()
    exchange = await lin.says(account, "hi")
    assert exchange.noticed == bool(why) and why in exchange.tries[0].why
    assert (exchange.reply is None) == bool(why)


async def test_a_reply_costs_no_right(account: Account, hook: Hook, lin: Person, shop: Asking):
    hook.says = text_reply("您好")
    for _ in range(6):
        await lin.says(account, "hi")
    assert [await shop.tells(lin) for _ in range(6)] == [0] * 5 + [45047]


# What people do


async def test_following_and_leaving(account: Account, api: WeChat, hook: Hook):
    bao = api.person("o-bao", "Bao")
    await bao.follows(account)
    await bao.leaves(account)
    assert [heard.message.event for heard in hook.heard] == ["subscribe", "unsubscribe"]
    with pytest.raises(ValueError, match="Bao does not follow"):
        bao.says(account, "hi")
    with pytest.raises(ValueError, match="Bao does not follow"):
        bao.leaves(account)


async def test_whoever_never_followed_cannot_write(account: Account, api: WeChat):
    with pytest.raises(ValueError, match="does not follow"):
        api.person("o-bao").says(account, "hi")


async def test_following_long_ago_is_not_told(account: Account, hook: Hook, lin: Person):
    assert hook.heard == []
    await lin.says(account, "hi")
    assert len(hook.heard) == 1


async def test_following_by_a_code(account: Account, api: WeChat, hook: Hook):
    await api.person("o-bao").follows(account, scene="order-7")
    message = hook.heard[0].message
    assert (message.event, message.scene_id) == ("subscribe_scan", "order-7") and message.ticket
    assert "<EventKey><![CDATA[qrscene_order-7]]></EventKey>" in hook.heard[0].xml


async def test_scanning_a_code(account: Account, api: WeChat, hook: Hook, lin: Person, shop: Asking):
    given = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "p1"}}, "expire_seconds": 600}
    made = await shop.call("qrcode/create", given)
    await lin.scans(account, "p1")
    await api.person("o-bao").scans(account, "p1")
    scan, follow = (heard.message for heard in hook.heard)
    assert (scan.event, scan.scene_id, scan.ticket) == ("scan", "p1", made["ticket"])
    assert (follow.event, follow.scene_id, follow.ticket) == ("subscribe_scan", "p1", made["ticket"])


async def test_a_code_runs_out(account: Account, lin: Person, shop: Asking, clock: TestClock):
    given = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "p1"}}, "expire_seconds": 600}
    await shop.call("qrcode/create", given)
    clock.forward(timedelta(seconds=600))
    with pytest.raises(ValueError, match="run out"):
        lin.scans(account, "p1")


async def test_tapping_the_menu(account: Account, hook: Hook, lin: Person, shop: Asking):
    await shop.call("menu/create", MENU)
    hook.says = text_reply("您的订单")
    by_label, by_key = await lin.taps(account, "我的订单"), await lin.taps(account, "help")
    await lin.opens_menu(account, "网站")
    assert [(heard.message.event, heard.message.key) for heard in hook.heard[:2]] == [
        ("click", "orders"),
        ("click", "help"),
    ]
    view = hook.heard[2].message
    assert (view.event, view.url) == ("view", "https://example.com/")
    assert by_label.text == by_key.text == "您的订单"
    assert len(lin.chat(account).texts) == 2  # nothing is shown for a page that opened


@pytest.mark.parametrize("button", ["网站", "nothing", "更多"])
async def test_a_button_that_is_not_there_to_click(account: Account, lin: Person, shop: Asking, button: str):
    with pytest.raises(ValueError, match="no click"):
        lin.taps(account, button)
    await shop.call("menu/create", MENU)
    with pytest.raises(ValueError, match="no click"):
        lin.taps(account, button)


async def test_two_events_never_share_a_second_unless_asked(
    api: WeChat, account: Account, hook: Hook, lin: Person, shop: Asking
):
    await shop.call("menu/create", MENU)
    for _ in range(3):
        await lin.taps(account, "orders")
    assert len({heard.message.time for heard in hook.heard}) == 3

    api.same_second, hook.heard = True, []
    for _ in range(3):
        await lin.taps(account, "orders")
    assert len({heard.message.time for heard in hook.heard}) == 1


async def test_picking_from_a_msgmenu(account: Account, hook: Hook, lin: Person, shop: Asking):
    await lin.says(account, "hi")
    items = [{"id": "a1", "content": "一张"}, {"id": "a2", "content": "两张"}]
    told = {"head_content": "要几张？", "list": items, "tail_content": "点一下"}
    said = await shop.call("message/custom/send", {"touser": "o-lin", "msgtype": "msgmenu", "msgmenu": told})
    assert said["errcode"] == 0

    shown = lin.chat(account).last
    assert (shown.kind, shown.text) == ("msgmenu", "要几张？\n一张\n两张\n点一下")
    await lin.picks(account, "两张")
    await lin.picks(account, "a1")
    assert [heard.message.content for heard in hook.heard[1:]] == ["两张", "一张"]
    assert "<bizmsgmenuid><![CDATA[a2]]></bizmsgmenuid>" in hook.heard[1].xml
    with pytest.raises(ValueError, match="no item"):
        lin.picks(account, "三张")


async def test_there_is_nothing_to_pick_from(account: Account, lin: Person):
    with pytest.raises(ValueError, match="no menu"):
        lin.picks(account, "一张")


async def test_a_picture_is_sent_and_can_be_fetched(
    account: Account, hook: Hook, lin: Person, shop: Asking, client: Any
):
    await lin.sends(account, "image", data=PICTURE + b"1")
    message = hook.heard[0].message
    assert message.type == "image"
    assert (await client.get(message.image)).content == PICTURE + b"1"
    token = (await shop.token())["access_token"]
    address = f"{shop.api.url}/cgi-bin/media/get"
    fetched = await client.get(address, params={"access_token": token, "media_id": message.media_id})
    assert fetched.content == PICTURE + b"1" and fetched.headers["content-type"] == "image/jpeg"
    assert (await client.get(f"{shop.api.url}/mmbiz_jpg/none/0")).status_code == 404


@pytest.mark.parametrize(
    ("kind", "type", "about"),
    [
        ("voice", "voice", {"recognition": "你好", "format": "amr"}),
        ("video", "video", {}),
        ("shortvideo", "shortvideo", {}),
        ("location", "location", {"label": "上海市黄浦区", "scale": "15"}),
        ("link", "link", {"title": "公众平台", "url": "https://mp.weixin.qq.com/"}),
        ("sticker", "text", {"content": UNSUPPORTED}),
    ],
)
async def test_what_is_not_text(account: Account, hook: Hook, lin: Person, kind: Any, type: str, about: dict[str, Any]):
    exchange = await lin.sends(account, kind)
    message = hook.heard[0].message
    assert message.type == type and message.id == exchange.msg_id
    assert {name: getattr(message, name) for name in about} == about


async def test_what_the_platform_says_of_it_can_be_changed(account: Account, hook: Hook, lin: Person):
    await lin.sends(account, "voice", Recognition="一张")
    await lin.sends(account, "link", MsgType="miniprogrampage")
    assert hook.heard[0].message.recognition == "一张"
    assert hook.heard[1].message.type == "miniprogrampage"


async def test_a_file_is_of_a_type_nobody_knows(account: Account, hook: Hook, lin: Person):
    await lin.sends(account, "file")
    assert isinstance(hook.heard[0].message, UnknownMessage)
    assert "<MsgType><![CDATA[file]]></MsgType>" in hook.heard[0].xml


async def test_an_event_nobody_knows(account: Account, hook: Hook, lin: Person, shop: Asking):
    more = {"SubscribeMsgPopupEvent": {"List": [{"TemplateId": "t1"}, {"TemplateId": "t2"}]}}
    exchange = await lin.event(account, "subscribe_msg_popup_event", **more)
    heard = hook.heard[0]
    assert isinstance(heard.message, UnknownMessage) and exchange.kind == "subscribe_msg_popup_event"
    assert exchange.msg_id == 0
    assert "<List><TemplateId><![CDATA[t1]]></TemplateId></List><List>" in heard.xml
    assert await shop.tells(lin) == 45015


async def test_where_they_are(account: Account, hook: Hook, lin: Person):
    await lin.event(account, "LOCATION", Latitude=31.23, Longitude=121.47, Precision=40.0)
    assert hook.heard[0].message.event == "location" and hook.heard[0].message.latitude == 31.23


async def test_somebody_who_left_sees_no_reply(account: Account, hook: Hook, lin: Person):
    hook.says = text_reply("再见")
    exchange = await lin.leaves(account)
    assert exchange.taken and exchange.reply is None
    assert lin.chat(account).texts == []


# Their chat


async def test_next_is_what_comes_after_they_did_something(account: Account, hook: Hook, lin: Person, shop: Asking):
    await lin.says(account, "hi")
    await shop.tells(lin, "一")
    await shop.tells(lin, "二")
    chat = lin.chat(account)
    assert [(await chat.next(1)).text, (await chat.next(1)).text] == ["一", "二"]
    with pytest.raises(TimeoutError):
        await chat.next(0.02)

    waiting = asyncio.create_task(chat.next(5))
    await shop.tells(lin, "三")
    assert (await waiting).text == "三"

    await shop.tells(lin, "四")
    await lin.says(account, "ok")
    await shop.tells(lin, "五")
    assert (await chat.next(1)).text == "五"
    assert chat.last.via == "push" and chat.transcript() == "> hi\n< 一\n< 二\n< 三\n< 四\n> ok\n< 五"


async def test_a_server_that_stops_lets_go(api: WeChat, account: Account, hook: Hook, lin: Person):
    hook.slow = [30]
    telling = lin.says(account, "hi")
    await asyncio.sleep(0.05)
    await api.close()
    assert telling.cancelled()
