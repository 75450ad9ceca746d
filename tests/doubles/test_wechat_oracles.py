"""What others make of WeChat's double: wechat-crypto and WeRoBot open what it seals, wechatpy's client drives it."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy import WeChatClient, WeChatOAuth
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException, WeChatClientException

from core.ground.clock import TestClock
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from doubles.wechat_crypto import Seal, signature
from doubles.wechat_people import Person
from doubles.wechat_world import AES_KEY
from tests.doubles.wechats import Hook, account, api, clock, hook, lin, text_reply
from tests.oracles import ask

__all__ = ["account", "api", "clock", "hook", "lin"]

TEXTS = ["hi", "来一张 Steam 😀", "a" * 31, "a" * 32, "<xml>&]]></xml>", "好" * 3000]
SALT = b"0123456789abcdef"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def words(account: Account) -> list[str]:
    return [account.token, account.aes_key, account.appid]


def element(body: str, name: str) -> str:
    found = re.search(rf"<{name}>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</{name}>", body, re.DOTALL)
    assert found
    return found[1]


# Seals


def test_wechat_crypto_opens_what_the_double_seals(account: Account):
    sealed = [account.seal.seal(text.encode(), SALT) for text in TEXTS]
    signed = [["1700000000", "n7", one] for one in sealed]
    said = ask("wechat_crypto", {"account": words(account), "open": sealed, "sign": signed})
    assert said["open"] == [{"message": text, "id": account.appid} for text in TEXTS]
    assert said["sign"] == [signature(account.token, *parts) for parts in signed]


def test_the_double_opens_what_wechat_crypto_seals(account: Account):
    sealed = ask("wechat_crypto", {"account": words(account), "seal": TEXTS})["seal"]
    assert [account.seal.open(one).decode() for one in sealed] == TEXTS


async def test_werobot_opens_and_reads_what_is_posted_and_its_answer_is_shown(
    api: WeChat, account: Account, hook: Hook, lin: Person
):
    await lin.says(account, "来一张 😀")
    await lin.scans(account, "p1")
    await lin.sends(account, "image")
    packets = [
        [*(heard.query[name] for name in ("timestamp", "nonce", "msg_signature")), element(heard.body, "Encrypt")]
        for heard in hook.heard
    ]
    question = {"account": words(account), "packets": packets, "reply": "收到 😀"}
    said = await asyncio.to_thread(ask, "wechat_robot", question)
    assert [one["type"] for one in said] == ["text", "scan_event", "image"]
    assert (said[0]["content"], said[0]["source"]) == ("来一张 😀", "o-lin")
    assert said[0]["message_id"] == hook.heard[0].message.id and said[1]["key"] == "p1"

    hook.says = lambda _: said[0]["reply"].encode()
    assert (await lin.says(account, "hi")).text == "收到 😀"


async def test_wechat_crypto_seals_an_answer_that_is_shown(account: Account, hook: Hook, lin: Person):
    await lin.says(account, "hi")
    reply = text_reply("由 node 加密 😀")(hook.heard[0]).render()
    sealed = (await asyncio.to_thread(ask, "wechat_crypto", {"account": words(account), "seal": [reply]}))["seal"][0]
    signed = signature(account.token, "1700000000", "n7", sealed)
    whole = (
        f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{signed}</MsgSignature>"
        "<TimeStamp>1700000000</TimeStamp><Nonce>n7</Nonce></xml>"
    )
    hook.says = lambda _: whole.encode()
    assert (await lin.says(account, "hi")).text == "由 node 加密 😀"

    hook.says = lambda _: whole.replace(signed, "0" * 40).encode()
    assert (await lin.says(account, "hi")).noticed


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200), st.binary(min_size=16, max_size=16))
def test_wechatpy_opens_what_the_double_seals(text: str, salt: bytes):
    sealed = Seal(AES_KEY, "wx7").seal(text.encode("utf-8", "ignore"), salt)
    signed = signature("t", "1", "n", sealed)
    crypto = WeChatCrypto("t", AES_KEY, "wx7")
    assert crypto.decrypt_message({"Encrypt": sealed}, signed, "1", "n") == text.encode("utf-8", "ignore").decode()
    with pytest.raises(InvalidSignatureException):
        crypto.decrypt_message({"Encrypt": sealed}, signed, "2", "n")
    with pytest.raises(InvalidAppIdException):
        WeChatCrypto("t", AES_KEY, "wx8").decrypt_message({"Encrypt": sealed}, signed, "1", "n")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda sealed: sealed[:-4] + "AAA=", "ends wrongly|block length"),
        (lambda sealed: "not base64!", "base64"),
        (lambda sealed: sealed[:20], "block length"),
        (lambda sealed: "", "ends wrongly"),
        (lambda sealed: Seal(AES_KEY, "wx8").seal(b"hi", SALT), "not for this account"),
        (lambda sealed: Seal("B" * 43, "wx7").seal(b"hi", SALT), "ends wrongly"),
    ],
    ids=["changed", "no base64", "cut", "empty", "another account", "another key"],
)
def test_what_is_not_sealed_for_the_account_does_not_open(broken: Callable[[str], str], why: str):
    seal = Seal(AES_KEY, "wx7")
    sealed = seal.seal(b"hi", SALT)
    assert seal.open(sealed) == b"hi"
    with pytest.raises(ValueError, match=why):
        seal.open(broken(sealed))


def test_a_key_of_the_wrong_length():
    with pytest.raises(ValueError, match="43"):
        Seal("short", "wx7")


# wechatpy's client


class Client(WeChatClient):
    """wechatpy's, at the double, with tokens of either kind."""

    def __init__(self, api: WeChat, account: Account, **how: Any) -> None:
        self.API_BASE_URL = f"{api.url}/cgi-bin/"
        self.account = account
        super().__init__(account.appid, account.secret, **how)
        self._http.trust_env = False

    def fetch_access_token(self) -> Any:
        given = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        said = self._http.post(f"{self.API_BASE_URL}stable_token", data=json.dumps(given)).json()
        self.session.set(self.access_token_key, said["access_token"], said["expires_in"])
        self.expires_at = said["expires_in"] + 10**10
        return said


