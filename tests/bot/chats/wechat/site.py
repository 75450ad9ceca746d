"""The shop's pages for WeChat, served; WeChat, which says who opens them; WeChat Pay; and people who look and press."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from bot.chats.wechat.calls import Calls
from bot.chats.wechat.links import Links
from bot.chats.wechat.pages import WeChatPages
from core import checkout, customers, orders, settling, ways
from core.catalog import Product
from core.ground.db import Tx
from core.ground.errors import SendError
from core.ground.messages import Spoken
from core.orders import Order
from doubles.serving import Served, listener
from doubles.wechat import WeChat, served_wechat
from doubles.wechat_accounts import Account
from doubles.wechat_keys import MCHID
from doubles.wechat_pay import WechatPay as Provider
from doubles.wechat_people import PHONES, Person
from jobs.runner import Runner
from payments.wechat_pay import WechatPay
from tests.world import World
from web.app import create_app

LIN, BAO = "oLinLinLinLinLinLinLinLinLin", "oBaoBaoBaoBaoBaoBaoBaoBaoBao"
ANDROID, IPHONE = PHONES["android"], PHONES["iphone"]
CHROME = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"
KEYS = itertools.count()
PRODUCTS = ("native", "jsapi", "h5")
FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*><input type="hidden" name="form" value="([^"]*)">')


def sign(text: str) -> str:
    return hmac.new(b"the key of the tests", text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Site:
    """A shop of one account, whose pages are at `url`."""

    world: World
    api: WeChat
    account: Account
    provider: Provider
    links: Links
    app: ASGIApp
    url: str

    def person(self, openid: str = LIN) -> Person:
        found = self.api.people.get(openid) or self.api.person(openid, openid[1:4])
        found.follows(self.account, quietly=True)
        return found

    async def order(self, product: Product, openid: str = LIN, many: int = 1, locale: str = "zh-CN") -> Order:
        """An order of that person's that waits for its payment."""
        return await self.world.db.write(_place, openid, product, many, locale)

    async def paid(self, order: Order) -> Order:
        """Paid and granted; nobody may tell its buyer."""
        return await self.becomes(order, orders.State.FULFILLING, await self.settle(order))

    async def settle(self, order: Order) -> None:
        await self.world.db.write(_settle, order)

    async def becomes(self, order: Order, state: orders.State, _: None = None) -> Order:
        async def so() -> bool:
            return (await self.now(order)).state is state

        await self.world.until(so)
        await self.world.runner.drain()
        return await self.now(order)

    async def now(self, order: Order) -> Order:
        return await self.world.db.read(orders.get, order.id)

    def link(self, order: Order, what: str = "", openid: str = LIN) -> str:
        pages = self.links.of(openid)
        return pages.pay(order.number) if what else pages.order(order.number)


@dataclass
class Visitor:
    """Somebody at a browser. `person`: it is WeChat's own, and so WeChat knows who they are."""

    site: Site
    agent: str = DESKTOP
    person: Person | None = None
    ip: str = "8.8.8.8"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    language: str = "zh-CN,zh;q=0.9"

    @property
    def headers(self) -> dict[str, str]:
        return {"user-agent": self.agent, "accept": "text/html", "accept-language": self.language}

    async def opens(self, address: str) -> httpx.Response:
        """Where they end up."""
        if self.person:
            self.person.phone = "iphone" if self.agent == IPHONE else "android"
            return await self.person.opens(address)
        return await self._asks("GET", address)

    async def presses(self, page: httpx.Response, to: str, **fields: str) -> httpx.Response:
        """The form of a page that leads there. Where it sends them on, it is followed."""
        action, form = next(
            (html.unescape(a), f) for a, f in FORM.findall(page.text) if a.partition("?")[0].endswith(to)
        )
        return await self._asks("POST", action, data={"form": form} | fields)

    async def posts(self, address: str, **fields: str) -> httpx.Response:
        return await self._asks("POST", address, data=fields)

    async def _asks(self, method: str, address: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.site.app, client=(self.ip, 40000))
        cookies = self.person.cookies if self.person else self.cookies
        async with httpx.AsyncClient(
            transport=transport, base_url=self.site.url, headers=self.headers, cookies=cookies, follow_redirects=True
        ) as http:
            answer = await http.request(method, address, **more)
            cookies.clear()
            cookies.update(http.cookies)
            return answer


