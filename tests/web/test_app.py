"""The app around its routes: health, headers, sizes, and kind words when something breaks."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.ground import inbox, outbox
from tests.web.test_hooks import Web

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # what is tested here knows no store


async def test_a_shop_that_is_well_says_so(shop):
    async with Web(shop) as web:
        answer = await web.get("/healthz")
    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("version")
    assert told == {"status": "ok", "inbox_seconds": 0.0, "outbox_seconds": 0.0}


async def test_it_says_how_long_something_has_waited(shop, clock):
    await shop.db.write(inbox.store, "sandbox", "evt_1", "{}")
    await shop.db.write(lambda tx: outbox.put(tx, "say", "say 1", due=tx.now + timedelta(seconds=60)))
    clock.forward(timedelta(seconds=90))
    async with Web(shop) as web:
        told = (await web.get("/healthz")).json()
    assert told["inbox_seconds"] == pytest.approx(90, abs=5)
    assert told["outbox_seconds"] == pytest.approx(30, abs=5)


@pytest.mark.parametrize("fault", ["breaks", "hangs"])
async def test_without_its_database_a_shop_is_down(shop, monkeypatch, fault):
    async def read(*_: Any) -> None:
        if fault == "breaks":
            raise OSError("no route to db.internal")
        await asyncio.sleep(60)

    monkeypatch.setattr("web.health.PATIENCE", 0.2)
    monkeypatch.setattr(shop.db, "read", read)
    async with Web(shop) as web:
        answer = await web.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert "internal" not in answer.text


async def breaks(request: Request) -> Response:
    raise RuntimeError("AAAA-BBBB-CCCC")


async def echoes(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())), headers={"Referrer-Policy": "no-referrer"})


ROUTES = Route("/break/{what}", breaks), Route("/echo", echoes, methods=["GET", "POST"])


@pytest.mark.parametrize(
    ("accepted", "path", "status", "says"),
    [
        ("zh-CN,zh;q=0.9", "/nothing", 404, "没有找到这个页面"),
        ("en", "/nothing", 404, "There is no such page"),
        ("ru-RU", "/nothing", 404, "Такой страницы нет"),
        ("tlh", "/nothing", 404, "There is no such page"),
        ("zh-TW", "/break/it", 500, "订单和付款都还在"),
        ("en", "/break/it", 500, "Your orders and payments are safe"),
    ],
)
async def test_trouble_is_told_in_one_kind_sentence(shop, accepted, path, status, says):
    async with Web(shop, *ROUTES) as web:
        page = await web.get(path, headers={"Accept": "text/html", "Accept-Language": accepted})
        text = await web.get(path, headers={"Accept": "*/*", "Accept-Language": accepted})
    assert page.status_code == text.status_code == status
    assert says in page.text
    assert text.text.count("\n") == 1
    assert says in text.text
    for betrayal in ("Traceback", "RuntimeError", "AAAA", "starlette", "/nothing"):
        assert betrayal not in page.text + text.text


@pytest.mark.parametrize(
    "asked", [("DELETE", "/healthz"), ("PUT", "/echo"), ("GET", "/docs"), ("GET", "/openapi.json")]
)
async def test_what_is_not_offered_is_refused(shop, asked):
    async with Web(shop, *ROUTES) as web:
        assert (await web.request(*asked)).status_code in (404, 405)


async def test_a_bug_is_logged_where_it_is_but_not_what_it_quotes(shop):
    with structlog.testing.capture_logs() as logs:
        async with Web(shop, *ROUTES) as web:
            await web.get("/break/hush?q=hush")
    broke, request = logs
    assert (broke["event"], broke["error"], broke["route"]) == ("a request broke", "RuntimeError", "/break/{what}")
    assert any("test_app.py" in frame for frame in broke["at"])
    assert (request["route"], request["status"]) == ("/break/{what}", 500)
    assert "hush" not in repr(logs)
    assert "AAAA" not in repr(logs)


async def test_headers_protect_whatever_does_not_protect_itself(shop):
    async with Web(shop, *ROUTES) as web:
        plain, lost = await web.get("/echo"), await web.get("/nothing", headers={"Accept": "text/html"})
    for answer in (plain, lost):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["strict-transport-security"]
        assert "server" not in answer.headers
    assert plain.headers["referrer-policy"] == "no-referrer"
    assert plain.headers.get_list("referrer-policy") == ["no-referrer"]


async def test_https_is_not_promised_where_there_is_none(shop):
    shop.public_url = "http://127.0.0.1:8000"
    async with Web(shop) as web:
        assert "strict-transport-security" not in (await web.get("/healthz")).headers


@pytest.mark.parametrize("announced", [True, False])
async def test_no_request_is_bigger_than_the_cap(shop, announced):
    async def pieces(many: int):
        for _ in range(many):
            yield b"x" * 100

    async with Web(shop, *ROUTES, largest=1000) as web:
        assert (await web.post("/echo", content=b"x" * 1000 if announced else pieces(10))).text == "1000"
        assert (await web.post("/echo", content=b"x" * 1001 if announced else pieces(11))).status_code == 413
