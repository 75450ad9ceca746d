"""The test provider behaves as real ones do, well and badly."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doubles.sandbox import Sandbox, press
from doubles.serving import Served

KEY, SECRET = "key", "secret"


@dataclass
class Shop:
    """Where notices arrive: keeps them, and answers as it is told to, then 204."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def hear(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        return Response(status_code=self.answers.pop(0) if self.answers else 204)

    @property
    def told(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    made = Shop()
    async with Served(Starlette(routes=[Route("/hook", made.hear, methods=["POST"])])) as server:
        made.url = server.url
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "provider.db"


@pytest.fixture
async def provider(file: Path) -> AsyncIterator[Sandbox]:
    made = Sandbox(file, api_key=KEY, secret=SECRET)
    async with made.served():
        yield made


class Api:
    """What a shop may ask, in few words."""

    def __init__(self, provider: Sandbox, shop: Shop) -> None:
        self._client = httpx.AsyncClient(
            base_url=provider.url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False, verify=False
        )
        self._shop = shop

    async def start(self, key: str = "K1", **terms: Any) -> httpx.Response:
        asked = {
            "key": key,
            "amount": 1250,
            "currency": "CNY",
            "title": "Steam 20 × 1",
            "locale": "zh-CN",
            "expires_at": (datetime.now(UTC) + timedelta(minutes=15)).isoformat(),
            "notify_url": f"{self._shop.url}/hook",
            "return_url": f"{self._shop.url}/orders/1",
        }
        return await self._client.post("/payments", json=asked | terms)

    async def link(self, key: str = "K1", **terms: Any) -> str:
        return (await self.start(key, **terms)).json()["link"]

    async def paid(self, key: str = "K1", **terms: Any) -> str:
        """The transaction of a payment that is paid now."""
        await press(await self.link(key, **terms), "pay")
        return (await self.get(f"/payments/{key}")).json()["transaction"]

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self._client.get(path, params=query)

    async def post(self, path: str, **content: Any) -> httpx.Response:
        return await self._client.post(path, json=content)

    async def refund(self, key: str, transaction: str, amount: int, currency: str = "CNY") -> httpx.Response:
        asked = {"key": key, "transaction": transaction, "amount": amount, "currency": currency, "reason": "-"}
        return await self.post("/refunds", **asked)

    async def close(self) -> None:
        await self._client.aclose()


@pytest.fixture
async def api(provider: Sandbox, shop: Shop) -> AsyncIterator[Api]:
    made = Api(provider, shop)
    yield made
    await made.close()


async def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.01)


async def page(link: str) -> str:
    async with httpx.AsyncClient(trust_env=False, verify=False) as browser:
        return (await browser.get(link)).text


# What the shop may ask


async def test_a_key_opens_one_payment(api):
    first, again = await api.start(), await api.start(title="another title")
    assert first.json() == again.json()


async def test_a_key_is_good_for_one_sum_only(api):
    await api.start()
    refused = await api.start(amount=1)
    assert (refused.status_code, refused.json()) == (409, {"error": "key-reused"})


@pytest.mark.parametrize(
    "terms",
    [
        {"amount": 12.5},
        {"amount": True},
        {"amount": 0},
        {"amount": -1},
        {"currency": "yuan"},
        {"expires_at": "soon"},
        {"expires_at": "2030-01-01T00:00:00"},
        {"return_url": "javascript:alert(1)"},
        {"more": 1},
    ],
)
async def test_nonsense_is_refused(api, terms):
    assert (await api.start(**terms)).status_code == 400


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer other"}, {"Authorization": KEY}])
async def test_without_the_key_nobody_gets_in(provider, given):
    async with httpx.AsyncClient(base_url=provider.url, headers=given, trust_env=False, verify=False) as stranger:
        assert (await stranger.post("/payments", json={})).status_code == 401
        assert (await stranger.get("/payments/K1")).status_code == 401
        assert (await stranger.post("/refunds", json={})).status_code == 401


async def test_the_truth_about_a_payment(api):
    assert (await api.get("/payments/K1")).status_code == 404
    link = await api.link()
    assert (await api.get("/payments/K1")).json()["state"] == "open"
    await press(link, "pay")
    truth = (await api.get("/payments/K1")).json()
    assert (truth["state"], truth["amount"], truth["currency"], truth["mode"]) == ("paid", 1250, "CNY", "test")


async def test_a_refund_happens_once_per_key(api):
    transaction = await api.paid()
    first, again = await api.refund("R1", transaction, 250), await api.refund("R1", transaction, 250)
    assert first.json() == again.json() == (await api.get("/refunds/R1")).json()
    assert first.json()["state"] == "done"
    assert (await api.refund("R1", transaction, 251)).json() == {"error": "key-reused"}


