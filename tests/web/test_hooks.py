"""What comes in by /hooks: verified, stored once, acknowledged. Everything else bounces off."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest
import structlog
from starlette.routing import BaseRoute

from core import notices
from core.ground import inbox
from core.ground.inbox import InboxRow
from core.ground.money import Money
from core.ground.tx import Tx
from core.notices import Notice
from core.settling import PaymentNotice
from core.shop import Shop
from doubles.sandbox_notices import signature
from doubles.serving import Served
from payments.sandbox import Sandbox
from tests.doors import API_KEY, SECRET, events
from web.app import create_app
from web.hooks import LARGEST, Strangers

TOLD: dict[str, Any] = {
    "event": "evt_1",
    "account": "sandbox-shop",
    "mode": "test",
    "key": "K1",
    "state": "paid",
    "transaction": "txn_1",
    "amount": 1250,
    "currency": "CNY",
}
BODY = json.dumps(TOLD).encode()


def signed(body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    return {"Sandbox-Signature": signature(secret, datetime.now(UTC), body)}


class Web:
    """The shop's app on a real server, and somebody who talks to it."""

    def __init__(self, shop: Shop, *routes: BaseRoute, **settings: int) -> None:
        self.server = Served(create_app(shop, routes, **settings))

    async def __aenter__(self) -> httpx.AsyncClient:
        await self.server.start()
        self.client = httpx.AsyncClient(base_url=self.server.url, trust_env=False, verify=False, timeout=20)
        return self.client

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        await self.server.stop()