@pytest.fixture
async def wechatpy(api: WeChat, account: Account) -> AsyncIterator[Callable[..., Any]]:
    """Calls wechatpy in a thread: `await wechatpy("message.send_text", "o-lin", "hi")`."""
    client = Client(api, account)

    async def called(name: str, *given: Any, **named: Any) -> Any:
        function: Any = client
        for part in name.split("."):
            function = getattr(function, part)
        return await asyncio.to_thread(function, *given, **named)

    called.client = client  # type: ignore[attr-defined]
    yield called
    client._http.close()


async def refused(call: Any) -> int:
    with pytest.raises(WeChatClientException) as error:
        await call
    return error.value.errcode


async def test_wechatpy_tells_people(wechatpy: Any, account: Account, lin: Person, api: WeChat):
    await lin.says(account, "hi")
    await wechatpy("message.send_text", "o-lin", "您好 😀")
    menu = {"head_content": "?", "list": [{"id": "1", "content": "是"}], "tail_content": "."}
    await wechatpy("message.send_msg_menu", "o-lin", menu)
    media = await wechatpy("media.upload", "image", io.BytesIO(PNG))
    await wechatpy("message.send_image", "o-lin", media["media_id"])
    article = {"title": "一", "description": "二", "image": "https://a.b/p", "url": "https://a.b"}
    await wechatpy("message.send_articles", "o-lin", [article])
    kinds = [(one.kind, one.text) for one in lin.chat(account).messages]
    assert kinds == [("text", "您好 😀"), ("msgmenu", "?\n是\n."), ("image", ""), ("news", "一\n二")]
    assert account.asked == {"stable_token": 1}


async def test_wechatpy_is_refused(wechatpy: Any, account: Account, lin: Person):
    assert await refused(wechatpy("message.send_text", "o-nobody", "hi")) == 40003
    assert await refused(wechatpy("message.send_text", "o-lin", "hi")) == 45015
    await lin.says(account, "hi")
    assert await refused(wechatpy("message.send_text", "o-lin", "好" * 700)) == 45002
    for _ in range(5):
        await wechatpy("message.send_text", "o-lin", "hi")
    assert await refused(wechatpy("message.send_text", "o-lin", "hi")) == 45047
    assert await refused(wechatpy("message.send_image", "o-lin", "none")) == 40007
    assert await refused(wechatpy("media.upload", "image", io.BytesIO(b"%PDF"))) == 40005
    assert await refused(wechatpy("message.delete_mass", 7)) == 40066


