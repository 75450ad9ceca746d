"""What the tests of WeChat's double share: a callback that reads and answers by wechatpy, and ways to ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import ArticlesReply, ImageReply, TextReply

from core.ground.clock import TestClock
from doubles.serving import Served
from doubles.wechat import WeChat, served_wechat
from doubles.wechat_accounts import Account
from doubles.wechat_people import Person


@dataclass
class Heard:
    """One request to the callback, opened and read by wechatpy."""

    query: dict[str, str]
    body: str
    xml: str
    message: Any


@dataclass
class Hook:
    """A shop's callback."""

    account: Account
    heard: list[Heard] = field(default_factory=list)
    says: Callable[[Heard], Any] = lambda _: b"success"  # bytes, a reply of wechatpy's, or a status
    seals: bool = True
    slow: list[float] = field(default_factory=list)  # seconds, for each request in turn
    checked: list[dict[str, str]] = field(default_factory=list)
    echoes: bool = True
    inside: int = 0  # requests that wait for their answer
    most: int = 0  # of them at a time
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def crypto(self) -> WeChatCrypto:
        return WeChatCrypto(self.account.token, self.account.aes_key, self.account.appid)

    async def hears(self, request: Request) -> Response:
        query = dict(request.query_params)
        if request.method == "GET":
            self.checked.append(query)
            return Response(query["echostr"] if self.echoes else "no")
        body = (await request.body()).decode()
        xml = body
        if self.account.mode == "safe":
            xml = self.crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        heard = Heard(query, body, xml, parse_message(xml))
        self.heard.append(heard)
        self.arrived.set()
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.slow:
            await asyncio.sleep(self.slow.pop(0))
        self.inside -= 1
        return self._answer(heard)

    def _answer(self, heard: Heard) -> Response:
        said = self.says(heard)
        if isinstance(said, int):
            return Response(b"", said)
        if isinstance(said, bytes):
            return Response(said)
        text = said.render()
        if self.seals:
            text = self.crypto.encrypt_message(text, heard.query["nonce"], heard.query["timestamp"])
        return Response(text, media_type="application/xml")


def text_reply(content: str) -> Callable[[Heard], Any]:
    return lambda heard: TextReply(content=content, message=heard.message)


def image_reply(media_id: str) -> Callable[[Heard], Any]:
    return lambda heard: ImageReply(media_id=media_id, message=heard.message)


def news_reply(*titles: str) -> Callable[[Heard], Any]:
    told = [{"title": one, "description": "d", "image": "https://a.b/p.png", "url": "https://a.b/"} for one in titles]
    return lambda heard: ArticlesReply(articles=told, message=heard.message)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def api(clock: TestClock) -> AsyncIterator[WeChat]:
    async with served_wechat(clock=clock.now) as served:
        served.add_account()
        yield served


@pytest.fixture
def account(api: WeChat) -> Account:
    return api.accounts["wx0123456789abcdef"]


@pytest.fixture
async def hook(account: Account) -> AsyncIterator[Hook]:
    made = Hook(account)
    async with Served(Starlette(routes=[Route("/hook", made.hears, methods=["GET", "POST"])])) as served:
        account.callback_url = f"{served.url}/hook"
        yield made


@pytest.fixture
async def lin(api: WeChat, account: Account) -> Person:
    """Follows the account, since long ago."""
    lin = api.person("o-lin", "Lin")
    await lin.follows(account, quietly=True)
    return lin


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, verify=False) as made:
        yield made


class Asking:
    """An account's program over plain HTTP, with a token of the stable kind."""

    def __init__(self, api: WeChat, account: Account, client: httpx.AsyncClient) -> None:
        self.api, self.account, self.client = api, account, client

    async def token(self, *, force: bool = False, **changed: Any) -> dict[str, Any]:
        given = {"grant_type": "client_credential", "appid": self.account.appid, "secret": self.account.secret}
        return await self.post("stable_token", None, given | {"force_refresh": force} | changed)

    async def old_token(self, **changed: Any) -> dict[str, Any]:
        given = {"grant_type": "client_credential", "appid": self.account.appid, "secret": self.account.secret}
        return (await self.client.get(f"{self.api.url}/cgi-bin/token", params=given | changed)).json()

    async def post(self, name: str, token: str | None, given: Any = None, **query: str) -> dict[str, Any]:
        params = query | ({"access_token": token} if token is not None else {})
        return (await self.client.post(f"{self.api.url}/cgi-bin/{name}", params=params, json=given)).json()

    async def get(self, name: str, token: str | None, **query: str) -> dict[str, Any]:
        params = query | ({"access_token": token} if token is not None else {})
        return (await self.client.get(f"{self.api.url}/cgi-bin/{name}", params=params)).json()

    async def call(self, name: str, given: Any = None, **query: str) -> dict[str, Any]:
        """With a good token: POST if something is given, else GET."""
        token = (await self.token())["access_token"]
        return await (self.get(name, token, **query) if given is None else self.post(name, token, given, **query))

    async def tells(self, person: Person, text: str = "您好") -> int:
        """A customer service message; its errcode."""
        given = {"touser": person.openid, "msgtype": "text", "text": {"content": text}}
        return (await self.call("message/custom/send", given))["errcode"]


@pytest.fixture
def shop(api: WeChat, account: Account, client: httpx.AsyncClient) -> Asking:
    return Asking(api, account, client)