async def test_no_more_goes_back_than_was_paid(api):
    transaction = await api.paid()
    assert (await api.refund("R1", transaction, 1000)).status_code == 200
    assert (await api.refund("R2", transaction, 251)).json() == {"error": "too-much"}
    assert (await api.refund("R3", transaction, 1, "USD")).json() == {"error": "wrong-currency"}
    assert (await api.refund("R4", "txn_other", 1)).json() == {"error": "no-such-transaction"}
    assert (await api.refund("R5", transaction, 250)).status_code == 200
    assert (await api.get("/refunds/R2")).status_code == 404


async def test_a_day_is_told_page_by_page(api, provider, monkeypatch):
    monkeypatch.setattr("doubles.sandbox.PAGE", 2)
    paid = {await api.paid(f"K{number}") for number in range(5)}
    await api.start("K9")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = {"from": today.isoformat(), "to": (today + timedelta(days=1)).isoformat()}
    found, more = set(), True
    while more:
        told = (await api.get("/payments", **asked)).json()
        found |= {payment["transaction"] for payment in told["payments"]}
        more, asked["after"] = told["more"], max(found)
    assert found == paid
    yesterday = {"from": (today - timedelta(days=1)).isoformat(), "to": today.isoformat()}
    assert (await api.get("/payments", **yesterday)).json()["payments"] == []


# What the buyer sees


@pytest.mark.parametrize(
    ("locale", "says"),
    [
        ("zh-CN", ["不会扣真钱", "支付 ¥12.50", "取消付款", 'lang="zh-CN"']),
        ("en", ["no real money", "Pay ¥12.50", "Cancel the payment", 'lang="en"']),
        ("ru-KZ", ["деньги не списываются", "Оплатить 12,50\u00a0¥".replace("\u00a0", " "), 'lang="ru"']),
        ("fr", ["no real money"]),
    ],
)
async def test_the_pay_page_speaks_the_buyers_language_and_says_it_is_a_test(api, locale, says):
    shown = await page(await api.link(locale=locale))
    for words in says:
        assert words in shown


async def test_the_pay_page_loads_nothing_and_trusts_no_title(api):
    shown = await page(await api.link(title="<script>alert(1)</script>"))
    assert "<script" not in shown
    assert "src=" not in shown


async def test_paying_leads_back_to_the_shop(api, shop):
    assert await press(await api.link(), "pay") == f"{shop.url}/orders/1"


async def test_a_payment_that_failed_can_be_tried_again(api, shop):
    link = await api.link()
    assert await press(link, "fail") == link
    assert "没有成功" in await page(link)
    await press(link, "pay")
    await until(lambda: len(shop.got) == 4)
    assert [told["state"] for told in shop.told] == ["failed", "failed", "paid", "paid"]
    assert len({told["event"] for told in shop.told}) == 2


@pytest.mark.parametrize("by", ["buyer", "shop"])
async def test_a_closed_payment_takes_no_money(api, provider, by):
    link = await api.link()
    if by == "buyer":
        await press(link, "close")
    else:
        assert (await api.post("/payments/K1/close")).json()["state"] == "closed"
        assert (await api.post("/payments/K1/close")).json()["state"] == "closed"
    with pytest.raises(ValueError, match="no button"):
        await press(link, "pay")
    async with httpx.AsyncClient(trust_env=False, verify=False) as browser:
        await browser.post(link, data={"do": "pay"})
    assert (await api.get("/payments/K1")).json()["state"] == "closed"


async def test_closing_what_is_paid_changes_nothing(api):
    await api.paid()
    assert (await api.post("/payments/K1/close")).json()["state"] == "paid"


