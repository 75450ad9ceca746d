"""What can be made to go wrong with an account's calls at WeChat's double."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from core.ground.clock import TestClock
from doubles.wechat import served_wechat
from doubles.wechat_accounts import Account
from doubles.wechat_faults import FOREVER, Faults
from doubles.wechat_people import Person
from tests.doubles.wechats import Asking, account, api, client, clock, lin, shop

__all__ = ["account", "api", "client", "clock", "lin", "shop"]


def text(content: str = "您好") -> dict[str, Any]:
    return {"touser": "o-lin", "msgtype": "text", "text": {"content": content}}


async def test_troubles_that_do_nothing(account: Account, lin: Person, shop: Asking, client: httpx.AsyncClient):
    await lin.says(account, "hi")
    token = (await shop.token())["access_token"]
    faults, api = shop.api.faults, shop.api
    for trouble in ("busy", "broken", "cut", "silent"):
        faults.give("/cgi-bin/message/custom/send", trouble, 1)
    params = {"access_token": token}
    address = f"{api.url}/cgi-bin/message/custom/send"

    assert (await client.post(address, params=params, json=text())).json()["errcode"] == -1
    assert (await client.post(address, params=params, json=text())).status_code == 502
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(address, params=params, json=text())
    with pytest.raises(httpx.ReadTimeout):
        await client.post(address, params=params, json=text(), timeout=0.1)
    assert lin.chat(account).texts == []
    assert [call.trouble for call in api.asked("message/custom/send")] == ["busy", "broken", "cut", "silent"]
    assert [call.done for call in api.asked("message/custom/send")] == [False] * 4
    assert [call.errcode for call in api.asked("message/custom/send")] == [-1, None, None, None]
    assert await shop.tells(lin) == 0


async def test_troubles_after_it_was_done(account: Account, lin: Person, shop: Asking, client: httpx.AsyncClient):
    await lin.says(account, "hi")
    token = (await shop.token())["access_token"]
    params = {"access_token": token}
    address = f"{shop.api.url}/cgi-bin/message/custom/send"
    faults = shop.api.faults
    faults.slowness = 0.2
    for trouble in ("slow", "lost", "mute"):
        faults.give("message/custom/send", trouble, 1)

    start = time.monotonic()
    assert (await client.post(address, params=params, json=text("1"))).json()["errcode"] == 0
    assert time.monotonic() - start >= 0.2
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(address, params=params, json=text("2"))
    with pytest.raises(httpx.ReadTimeout):
        await client.post(address, params=params, json=text("3"), timeout=0.1)
    assert lin.chat(account).texts == ["1", "2", "3"]
    assert [call.done for call in shop.api.asked("message/custom/send")] == [True] * 3


async def test_troubles_of_tokens(shop: Asking, account: Account):
    shop.api.faults.give("stable_token", "busy", 1)
    assert (await shop.token())["errcode"] == -1
    assert not account.asked
    shop.api.faults.outage = "busy"
    assert (await shop.old_token())["errcode"] == -1
    shop.api.faults.give("token", "busy", FOREVER)
    shop.api.faults.mend()
    assert "access_token" in await shop.old_token()


async def test_a_share_of_calls_is_in_trouble_the_same_for_every_seed(clock: TestClock):
    async def met(seed: int) -> list[str | None]:
        async with served_wechat(clock=clock.now, seed=seed) as api, httpx.AsyncClient(trust_env=False) as client:
            account = api.add_account()
            api.faults.busy, api.faults.broken = 0.2, 0.1
            token = account.stable_token(False).text
            for _ in range(100):
                await client.get(f"{api.url}/cgi-bin/getcallbackip", params={"access_token": token})
            return [call.trouble for call in api.calls]

    first = await met(1)
    assert 10 <= first.count("busy") <= 32 and 3 <= first.count("broken") <= 20
    assert await met(1) == first != await met(2)


def test_arranged_troubles_come_in_order():
    faults = Faults()
    faults.give("menu/get", "busy", 2)
    faults.give("/cgi-bin/menu/get", "lost", 1)
    assert [faults.meet("menu/get") for _ in range(4)] == ["busy", "busy", "lost", None]
