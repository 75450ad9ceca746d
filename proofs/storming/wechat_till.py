"""The shop on WeChat, whole or a part of it, in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import proofs.storming.wechat_guards  # noqa: F401  can be switched off here
from bot.buyers import buyers
from bot.chats.wechat import calls
from bot.chats.wechat.calls import Calls
from bot.chats.wechat.chat import Template, WeChatChat
from bot.chats.wechat.links import Links
from bot.chats.wechat.pages import WeChatPages
from bot.chats.wechat.sealing import Seal
from core import checkout, customers, settling
from core.checkout import Merchant
from core.ground import outbox
from core.ground.db import Database, Tx
from core.ground.vault import KeyRing, Vault
from core.parties import PaymentRail
from core.settling import PaymentNotice
from core.shop import Shop
from doubles.serving import Served
from jobs.runner import Runner
from mika.serving import keep_what_is_loaded
from payments.sandbox import Sandbox
from proofs.guards import replaced, without
from proofs.shop import RULES, Premises, hushed
from proofs.storming.processes import ends_with_the_storm
from proofs.storming.till import API_KEY, SECRET
from web.app import create_app

CHAT = "wechat"
TEMPLATE = Template("ready", {"character_string1": "{number}", "thing2": "{product}"})
PATIENCE = 1.0, 1.5  # seconds to reach WeChat, and for its answer
BACKOFF = timedelta(seconds=0.25), timedelta(seconds=4)  # the first wait before something is tried again, the longest
BUSY = timedelta(seconds=1)
MERCHANT = Merchant("sandbox", "our-account", "test")
CASHIER = "/storm/paid"

Part = Literal["whole", "web", "jobs"]
Sold = tuple[str, str, str]  # to whom, of which product, by which key


@dataclass(frozen=True)
class Account:
    """What the shop knows of its account at WeChat."""

    appid: str
    secret: str
    token: str
    aes_key: str
    rings: bool = True  # it has a template to ring with


@dataclass(frozen=True)
class WeChatTill:
    """All that the process needs to know. Can be handed to another process."""

    place: Premises
    api: str  # where WeChat is
    port: int
    provider: str  # where the test rail's provider is
    account: Account = Account("", "", "", "")
    part: Part = "whole"
    slow: float = 0.0  # seconds that each call of the database takes longer
    slow_for: float = math.inf  # seconds from when it opens
    queues: bool = False  # what is written goes one after the other, each as slowly
    guard: str | None = None  # the one that is off

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def works(till: WeChatTill) -> None:
    """A process's whole life: until it is killed, or the storm is."""
    with ExitStack() as stack:
        stack.enter_context(hushed())
        stack.enter_context(replaced(calls, "PATIENCE", PATIENCE))
        stack.enter_context(replaced(calls, "LATER", BUSY))
        for name, wait in zip(("BACKOFF", "LONGEST"), BACKOFF, strict=True):
            stack.enter_context(replaced(outbox, name, wait))
        stack.enter_context(without(till.guard))
        if till.slow:
            stack.enter_context(slowed(till.slow, till.queues, time.monotonic() + till.slow_for))
        asyncio.run(_works(till))


async def _works(till: WeChatTill) -> None:
    ends_with_the_storm()
    async with AsyncExitStack() as stack:
        vault = Vault(KeyRing.load(till.place.keys))
        db = await Database.open(till.place.url, vault=vault, rules=RULES)
        stack.push_async_callback(db.close)
        shop = Shop(db, RULES, till.url, rails(till))
        chat = chat_of(till)
        here = till.part != "web"
        if here:
            shop.senders[CHAT] = chat.send
            shop.may_refuse.add(CHAT)
            if chat.rings:
                shop.bells[CHAT] = chat.ring
        runner = Runner(shop, {CHAT: chat.hear} if here else {}, timetable=())
        routes = [*chat.routes(shop), cashier(shop)]
        if till.part != "jobs":
            await stack.enter_async_context(Served(create_app(shop, routes), till.port))
        keep_what_is_loaded()
        await (runner.run() if here else asyncio.Event().wait())


def chat_of(till: WeChatTill) -> WeChatChat:
    told = till.account
    calls = Calls(told.appid, told.secret, till.api)
    pages = WeChatPages(Links(till.url, sign), calls, sign, signs_in=False)
    return WeChatChat(
        buyers, Seal(told.appid, told.token, told.aes_key), calls, pages, TEMPLATE if told.rings else None
    )


def sign(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rails(till: WeChatTill) -> dict[str, PaymentRail]:
    notify = f"{till.url}/hooks/sandbox"
    return {"sandbox": Sandbox(till.provider, api_key=API_KEY, secret=SECRET, notify_url=notify)}


@contextmanager
def slowed(seconds: float, queues: bool, until: float) -> Iterator[None]:
    """The database takes so much longer for everything, until then."""
    writing = asyncio.Lock()

    def later(call: Callable[..., Awaitable[Any]], waits: bool) -> Callable[..., Awaitable[Any]]:
        async def called(db: Database, *args: Any, **kwargs: Any) -> Any:
            async with writing if waits else nullcontext():
                await asyncio.sleep(seconds if time.monotonic() < until else 0.0)
            return await call(db, *args, **kwargs)

        return called

    with (
        replaced(Database, "write", later(Database.write, queues)),
        replaced(Database, "read", later(Database.read, False)),
    ):
        yield


# What is sold without a talk


def cashier(shop: Shop) -> Route:
    """Orders that are paid as they are placed: a storm of them would be a storm of talk otherwise."""

    async def paid(request: Request) -> JSONResponse:
        await shop.db.write(sell, await request.json())
        return JSONResponse({})

    return Route(CASHIER, paid, methods=["POST"])


def sell(tx: Tx, wanted: Sequence[Sold]) -> None:
    for address, product, key in wanted:
        person = customers.meet(tx, CHAT, address, "", "zh-CN", "Asia/Shanghai")
        order = checkout.place(tx, person, product, 1, MERCHANT, {}, key)
        paid = f"{order.number}-{MERCHANT.rail}"
        notice = PaymentNotice(MERCHANT.rail, paid, paid, paid, MERCHANT.account, "test", "paid", order.total)
        settling.settle(tx, notice)
