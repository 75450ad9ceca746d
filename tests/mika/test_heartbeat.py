"""The address that hears that all is well: asked by a real request, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from core.ground.errors import PartyError
from doubles.serving import Served
from jobs.heartbeat import heartbeat
from mika.doctor import Doctor
from mika.heartbeat import Watcher
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import opened
from tests.ports import free_port

CANARY = "canary-31f0"


def watched(url: str) -> Settings:
    return load(environ={"MIKA_HEARTBEAT_URL": url})


async def test_who_watches_hears_of_us_and_nobody_sees_where(settings: Settings, caplog: pytest.LogCaptureFixture):
    heard: list[str] = []
    status = 200

    async def ping(request: Request) -> PlainTextResponse:
        heard.append(request.url.path)
        return PlainTextResponse("OK", status)

    caplog.set_level(0)
    async with Served(Starlette(routes=[Route("/ping/{who}", ping)])) as server:
        told = settings.changed(heartbeat_url=watched(f"{server.url}/ping/{CANARY}").heartbeat_url)
        async with opened(told) as house:
            house.shop.doctor, house.shop.heartbeat = Doctor(told, house.shop), Watcher(told)
            await heartbeat(house.shop)
            assert heard == [f"/ping/{CANARY}"]
            status = 500
            with pytest.raises(PartyError, match="answers with 500") as refused:
                await heartbeat(house.shop)
    away = watched(f"http://127.0.0.1:{free_port()}/{CANARY}")
    with pytest.raises(PartyError, match="can't be reached") as gone:
        await Watcher(away).all_is_well()
    assert CANARY not in f"{refused.value}{gone.value}{told!r}{away!r}"


@pytest.mark.parametrize("wrong", [f"ftp://watcher.example/{CANARY}", CANARY, f"https:///{CANARY}"])
def test_s004_what_is_no_address_is_refused_and_not_quoted(wrong: str):
    with pytest.raises(Refusal, match=r"S004.*heartbeat_url") as refused:
        watched(wrong)
    assert CANARY not in str(refused.value)


def test_without_it_nobody_watches():
    assert load(Path("none.toml"), {}).heartbeat_url.get_secret_value() == ""
