"""/metrics: who may read it, what it tells, and what it never tells."""

from __future__ import annotations

import re
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as parsed
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.gauges import Counted as There
from core.gauges import Stock
from core.ground import inbox, outbox
from tests.web.test_hooks import Web
from web import figures, metrics
from web.meter import ROUTES, Counted
from web.metrics import Both, metrics_route

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # what is tested here knows no store
TOKEN = "a-token-that-nobody-guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def watched(shop, token: str = "", *routes: Route) -> Web:
    shop.meter = Counted()
    return Web(shop, metrics_route(shop, shop.meter.registry, token), *routes)


async def status(shop, token: str, headers: dict[str, str]) -> int:
    async with watched(shop, token) as web:
        return (await web.get("/metrics", headers=headers)).status_code


FROM_BEYOND = [
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Proto": "https"},
    {"X-Real-IP": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1"},
    {"Via": "1.1 somebody"},
    {"Host": "shop.example"},
    {"Host": "localhost.shop.example:8000"},
]
ASKED = [
    ("", {}, 200),
    ("", BEARER, 200),
    *(("", headers, 404) for headers in FROM_BEYOND),
    (TOKEN, BEARER, 200),
    (TOKEN, BEARER | {"X-Forwarded-For": "203.0.113.7", "Host": "shop.example"}, 200),
    (TOKEN, {}, 404),
    (TOKEN, {"Authorization": f"Bearer {TOKEN}x"}, 404),
    (TOKEN, {"Authorization": TOKEN}, 404),
    (TOKEN, {"Authorization": "Bearer"}, 404),
]


@pytest.mark.parametrize(("token", "headers", "wanted"), ASKED)
async def test_only_who_may_read_it_learns_that_there_is_such_a_page(shop, token, headers, wanted):
    assert await status(shop, token, headers) == wanted


@pytest.mark.parametrize(("token", "headers"), [(token, headers) for token, headers, wanted in ASKED if wanted == 404])
async def test_without_the_guard_everybody_reads_it(shop, monkeypatch, token, headers):
    """The negative control."""
    monkeypatch.setattr(metrics, "may_read", lambda *_: True)
    assert await status(shop, token, headers) == 200


def test_an_address_that_is_not_this_machine_reads_nothing(url):
    def asked(client: Any) -> bool:
        headers = [(b"host", b"127.0.0.1:8000")]
        return metrics.may_read(Request({"type": "http", "client": client, "headers": headers}), "")

    assert [asked(client) for client in [("127.0.0.1", 1), ("::1", 1), ("127.8.8.8", 1)]] == [True] * 3
    assert [asked(client) for client in [("192.168.0.7", 1), ("203.0.113.7", 1), None, ("unix", 0)]] == [False] * 4


async def test_it_is_told_in_the_words_that_are_asked_for(shop):
    async with watched(shop) as web:
        plain = await web.get("/metrics")
        wants = {"Accept": "application/openmetrics-text; version=1.0.0, text/plain;q=0.5"}
        new = await web.get("/metrics", headers=wants)
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert new.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    plain_names = {family.name for family in parsed(plain.text)}
    assert plain_names == {family.name for family in open_metrics(new.text)}
    assert {"mika_orders", "mika_commit_seconds", "process_resident_memory_bytes"} <= plain_names


async def test_nothing_of_people_orders_or_secrets_is_told(shop):
    def happened(tx: Any) -> None:
        inbox.store(tx, "sandbox", "CANARY-event", '{"CANARY": 1}', person="browser:CANARY-person")
        outbox.put(tx, "say", "say CANARY-effect", to="browser:CANARY-person", text="CANARY")
        inbox.refuse(tx, "sandbox", "CANARY-why")

    async def breaks(_: Request) -> Response:
        raise RuntimeError("CANARY")

    await shop.db.write(happened)
    async with watched(shop, "", Route("/orders/{number}", breaks)) as web:
        for path in ("/orders/CANARY-number?t=CANARY", "/CANARY-path", "/hooks/CANARY", "/orders/o", "/orders/number"):
            await web.get(path, headers={"Authorization": "Bearer CANARY"})
        told = (await web.get("/metrics")).text
    assert "CANARY" not in told
    routes = set(re.findall(r'mika_http_requests_total\{route="(.*?)"', told))
    assert routes == {"/orders/{number}", "none", "/hooks/{rail}"}
    assert 'mika_notices{source="sandbox",verdict="refused"} 1.0' in told


async def test_strangers_do_not_make_the_numbers_grow(shop):
    async with watched(shop) as web:
        for number in range(20):
            await web.get(f"/hooks/{number}{'a' * number}")
            await web.get(f"/{number}")
        told = (await web.get("/metrics")).text
    assert len(set(re.findall(r'mika_http_requests_total\{route="(.*?)"', told))) == 2


def test_routes_and_products_beyond_a_number_are_summed(url):
    meter = Counted()
    for number in range(ROUTES + 50):
        meter.answered(f"/route/{number}", 200, 0.01)
    told = generate_latest(meter.registry).decode()
    assert told.count("mika_http_requests_total{") == ROUTES + 1
    assert 'mika_http_requests_total{route="other",status="200"} 50.0' in told

    stock = [Stock(f"product-{number}", 2, 1, number == 249) for number in range(250)]
    shown = figures.shop(None, There({}, {}, {}, {}, {}, stock, (), 0))
    told = generate_latest(Both(shown, CollectorRegistry())).decode()
    assert told.count('state="available"') == figures.PRODUCTS + 1
    assert 'mika_stock{product="other",state="available"} 100.0' in told
    assert "mika_low_products 1.0" in told


async def test_without_its_database_it_tells_of_itself_and_leaves_the_rest_out(shop, monkeypatch):
    async def read(*_: Any) -> None:
        raise OSError("no route to db.internal")

    monkeypatch.setattr(shop.db, "read", read)
    async with watched(shop) as web:
        answer = await web.get("/metrics")
    assert answer.status_code == 200
    assert "mika_readable 0.0" in answer.text
    assert "mika_orders{" not in answer.text
    assert "process_resident_memory_bytes" in answer.text
    assert "internal" not in answer.text


async def test_the_database_is_asked_once_however_often_it_is_scraped(shop, monkeypatch):
    asked, read = [], shop.db.read

    async def counted(*args: Any) -> Any:
        asked.append(args[0].__name__)
        return await read(*args)

    monkeypatch.setattr(shop.db, "read", counted)
    async with watched(shop) as web:
        for _ in range(5):
            await web.get("/metrics")
    assert sorted(asked) == ["counted", "standing"]


async def test_a_process_counts_what_it_has_done(shop):
    async with watched(shop) as web:
        shop.meter.committed(0.003, 4)
        shop.meter.worked("deliver", 0.2)
        shop.meter.failed("deliver", "again")
        shop.meter.missed("old queue rows are removed")
        shop.meter.sent("browser", 0.1, "sent")
        told = (await web.get("/metrics")).text
    for line in (
        'mika_commit_seconds_bucket{le="0.005"} 1.0',
        "mika_commit_calls_total 4.0",
        'mika_job_seconds_count{lane="deliver"} 1.0',
        'mika_job_failures_total{lane="deliver",outcome="again"} 1.0',
        'mika_timetable_failures_total{entry="old queue rows are removed"} 1.0',
        'mika_sends_total{chat="browser",outcome="sent"} 1.0',
    ):
        assert line in told