async def test_wechatpy_gets_a_new_token_when_its_own_is_no_good_any_more(
    wechatpy: Any, account: Account, clock: TestClock
):
    assert await wechatpy("misc.get_wechat_ips")
    account.revoke()
    assert await wechatpy("misc.get_wechat_ips")
    clock.forward(timedelta(hours=2))
    assert await wechatpy("misc.get_wechat_ips")
    assert account.asked == {"stable_token": 3}
    errcodes = [call.errcode for call in account.api.calls if call.name == "getcallbackip"]  # type: ignore[attr-defined]
    assert errcodes == [0, 40001, 0, 42001, 0]


async def test_wechatpy_sends_a_template(wechatpy: Any, account: Account, lin: Person):
    account.add_template("paid", ("thing1", "character_string2"))
    data = {"thing1": {"value": "Steam"}, "character_string2": {"value": "K7M2"}}
    said = await wechatpy("message.send_template", "o-lin", "paid", data, url="https://a.b/7")
    assert said["msgid"] and lin.chat(account).last.url == "https://a.b/7"
    assert await refused(wechatpy("message.send_template", "o-lin", "paid", {})) == 47003
    assert await refused(wechatpy("message.send_template", "o-lin", "none", data)) == 40037
    account.verified = False
    assert await refused(wechatpy("message.send_template", "o-lin", "paid", data)) == 48001


async def test_wechatpy_makes_a_menu_and_codes(wechatpy: Any, account: Account, lin: Person):
    menu = {"button": [{"type": "click", "name": "我的订单", "key": "orders"}]}
    assert await wechatpy("menu.get") is None
    await wechatpy("menu.create", menu)
    assert (await wechatpy("menu.get"))["menu"]["button"][0]["name"] == "我的订单"
    assert (await wechatpy("menu.get_menu_info"))["selfmenu_info"]["button"] == menu["button"]
    await wechatpy("menu.delete")
    assert await refused(wechatpy("menu.create", {"button": []})) == 40016

    scene = {"expire_seconds": 1800, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "p1"}}}
    made = await wechatpy("qrcode.create", scene)
    assert made["ticket"] and made["expire_seconds"] == 1800
    assert (await wechatpy("user.get", "o-lin"))["subscribe"] == 1


async def test_wechatpy_gets_what_was_sent(wechatpy: Any, account: Account, hook: Hook, lin: Person):
    await lin.sends(account, "image", data=PNG)
    fetched = await wechatpy("media.download", hook.heard[0].message.media_id)
    assert fetched.content == PNG


async def test_wechatpy_with_the_old_kind_of_token(api: WeChat, account: Account):
    class Old(WeChatClient):
        API_BASE_URL = f"{api.url}/cgi-bin/"

        def _fetch_access_token(self, url: str, params: dict[str, str]) -> Any:
            return super()._fetch_access_token(f"{api.url}/cgi-bin/token", params)

    client = Old(account.appid, account.secret)
    client._http.trust_env = False
    assert await asyncio.to_thread(client.misc.get_wechat_ips)
    assert account.asked == {"token": 1}


async def test_wechatpy_learns_who_opens_a_page(api: WeChat, account: Account, lin: Person):
    oauth: Any = WeChatOAuth(account.appid, account.secret, f"{api.url}/shop/page", state="s7")
    oauth.API_BASE_URL, oauth.OAUTH_BASE_URL = f"{api.url}/", f"{api.url}/connect/"
    oauth._http.trust_env = False
    page = await lin.opens(oauth.authorize_url)
    query = httpx.URL(str(page.request.url)).params
    assert query["state"] == "s7"
    await asyncio.to_thread(oauth.fetch_access_token, query["code"])
    assert oauth.open_id == "o-lin"
    with pytest.raises(WeChatClientException) as error:
        await asyncio.to_thread(oauth.fetch_access_token, query["code"])
    assert error.value.errcode == 40163