async def test_after_its_time_a_payment_takes_no_money(api):
    link = await api.link(expires_at=(datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    assert "付款时间已过" in await page(link)
    async with httpx.AsyncClient(trust_env=False, verify=False) as browser:
        await browser.post(link, data={"do": "pay"})
    assert (await api.get("/payments/K1")).json()["state"] == "open"


async def test_two_presses_are_one_payment(api, shop):
    link = await api.link()
    async with httpx.AsyncClient(trust_env=False, verify=False) as browser:
        await asyncio.gather(*(browser.post(link, data={"do": "pay"}) for _ in range(5)))
    await until(lambda: len(shop.got) == 2)
    await asyncio.sleep(0.2)
    assert len(shop.got) == 2


# How the shop is told


async def test_the_shop_is_told_twice_and_the_bytes_are_signed(api, shop):
    await api.paid()
    await until(lambda: len(shop.got) == 2)
    (headers, body), (_, again) = shop.got
    assert body == again
    moment, digest = headers["sandbox-signature"].removeprefix("t=").split(",sha256=")
    assert digest == hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert abs(int(moment) - time.time()) < 5


async def test_the_shop_is_told_until_it_has_heard(api, shop):
    shop.answers = [500, 302, 404]
    await api.paid()
    await until(lambda: len(shop.got) == 5)
    await asyncio.sleep(0.3)
    assert len(shop.got) == 5


async def test_a_restart_forgets_nothing(api, shop, provider, file):
    provider.faults.late = 0.5
    transaction = await api.paid()
    port = int(provider.url.rpartition(":")[2])
    await api.close()
    async with Sandbox(file, api_key=KEY, secret=SECRET).served() as url:
        assert url != f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(
            headers={"Authorization": f"Bearer {KEY}"}, trust_env=False, verify=False
        ) as client:
            assert (await client.get(f"{url}/payments/K1")).json()["transaction"] == transaction
        await until(lambda: len(shop.got) == 2 and not provider.books.undelivered())


async def test_two_providers_on_one_file_tell_as_often_as_one(api, shop, provider, file):
    other = Sandbox(file, api_key=KEY, secret=SECRET)
    async with other.served():
        for number in range(20):
            await api.paid(f"K{number}")
        await until(lambda: provider.books.undelivered() == 0)
    assert len(shop.got) == 40


# Faults


async def test_everything_can_be_told_again_and_all_be_forgotten(api, shop, provider):
    await api.paid()
    await until(lambda: len(shop.got) == 2 and not provider.books.undelivered())
    provider.tell_again()
    await until(lambda: len(shop.got) == 4 and not provider.books.undelivered())
    assert len({told["event"] for told in shop.told}) == 1
    provider.books.forget()
    provider.tell_again()
    await asyncio.sleep(0.3)
    assert len(shop.got) == 4
    assert (await api.get("/payments/K1")).status_code == 404


async def test_a_notice_can_be_lost_or_repeated(api, shop, provider):
    provider.faults.copies = 0
    await api.paid("K1")
    provider.faults.copies = 4
    await api.paid("K2")
    await until(lambda: len(shop.got) == 4)
    assert {told["key"] for told in shop.told} == {"K2"}


async def test_a_notice_can_come_late(api, shop, provider):
    provider.faults.late = 0.4
    began = time.monotonic()
    await api.paid()
    await until(lambda: len(shop.got) == 2)
    assert time.monotonic() - began > 0.4


async def test_a_notice_can_lie_about_the_sum_while_the_truth_does_not(api, shop, provider):
    provider.faults.amount, provider.faults.currency = 1, "JPY"
    await api.paid()
    await until(lambda: len(shop.got) == 2)
    assert (shop.told[0]["amount"], shop.told[0]["currency"]) == (1, "JPY")
    truth = (await api.get("/payments/K1")).json()
    assert (truth["amount"], truth["currency"]) == (1250, "CNY")


async def test_the_truth_can_deny_a_payment(api, provider):
    await api.paid()
    provider.faults.denies = True
    assert (await api.get("/payments/K1")).json()["state"] == "open"


async def test_money_can_come_although_the_payment_is_closed(api, provider):
    link = await api.link()
    await api.post("/payments/K1/close")
    provider.faults.takes_late = True
    await press(link, "pay")
    assert (await api.get("/payments/K1")).json()["state"] == "paid"


async def test_a_call_can_break_so_many_times(api, provider):
    provider.faults.give("start", "broken", 2)
    assert [(await api.start()).status_code for _ in range(3)] == [500, 500, 200]


async def test_an_answer_can_be_lost_after_the_effect(api, provider):
    transaction = await api.paid()
    provider.faults.give("refund", "lost", 1)
    with pytest.raises(httpx.RemoteProtocolError):
        await api.refund("R1", transaction, 250)
    assert (await api.get("/refunds/R1")).json()["state"] == "done"


async def test_silence_has_no_effect(api, provider):
    transaction = await api.paid()
    provider.faults.give("refund", "silent", 1)
    with pytest.raises(httpx.ReadTimeout):
        async with asyncio.timeout(5):
            api._client.timeout = 0.3
            await api.refund("R1", transaction, 250)
    assert (await api.get("/refunds/R1")).status_code == 404


@pytest.mark.parametrize("state", ["failed", "pending"])
async def test_a_refund_can_end_otherwise(api, provider, state):
    transaction = await api.paid()
    provider.faults.refunds = state
    assert (await api.refund("R1", transaction, 1250)).json()["state"] == state
    provider.faults.refunds = "done"
    assert (await api.refund("R1", transaction, 1250)).json()["state"] == state
    second = await api.refund("R2", transaction, 1250)
    assert second.status_code == (200 if state == "failed" else 409)
