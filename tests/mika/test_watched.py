"""Each process tells its own figures at a port of its own, where one is set."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from mika import serving, watched
from mika.metrics_settings import MetricsSettings
from mika.parts import ONLY
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import opened
from tests.ports import free_port

TOKEN = "a-token-that-nobody-guesses"


async def told(port: int | None, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(f"http://127.0.0.1:{port}/metrics", headers=headers)


async def test_processes_without_pages_take_the_next_free_ports(settings: Settings):
    set_ = settings.changed(metrics=MetricsSettings(port=free_port()))
    async with (
        opened(set_, parts=ONLY["jobs"]) as first,
        opened(set_, parts=ONLY["jobs"]) as second,
        watched.figures(first) as one,
        watched.figures(second) as two,
    ):
        await first.runner.drain()
        answers = [await told(one), await told(two)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert all("mika_orders{" in answer.text for answer in answers)
        assert one is not None
        assert two is not None
        assert two > one
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"http://127.0.0.1:{one}/hooks/sandbox")).status_code == 404
    with pytest.raises(httpx.ConnectError):
        await told(one)


async def test_the_token_counts_there_too(settings: Settings):
    set_ = settings.changed(metrics=MetricsSettings(port=free_port(), token=SecretStr(TOKEN)))
    async with opened(set_, parts=ONLY["jobs"]) as house, watched.figures(house) as port:
        assert (await told(port)).status_code == 404
        assert (await told(port, Authorization=f"Bearer {TOKEN}")).status_code == 200


async def test_a_shop_whose_ports_are_taken_sells_all_the_same(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watched, "PORTS", 1)
    with serving.listen("127.0.0.1", 0) as taken:
        set_ = settings.changed(metrics=MetricsSettings(port=serving.port_of(taken)))
        async with opened(set_, parts=ONLY["jobs"]) as house, watched.figures(house) as port:
            assert port is None
    async with opened(settings, parts=ONLY["jobs"]) as house, watched.figures(house) as port:
        assert port is None


@pytest.mark.parametrize("token", ["short", "sixteen characters and spaces", "ключ-который-никто-не-угадает"])
def test_a_token_that_can_be_guessed_or_stands_in_no_header_is_refused_and_not_quoted(token: str):
    with pytest.raises(Refusal) as refused:
        load(environ={"MIKA_METRICS__TOKEN": token})
    assert refused.value.code == "S004"
    assert token not in str(refused.value)
    assert "metrics.token" in str(refused.value)
