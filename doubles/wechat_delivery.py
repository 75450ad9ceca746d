"""How an account is told what people do: posted to its callback, three times at most, within five seconds each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx

from doubles import wechat_xml as xml
from doubles.wechat_chats import OUT_OF_ORDER, Shown
from doubles.wechat_crypto import signature
from doubles.wechat_replies import Reply, understood

if TYPE_CHECKING:
    from doubles.wechat_accounts import Account
    from doubles.wechat_people import Person
    from doubles.wechat_world import World

TRIES = 3
CONNECTIONS = 256  # at the same time
AS_XML = {"Content-Type": "text/xml"}
UNSEEN = frozenset({"unsubscribe", "TEMPLATESENDJOBFINISH", "VIEW", "LOCATION"})  # nothing that answers these is shown


@dataclass(frozen=True, slots=True)
class Try:
    """One time that it was posted."""

    status: int  # 0: no answer in time, or none that was read
    ms: float
    why: str = ""  # it was not taken


@dataclass(slots=True, eq=False)
class Exchange:
    """What was told, and what came of it. Every try has the same fields, and a nonce and timestamp of its own."""

    fields: Mapping[str, Any]
    tries: list[Try] = field(default_factory=list)
    reply: Shown | None = None  # what the person was shown as the answer
    noticed: bool = False  # the person was shown that the account is out of order
    taken: bool = False

    @property
    def kind(self) -> str:
        """MsgType, of an event its name."""
        return self.fields.get("Event") or self.fields["MsgType"]

    @property
    def msg_id(self) -> int:
        """0 for an event: it has none."""
        return self.fields.get("MsgId", 0)

    @property
    def statuses(self) -> list[int]:
        return [one.status for one in self.tries]

    @property
    def ms(self) -> float:
        """How long all tries took."""
        return sum(one.ms for one in self.tries)

    @property
    def text(self) -> str:
        """Of the reply; "" if there was none."""
        return self.reply.text if self.reply else ""


class Courier:
    """Tells accounts, and shows people what the accounts answer."""

    def __init__(self, api: World) -> None:
        self.api = api
        self.patience = 5.0  # seconds
        self.pause = 0.0  # seconds before another try
        self._most = asyncio.Semaphore(CONNECTIONS)
        self._session: aiohttp.ClientSession | None = None
        self._pages: httpx.AsyncHTTPTransport | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, ssl=False, keepalive_timeout=3)  # uvicorn ends them after 5 s
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    @property
    def pages(self) -> httpx.AsyncHTTPTransport:
        """What people's browsers go through."""
        if self._pages is None:
            self._pages = httpx.AsyncHTTPTransport(verify=False, trust_env=False)
        return self._pages

    async def close(self) -> None:
        if self._session:
            await self._session.close()
        if self._pages:
            await self._pages.aclose()
        self._session = self._pages = None

    async def check(self, account: Account) -> bool:
        echo = self.api.number(19)
        address = account.address(account.signed() | {"echostr": echo})
        try:
            async with self.session.get(address, timeout=aiohttp.ClientTimeout(total=self.patience)) as answer:
                return answer.status == 200 and await answer.text() == echo
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def tell(self, account: Account, person: Person, fields: Mapping[str, Any]) -> Exchange:
        """Tells it until it is taken, and shows what comes of it."""
        exchange = Exchange(fields)
        if not account.callback_url:
            return exchange
        text = xml.written(fields)
        if self.api.faults.copies > 1:
            copies = (self._deliver(account, person, exchange, text) for _ in range(self.api.faults.copies))
            await asyncio.gather(*copies)
        else:
            await self._deliver(account, person, exchange, text)
        if not exchange.taken and exchange.kind not in UNSEEN:
            self._notice(account, person, exchange)
        return exchange

    async def _deliver(self, account: Account, person: Person, exchange: Exchange, text: str) -> None:
        faults = self.api.faults
        for tried in range(TRIES):
            if tried and self.pause:
                await asyncio.sleep(self.pause)
            reply = await self._try(account, person, exchange, text)
            if reply is None:
                continue
            exchange.taken = True
            self._show(account, person, exchange, reply)
            if faults.draws(faults.redelivered):
                self.api.run(self._again(account, person, exchange, text))
            return

    async def _again(self, account: Account, person: Person, exchange: Exchange, text: str) -> None:
        await asyncio.sleep(self.api.faults.moment)
        await self._try(account, person, exchange, text)

    async def _try(self, account: Account, person: Person, exchange: Exchange, text: str) -> Reply | None:
        """Posts it once. What it was answered, or None if that was nothing to be content with."""
        address, body = packed(account, person.openid, text)
        status, reply, why = 0, None, ""
        async with self._most:
            start = time.perf_counter()
            try:
                async with (
                    asyncio.timeout(self.patience),
                    self.session.post(address, data=body, headers=AS_XML, allow_redirects=False) as answer,
                ):
                    if self.api.faults.draws(self.api.faults.lose_answer):
                        answer.close()
                        raise OSError("the answer was lost")
                    said, status = await answer.read(), answer.status
                if status != 200:
                    why = f"status {status}"
                else:
                    reply = understood(account, person.openid, said)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                why = str(error) or type(error).__name__
            exchange.tries.append(Try(status, (time.perf_counter() - start) * 1000, why))
        return reply

    def _show(self, account: Account, person: Person, exchange: Exchange, reply: Reply) -> None:
        """A reply is shown once, to somebody who (still) follows, and if it isn't too long."""
        follower = account.follower(person.openid)
        if not reply.kind or exchange.reply or not follower.following or exchange.kind in UNSEEN:
            return
        if reply.too_long:
            self._notice(account, person, exchange)
            return
        now = self.api.now()
        exchange.reply = follower.chat.show(reply.kind, reply.text, "reply", now, **reply.more)

    def _notice(self, account: Account, person: Person, exchange: Exchange) -> None:
        follower = account.follower(person.openid)
        if not exchange.noticed and follower.following:
            exchange.noticed = True
            follower.chat.show("text", OUT_OF_ORDER, "notice", self.api.now())


def packed(account: Account, openid: str, text: str) -> tuple[str, bytes]:
    """Where to post it and what, signed and sealed anew."""
    given = account.signed() | {"openid": openid}
    if account.mode == "plain":
        return account.address(given), text.encode()
    sealed = account.seal.seal(text.encode(), account.api.salt())
    given["encrypt_type"] = "aes"
    given["msg_signature"] = signature(account.token, given["timestamp"], given["nonce"], sealed)
    encrypt = xml.element("Encrypt", sealed)
    if account.mode == "mixed":
        body = text.removesuffix("</xml>") + encrypt + "</xml>"
    else:
        body = f"<xml>{xml.element('ToUserName', account.original_id)}{encrypt}</xml>"
    return account.address(given), body.encode()
