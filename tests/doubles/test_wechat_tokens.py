"""Access tokens at WeChat's double: how long they are good, what ends them, who is refused one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.ground.clock import TestClock
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from tests.doubles.wechats import Asking, account, api, client, clock, shop

__all__ = ["account", "api", "client", "clock", "shop"]


async def good(shop: Asking, token: str | None) -> int:
    """What a harmless call with this token is answered."""
    return (await shop.get("getcallbackip", token)).get("errcode", 0)


async def test_a_stable_token_is_the_same_while_it_is_good(shop: Asking, account: Account, clock: TestClock):
    first = await shop.token()
    clock.forward(timedelta(seconds=3600))
    again = await shop.token()

    assert first["expires_in"] == 7200 and again["expires_in"] == 3600
    assert first["access_token"] == again["access_token"]
    assert account.asked == {"stable_token": 2}


async def test_a_stable_token_is_renewed_five_minutes_early_and_the_old_one_lives_on(shop: Asking, clock: TestClock):
    first = (await shop.token())["access_token"]
    clock.forward(timedelta(seconds=7200 - 301))
    assert (await shop.token())["access_token"] == first

    clock.forward(timedelta(seconds=1))
    second = (await shop.token())["access_token"]
    assert second != first
    assert [await good(shop, one) for one in (first, second)] == [0, 0]

    clock.forward(timedelta(seconds=300))
    assert [await good(shop, one) for one in (first, second)] == [42001, 0]


async def test_force_refresh_ends_the_former_token(shop: Asking, clock: TestClock):
    first = (await shop.token())["access_token"]
    second = (await shop.token(force=True))["access_token"]

    assert second != first
    assert [await good(shop, one) for one in (first, second)] == [40001, 0]


async def test_force_refresh_within_thirty_seconds_is_none(shop: Asking, clock: TestClock):
    await shop.token()
    first = (await shop.token(force=True))["access_token"]
    clock.forward(timedelta(seconds=29))
    assert (await shop.token(force=True))["access_token"] == first
    clock.forward(timedelta(seconds=1))
    assert (await shop.token(force=True))["access_token"] != first


async def test_force_refresh_works_twenty_times_a_day(shop: Asking, clock: TestClock):
    clock.forward(timedelta(days=1) - timedelta(seconds=(clock.now().timestamp() + 8 * 3600) % 86400))  # midnight
    await shop.token()
    for _ in range(20):
        clock.forward(timedelta(seconds=30))
        assert "access_token" in await shop.token(force=True)
    clock.forward(timedelta(seconds=30))
    assert (await shop.token(force=True))["errcode"] == 45009

    clock.forward(timedelta(days=1))
    await shop.token()
    assert "access_token" in await shop.token(force=True)


async def test_each_old_token_ends_the_one_before_in_five_minutes(shop: Asking, account: Account, clock: TestClock):
    first = (await shop.old_token())["access_token"]
    second = (await shop.old_token())["access_token"]
    assert [await good(shop, one) for one in (first, second)] == [0, 0]

    clock.forward(timedelta(seconds=300))
    assert [await good(shop, one) for one in (first, second)] == [40001, 0]
    assert account.asked == {"token": 2}


async def test_the_two_kinds_ignore_each_other(shop: Asking, clock: TestClock):
    stable = (await shop.token())["access_token"]
    old = (await shop.old_token())["access_token"]
    await shop.token(force=True)
    clock.forward(timedelta(seconds=301))

    assert [await good(shop, one) for one in (stable, old)] == [40001, 0]
    assert (await shop.token())["access_token"] not in (stable, old)


async def test_a_token_runs_out_after_two_hours(shop: Asking, clock: TestClock):
    tokens = [(await shop.token())["access_token"], (await shop.old_token())["access_token"]]
    clock.forward(timedelta(seconds=7199))
    assert [await good(shop, one) for one in tokens] == [0, 0]
    clock.forward(timedelta(seconds=1))
    assert [await good(shop, one) for one in tokens] == [42001, 42001]


async def test_a_call_without_a_token_and_with_a_made_up_one(shop: Asking):
    assert await good(shop, None) == 41001
    assert await good(shop, "") == 41001
    assert await good(shop, "made-up") == 40001


async def test_revoke_ends_every_token(shop: Asking, account: Account):
    tokens = [(await shop.token())["access_token"], (await shop.old_token())["access_token"]]
    account.revoke()

    assert [await good(shop, one) for one in tokens] == [40001, 40001]
    assert await good(shop, (await shop.token())["access_token"]) == 0


@pytest.mark.parametrize(
    ("changed", "stable", "old"),
    [
        ({"secret": "wrong"}, 40125, 40001),
        ({"appid": "wx-nobody"}, 40013, 40013),
        ({"secret": ""}, 41004, 41004),
        ({"appid": ""}, 41002, 41002),
        ({"grant_type": "password"}, 40002, 40002),
    ],
)
async def test_who_is_refused_a_token(shop: Asking, account: Account, changed: dict[str, Any], stable: int, old: int):
    assert (await shop.token(**changed))["errcode"] == stable
    assert (await shop.old_token(**changed))["errcode"] == old
    assert not account.asked


async def test_only_listed_addresses_are_given_a_token(shop: Asking, account: Account):
    account.ip_whitelist = frozenset({"10.0.0.1"})
    assert (await shop.token())["errcode"] == (await shop.old_token())["errcode"] == 40164
    account.ip_whitelist = frozenset({"127.0.0.1"})
    assert "access_token" in await shop.token()


async def test_one_accounts_token_is_not_anothers(api: WeChat, shop: Asking):
    other = api.add_account("wx-other", kind="subscription", verified=False)
    token = (await shop.token())["access_token"]
    await shop.get("getcallbackip", token)
    assert [call.account is other for call in api.asked("getcallbackip")] == [False]
    with pytest.raises(ValueError, match="there is an account"):
        api.add_account("wx-other")


async def test_a_refusal_says_which_request_it_was(shop: Asking):
    said = await shop.get("getcallbackip", "made-up")
    assert said["errmsg"].startswith("invalid credential, access_token is invalid or not latest rid: ")


async def test_an_unknown_call_is_refused_and_kept(api: WeChat, shop: Asking):
    said = await shop.call("message/mass/send", {"touser": "@all"})
    assert said["errcode"] == 40066
    assert [(call.path, call.errcode, call.done) for call in api.asked("message/mass/send")] == [
        ("/cgi-bin/message/mass/send", 40066, False)
    ]
    assert api.calls[-1].given.body() == {"touser": "@all"}


async def test_a_call_wants_its_own_method(shop: Asking):
    assert (await shop.call("getcallbackip", {}))["errcode"] == 43001
    assert (await shop.call("menu/create"))["errcode"] == 43002
    assert (await shop.post("token", None, {}))["errcode"] == 43001
    assert (await shop.get("stable_token", None))["errcode"] == 43002


async def test_the_platforms_addresses(shop: Asking):
    assert "127.0.0.1" in (await shop.call("getcallbackip"))["ip_list"]
    assert (await shop.call("get_api_domain_ip"))["ip_list"]


async def test_a_daily_limit_lasts_until_quota_is_cleared_or_the_day_is_over(
    shop: Asking, account: Account, clock: TestClock
):
    account.limits["getcallbackip"] = 2
    assert [(await shop.call("getcallbackip")).get("errcode", 0) for _ in range(3)] == [0, 0, 45009]
    assert (await shop.call("clear_quota", {"appid": "another"}))["errcode"] == 40013
    assert (await shop.call("clear_quota", {"appid": account.appid}))["errcode"] == 0
    assert [(await shop.call("getcallbackip")).get("errcode", 0) for _ in range(3)] == [0, 0, 45009]
    clock.forward(timedelta(days=1))
    assert (await shop.call("getcallbackip")).get("errcode", 0) == 0


async def test_tokens_are_limited_a_day(shop: Asking, account: Account):
    account.limits |= {"token": 1, "stable_token": 2}
    assert [(await shop.old_token()).get("errcode", 0) for _ in range(2)] == [0, 45009]
    assert [(await shop.token()).get("errcode", 0) for _ in range(3)] == [0, 0, 45009]
    assert account.asked == {"token": 1, "stable_token": 2}


async def test_quota_can_be_cleared_ten_times_a_month(shop: Asking, account: Account, clock: TestClock):
    given = {"appid": account.appid}
    said = [(await shop.call("clear_quota", given))["errcode"] for _ in range(11)]
    assert said == [0] * 10 + [48006]
    clock.forward(timedelta(days=32))
    assert (await shop.call("clear_quota", given))["errcode"] == 0