@pytest.fixture
async def web(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    async with Web(shop, forgeries=100_000) as client:
        yield client


async def first(shop: Shop) -> Notice:
    """The oldest notice that waits."""
    rows: list[InboxRow] = await shop.db.write(inbox.claim, ["sandbox"])
    return notices.unpack(await shop.db.read(inbox.body, rows[0]))


async def test_a_notice_is_stored_and_acknowledged(shop, web):
    answer = await web.post("/hooks/sandbox", content=BODY, headers=signed())
    assert (answer.status_code, answer.content) == (204, b"")
    assert await first(shop) == PaymentNotice(
        "sandbox", "evt_1", "txn_1", "K1", "sandbox-shop", "test", "paid", Money(1250, "CNY")
    )


async def test_a_repeat_is_acknowledged_and_changes_nothing(shop, web):
    for _ in range(3):
        assert (await web.post("/hooks/sandbox", content=BODY, headers=signed())).status_code == 204
    assert [event.state for event in await shop.db.read(events)] == ["new"]
    await shop.db.write(inbox.done, "sandbox", "evt_1")
    assert (await web.post("/hooks/sandbox", content=BODY, headers=signed())).status_code == 204
    assert [event.state for event in await shop.db.read(events)] == ["done"]


async def test_many_at_once_are_stored_once(shop, web):
    sent = [web.post("/hooks/sandbox", content=BODY, headers=signed()) for _ in range(20)]
    assert {answer.status_code for answer in await asyncio.gather(*sent)} == {204}
    assert len(await shop.db.read(events)) == 1


# Forgeries (C1)


@pytest.mark.parametrize(
    "headers", [{}, signed(secret="other"), {"Sandbox-Signature": "none"}, {"Sandbox-Signature": ""}], ids=range(4)
)
async def test_a_forgery_is_refused_without_a_word(shop, web, headers):
    answer = await web.post("/hooks/sandbox", content=BODY, headers=headers)
    assert (answer.status_code, answer.content) == (400, b"")
    assert await shop.db.read(events) == []


async def test_a_signature_that_comes_twice_is_refused(shop, web):
    header, value = next(iter(signed().items()))
    answer = await web.post("/hooks/sandbox", content=BODY, headers=[(header, value), (header, value)])
    assert answer.status_code == 400
    assert await shop.db.read(events) == []


async def test_a_parameter_that_comes_twice_is_refused(shop, web):
    answer = await web.post("/hooks/sandbox?a=1&a=2", content=BODY, headers=signed())
    assert answer.status_code == 400
    assert await shop.db.read(events) == []


class Trusting(Sandbox):
    """Without the guard."""

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        pass


async def test_without_verification_a_forgery_would_get_in(shop):
    shop.payments = {"sandbox": Trusting("http://127.0.0.1:9", api_key=API_KEY, secret=SECRET, notify_url="-")}
    async with Web(shop) as web:
        assert (await web.post("/hooks/sandbox", content=BODY)).status_code == 204
    assert len(await shop.db.read(events)) == 1


@pytest.mark.parametrize("many", [320, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_thousands_of_forgeries_change_nothing_and_break_nothing(shop, web, many):
    dice = Random(1)
    answers: set[int] = set()

    async def forge() -> None:
        for _ in range(many // 16):
            body = bytearray(BODY)
            body[dice.randrange(len(body))] ^= dice.randint(1, 255)
            headers = signed() if dice.random() < 0.5 else {"Sandbox-Signature": signed()["Sandbox-Signature"][:-1]}
            answers.add((await web.post("/hooks/sandbox", content=bytes(body), headers=headers)).status_code)

    await asyncio.gather(*(forge() for _ in range(16)))
    assert answers == {400}
    assert await shop.db.read(events) == []


@pytest.mark.parametrize(
    "path", ["/hooks/other", "/hooks/", "/hooks/sandbox/more", "/hooks/..%2fsandbox", "/hooks/%00"]
)
async def test_an_unknown_rail_is_not_there(shop, web, path):
    assert (await web.post(path, content=BODY, headers=signed())).status_code == 404
    assert await shop.db.read(events) == []


async def test_a_rail_without_a_secret_is_not_there(shop):
    shop.payments = {"sandbox": Sandbox("http://127.0.0.1:9", api_key=API_KEY, secret="", notify_url="-")}
    async with Web(shop) as web:
        assert (await web.post("/hooks/sandbox", content=BODY, headers=signed(secret=""))).status_code == 404
    assert await shop.db.read(events) == []


# Too much of it (C24)


async def test_a_body_that_is_too_big_is_not_read(web):
    answer = await web.post("/hooks/sandbox", content=b" " * (LARGEST + 1), headers=signed())
    assert answer.status_code == 413


async def test_a_body_that_does_not_say_its_size_is_cut_off(web):
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 1024 * 4):
            yield b" " * 1024

    with structlog.testing.capture_logs() as logs, contextlib.suppress(httpx.ReadError):  # it may still be sending
        await web.post("/hooks/sandbox", content=endless(), headers=signed())
    assert [line["status"] for line in logs] == [413]


async def test_a_body_that_never_ends_is_given_up(shop, monkeypatch):
    monkeypatch.setattr("web.hooks.PATIENCE", 0.2)
    served = Web(shop)
    async with served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
        writer.write(b"POST /hooks/sandbox HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\nslow")
        assert b" 408 " in await asyncio.wait_for(reader.readline(), 5)
        writer.close()


async def test_who_forges_too_often_has_to_wait(shop, monkeypatch):
    monkeypatch.setattr("web.hooks.this_minute", lambda: 1)
    async with Web(shop, forgeries=3) as web:
        tried = [(await web.post("/hooks/sandbox", content=BODY)).status_code for _ in range(5)]
        assert tried == [400, 400, 400, 429, 429]
        assert (await web.post("/hooks/sandbox", content=BODY, headers=signed())).status_code == 429
        assert (await web.get("/healthz")).status_code == 200


def test_the_provider_never_has_to_wait_because_of_another_address(monkeypatch):
    minute = iter([1] * 100 + [2] * 100)
    monkeypatch.setattr("web.hooks.this_minute", lambda: next(minute))
    strangers = Strangers(most=2)
    for _ in range(5):
        strangers.note("a")
    assert strangers.tired_of("a")
    assert not strangers.tired_of("b")
    list(zip(range(100), minute, strict=False))
    assert not strangers.tired_of("a")


def test_it_does_not_remember_every_address_there_is(monkeypatch):
    monkeypatch.setattr("web.hooks.ADDRESSES", 10)
    strangers = Strangers(most=1)
    for number in range(1000):
        strangers.note(str(number))
    assert len(strangers._seen) == 10


# When the database fails


async def test_what_can_not_be_stored_is_not_acknowledged(shop, web, monkeypatch):
    def broken(tx: Tx, *_: object) -> bool:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("web.hooks.notices.store", broken)
        answer = await web.post("/hooks/sandbox", content=BODY, headers=signed())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await web.post("/hooks/sandbox", content=BODY, headers=signed())).status_code == 204
    assert len(await shop.db.read(events)) == 1


async def test_a_forgery_is_refused_also_when_it_can_not_be_written_down(shop, web, monkeypatch):
    def broken(tx: Tx, *_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("web.hooks.inbox.refuse", broken)
    with structlog.testing.capture_logs() as logs:
        answer = await web.post("/hooks/sandbox", content=BODY)
    assert (answer.status_code, answer.content) == (400, b"")
    assert "a refusal could not be written down" in [line["event"] for line in logs]


async def test_an_event_whose_name_can_not_be_stored_is_refused(shop, monkeypatch):
    for name in ("e" * 201, "evt\x00", "", "\ud800"):
        told = PaymentNotice("sandbox", name, "t", "K", "a", "test", "paid", Money(1, "CNY"))
        monkeypatch.setattr(Sandbox, "read", lambda *_, told=told: told)
        async with Web(shop) as web:
            assert (await web.post("/hooks/sandbox", content=BODY)).status_code == 400
    assert await shop.db.read(events) == []


# What is logged


async def test_the_log_has_the_route_and_nothing_that_was_said(shop, web):
    with structlog.testing.capture_logs() as logs:
        await web.post("/hooks/sandbox?token=hush", content=BODY.replace(b"K1", b"hush"), headers=signed())
    assert [(line["event"], line.get("route"), line.get("status")) for line in logs] == [
        ("forged notice", None, None),
        ("request", "/hooks/{rail}", 400),
    ]
    assert "hush" not in repr(logs)


async def test_raw_garbage_breaks_nothing(shop):
    served = Web(shop)
    async with served as web:
        for garbage in (b"\x00" * 100, b"GET", b"POST /hooks/sandbox HTTP/9\r\n\r\n", b"\r\n" * 50):
            with socket.create_connection(("127.0.0.1", served.server.port), timeout=2) as line:
                line.sendall(garbage)
        assert (await web.get("/healthz")).status_code == 200
