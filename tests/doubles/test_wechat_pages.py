"""Pages that learn through WeChat's double who opens them, and the browser people open them with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from core.ground.clock import TestClock
from doubles.serving import Served
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from doubles.wechat_people import Person
from tests.doubles.wechats import Asking, account, api, client, clock, lin, shop

__all__ = ["account", "api", "client", "clock", "lin", "shop"]


def authorize(api: WeChat, back: str, **changed: str) -> str:
    given = {"appid": "wx0123456789abcdef", "redirect_uri": back, "response_type": "code", "scope": "snsapi_base"}
    return f"{api.url}/connect/oauth2/authorize?{urlencode(given | {'state': 's7'} | changed)}#wechat_redirect"


async def whose(shop: Asking, code: str, **changed: str) -> dict[str, Any]:
    given = {"appid": shop.account.appid, "secret": shop.account.secret, "grant_type": "authorization_code"}
    address = f"{shop.api.url}/sns/oauth2/access_token"
    return (await shop.client.get(address, params=given | {"code": code} | changed)).json()


async def code_of(api: WeChat, account: Account, person: Person) -> str:
    """Opens a page of nobody's, through WeChat; the code it was brought."""
    page = await person.opens(authorize(api, f"{api.url}/shop/page?a=1"))
    query = parse_qs(urlsplit(str(page.request.url)).query)
    assert query["state"] == ["s7"] and query["a"] == ["1"]
    return query["code"][0]


async def test_a_page_learns_who_opens_it(api: WeChat, account: Account, lin: Person, shop: Asking):
    said = await whose(shop, await code_of(api, account, lin))
    assert (said["openid"], said["scope"], said["expires_in"]) == ("o-lin", "snsapi_base", 7200)
    assert said["access_token"] and said["refresh_token"] and "errcode" not in said


async def test_a_code_is_good_once_and_for_five_minutes(
    api: WeChat, account: Account, lin: Person, shop: Asking, clock: TestClock
):
    code = await code_of(api, account, lin)
    clock.forward(timedelta(seconds=299))
    assert (await whose(shop, code))["openid"] == "o-lin"
    assert (await whose(shop, code))["errcode"] == 40163
    late = await code_of(api, account, lin)
    clock.forward(timedelta(seconds=300))
    assert (await whose(shop, late))["errcode"] == 40029


async def test_whose_code_is_refused(api: WeChat, account: Account, lin: Person, shop: Asking):
    code = await code_of(api, account, lin)
    assert (await whose(shop, "made-up"))["errcode"] == 40029
    assert (await whose(shop, ""))["errcode"] == 41008
    assert (await whose(shop, code, secret="wrong"))["errcode"] == 40125
    assert (await whose(shop, code, appid="wx-nobody"))["errcode"] == 40013
    assert (await whose(shop, code, grant_type="x"))["errcode"] == 40002
    other = api.add_account("wx-other")
    assert (await whose(shop, code, appid="wx-other", secret=other.secret))["errcode"] == 40029
    account.verified = False
    assert (await whose(shop, code))["errcode"] == 48001
    account.verified = True
    assert (await whose(shop, code))["openid"] == "o-lin"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"appid": "wx-nobody"}, "10013"),
        ({"redirect_uri": "https://evil.example/"}, "10003"),
        ({"redirect_uri": "javascript:alert(1)"}, "10003"),
        ({"scope": "snsapi_login"}, "10005"),
        ({"response_type": "token"}, "10005"),
    ],
)
async def test_a_page_that_is_not_opened(
    api: WeChat, account: Account, lin: Person, changed: dict[str, str], says: str
):
    account.oauth_domains = ("127.0.0.1",)
    page = await lin.opens(authorize(api, f"{api.url}/shop", **changed))
    assert page.history == [] and f"错误码:{says}" in page.text


async def test_an_account_without_the_right_opens_no_page(api: WeChat, account: Account, lin: Person):
    account.kind = "subscription"
    assert "10005" in (await lin.opens(authorize(api, f"{api.url}/shop"))).text


async def test_only_people_at_wechat_are_known(api: WeChat, account: Account, lin: Person, client: httpx.AsyncClient):
    stranger = await client.get(authorize(api, f"{api.url}/shop"))
    assert "请在微信客户端打开链接" in stranger.text
    known = await client.get(authorize(api, f"{api.url}/shop"), headers={"Cookie": "openid=o-lin"})
    assert known.status_code == 302 and "code=" in known.headers["location"]


async def test_their_browser_keeps_cookies_and_says_it_is_wechats(api: WeChat, account: Account):
    async def page(request: Request) -> Response:
        if "code" in request.query_params:
            answer: Response = RedirectResponse("/page", 303)
            answer.set_cookie("session", request.query_params["code"])
            return answer
        told = (request.headers["user-agent"], request.cookies.get("session"), request.headers.get("x-openid"))
        return PlainTextResponse(repr(told))

    lin, bao = api.person("o-lin"), api.person("o-bao")
    async with Served(Starlette(routes=[Route("/page", page)])) as served:
        mine = await lin.opens(authorize(api, f"{served.url}/page"))
        again = await lin.opens(f"{served.url}/page")
        bao.phone = "iphone"
        others = await bao.opens(f"{served.url}/page")
    assert "MicroMessenger" in mine.text and "Android" in mine.text and len(mine.history) == 2
    assert "'0" in mine.text and mine.text == again.text and mine.text.endswith("None)")
    assert "iPhone" in others.text and "None, None" in others.text


async def test_a_page_that_leads_nowhere(api: WeChat, account: Account, lin: Person):
    address = authorize(api, f"{api.url}/connect/oauth2/authorize?appid=x")
    for _ in range(12):
        address = authorize(api, address)
    with pytest.raises(httpx.TooManyRedirects):
        await lin.opens(address)