def _place(tx: Tx, openid: str, product: Product, many: int, locale: str) -> Order:
    person = customers.meet(tx, "wechat", openid, openid, locale, "Asia/Shanghai")
    merchant = checkout.Merchant("wechat_pay", MCHID, "live", "CNY")
    return checkout.place(tx, person, product.slug, many, merchant, {}, f"placed {next(KEYS)}")


def _settle(tx: Tx, order: Order) -> None:
    asked = checkout.pay_with(tx, order, checkout.Merchant("sandbox", "test", "test", "CNY"))
    notice = settling.PaymentNotice(
        "sandbox", f"event {asked.key}", f"paid {asked.key}", asked.key, "test", "test", "paid", asked.total
    )
    settling.settle(tx, notice)


async def mute(address: str, message: Spoken) -> str:
    raise SendError("we may not speak to them before they do", unheard=True)


@asynccontextmanager
async def open_site(
    world: World, *, signs_in: bool = True, products: Any = PRODUCTS, **told: Any
) -> AsyncIterator[Site]:
    """That world's shop with its pages, taking money by WeChat Pay as well."""
    listening, provider = listener(), Provider(clock=world.clock.now)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with served_wechat(clock=world.clock.now) as api, provider.served() as gateway:
        account = api.add_account(appid=provider.keys.appid)
        calls = Calls(account.appid, account.secret, api.url)

        def clock() -> float:
            return world.clock.now().timestamp()

        links = Links(url, sign, clock)
        pages = WeChatPages(links, calls, sign, signs_in=signs_in, sign_in_at=api.url, clock=clock, **told)
        app = create_app(world.shop, pages.routes(world.shop))
        keys = provider.keys
        rail = WechatPay(
            mchid=keys.mchid,
            appid=keys.appid,
            serial=keys.serial,
            private_key=keys.merchant_private,
            api_v3_key=keys.api_v3_key,
            notify_url=f"{url}/hooks/wechat_pay",
            public_key=keys.platform_public,
            public_key_id=keys.public_key_id,
            products=products,
            gateway=gateway,
            clock=world.clock.now,
        )
        before, world.shop.public_url = (world.shop.payments, world.shop.public_url), url
        world.shop.payments = {**world.shop.payments, rail.name: rail}
        world.shop.senders["wechat"] = mute
        await world.db.write(ways.permit, rail.name, "wechat", "digital", "test:chen", "the terms")
        runner = await _replaced(world)
        async with Served(app, listening=listening):
            yield Site(world, api, account, provider, links, app, url)
        await _ended(runner)
        world.shop.payments, world.shop.public_url = before
        del world.shop.senders["wechat"]
        await rail.aclose()
        await calls.aclose()
    listening.close()


async def _replaced(world: World) -> tuple[Runner, asyncio.Task[None]]:
    """The shop's runner works for the rails that there were when it began."""
    world.runner.stop()
    world.runner = Runner(world.shop, {})
    return world.runner, asyncio.create_task(world.runner.run())


async def _ended(running: tuple[Runner, asyncio.Task[None]]) -> None:
    runner, working = running
    runner.stop()
    await asyncio.wait([working], timeout=5)
    working.cancel()


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    async with open_site(world) as opened:
        yield opened


@pytest.fixture
async def quiet_site(world: World) -> AsyncIterator[Site]:
    """Of an account that may not ask WeChat who opens its pages."""
    async with open_site(world, signs_in=False) as opened:
        yield opened


@pytest.fixture
async def order(site: Site, steam: Product) -> Order:
    """Of Lin's; it waits for its payment."""
    await site.world.stock(steam, 3)
    return await site.order(steam)


@pytest.fixture
async def lin(site: Site) -> Visitor:
    """Lin inside WeChat, on an Android phone."""
    return Visitor(site, ANDROID, site.person(LIN))


@pytest.fixture
async def bao(site: Site) -> Visitor:
    """Bao, somebody else inside WeChat."""
    return Visitor(site, ANDROID, site.person(BAO))
