"""WeChat Pay's gateway by itself: what it wants to know before it opens an order, and who may pay one how."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from doubles.wechat_keys import APPID, MCHID, SCHEMA, SERIAL, Keys
from doubles.wechat_pay import WechatPay

KEYS = Keys.made()
LIN = "oLin-_0123456789012345678901"
PHONE = {"scene_info": {"payer_client_ip": "2001:db8::7", "h5_info": {"type": "Wap"}}}
MORE: dict[str, dict[str, Any]] = {"native": {}, "jsapi": {"payer": {"openid": LIN}}, "h5": PHONE}
FROM_A_PAGE = {"Referer": "https://shop.example/orders/1"}


class Clock:
    now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def gateway(clock: Clock) -> AsyncIterator[WechatPay]:
    made = WechatPay(clock=clock)
    async with made.served():
        yield made


def terms(product: str, **other: Any) -> dict[str, Any]:
    asked = {
        "mchid": MCHID,
        "appid": APPID,
        "out_trade_no": "ORDER-1",
        "description": "Steam <20>",
        "notify_url": "http://127.0.0.1:9/hooks/wechat_pay",
        "amount": {"total": 1250, "currency": "CNY"},
        "time_expire": (Clock.now + timedelta(minutes=15)).isoformat(timespec="seconds"),
    }
    return asked | MORE[product] | other


def signed(text: str, key: RSAPrivateKey = KEYS.merchant) -> str:
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


async def asks(gateway: WechatPay, product: str, asked: Any) -> httpx.Response:
    target, body = f"/v3/pay/transactions/{product}", json.dumps(asked)
    at, nonce = str(int(time.time())), secrets.token_hex(8)
    mark = signed(f"POST\n{target}\n{at}\n{nonce}\n{body}\n")
    said = f'mchid="{MCHID}",nonce_str="{nonce}",timestamp="{at}",serial_no="{SERIAL}",signature="{mark}"'
    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as http:
        return await http.post(target, content=body, headers={"Authorization": f"{SCHEMA} {said}"})


async def opened(gateway: WechatPay, product: str, **other: Any) -> str:
    answer = await asks(gateway, product, terms(product, **other))
    assert answer.status_code == 200
    [value] = answer.json().values()
    return value


def call(prepaid: str, key: RSAPrivateKey = KEYS.merchant, **other: str) -> dict[str, str]:
    """What the page inside WeChat hands over."""
    said = {"appId": APPID, "timeStamp": "1767225600", "nonceStr": "n", "package": f"prepay_id={prepaid}"}
    return said | {"signType": "RSA", "paySign": signed("\n".join([*said.values(), ""]), key)} | other


@pytest.mark.parametrize(("product", "begins"), [("native", "weixin://"), ("jsapi", "wx"), ("h5", "http://127.0.0.1:")])
async def test_each_product_is_opened_by_its_own_answer(gateway, product, begins):
    assert (await opened(gateway, product)).startswith(begins)
    assert await opened(gateway, product) == await opened(gateway, product)


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "another app": ("native", {"appid": "wx0"}),
    "another merchant": ("jsapi", {"mchid": "1900000110"}),
    "no merchant": ("native", {"mchid": None}),
    "nobody": ("jsapi", {"payer": {}}),
    "no payer": ("jsapi", {"payer": None}),
    "no openid": ("jsapi", {"payer": {"openid": "lin"}}),
    "no scene": ("h5", {"scene_info": None}),
    "no address": ("h5", {"scene_info": {"h5_info": {"type": "Wap"}}}),
    "an address that is none": ("h5", {"scene_info": {**PHONE["scene_info"], "payer_client_ip": "lin's phone"}}),
    "no kind of browser": ("h5", {"scene_info": {"payer_client_ip": "203.0.113.7"}}),
    "another kind of browser": ("h5", {"scene_info": {**PHONE["scene_info"], "h5_info": {"type": "wap"}}}),
    "a notify_url with a query": ("jsapi", {"notify_url": "https://shop.example/?a"}),
    "nothing to pay": ("h5", {"amount": {"total": 0, "currency": "CNY"}}),
    "a title that is too long": ("native", {"description": "a" * 128}),
}


@pytest.mark.parametrize("name", WRONG)
async def test_an_order_that_is_asked_for_wrongly_is_none(gateway, name):
    product, other = WRONG[name]
    assert (await asks(gateway, product, terms(product, **other))).status_code == 400
    assert not gateway.orders
    assert await opened(gateway, product)


@pytest.mark.parametrize("first", MORE)
@pytest.mark.parametrize("then", MORE)
async def test_a_number_is_one_order_of_one_product(gateway, first, then):
    await opened(gateway, first)
    again = await asks(gateway, then, terms(then))
    dearer = await asks(gateway, first, terms(first, amount={"total": 1251, "currency": "CNY"}))
    assert again.status_code == (200 if first == then else 403)
    assert again.is_success or again.json()["code"] == "OUT_TRADE_NO_USED"
    assert (dearer.status_code, len(gateway.orders)) == (400, 1)


async def test_a_product_may_not_be_the_merchants(gateway):
    gateway.faults.unopened = frozenset({"h5"})
    answer = await asks(gateway, "h5", terms("h5"))
    assert (answer.status_code, answer.json()["code"]) == (403, "NO_AUTH")
    assert await opened(gateway, "jsapi")


# Who may pay how


async def test_inside_wechat_the_payer_pays_what_the_merchant_has_signed(gateway):
    await gateway.paid_inside(call(await opened(gateway, "jsapi")), LIN)
    said = gateway._said(gateway.find("ORDER-1"))
    assert (said["trade_state"], said["trade_type"], said["payer"]) == ("SUCCESS", "JSAPI", {"openid": LIN})


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"key": KEYS.stranger}, "signed"),
        ({"package": "prepay_id=wx1"}, "signed"),
        ({"nonceStr": "m"}, "signed"),
        ({"signType": "MD5"}, "signed"),
        ({"paySign": "?"}, "signed"),
        ({"more": "1"}, "parameters"),
        ({"paySign": ""}, "parameters"),
    ],
)
async def test_what_the_merchant_has_not_signed_is_not_paid(gateway, how, why):
    prepaid = await opened(gateway, "jsapi")
    with pytest.raises(ValueError, match=why):
        await gateway.paid_inside(call(prepaid, **how), LIN)
    await gateway.paid_inside(call(prepaid), LIN)


async def test_somebody_else_pays_nothing_and_nobody_pays_twice(gateway):
    prepaid = await opened(gateway, "jsapi")
    with pytest.raises(ValueError, match="another's"):
        await gateway.paid_inside(call(prepaid), LIN[::-1])
    with pytest.raises(ValueError, match="no order"):
        await gateway.paid_inside(call("wx1"), LIN)
    with pytest.raises(ValueError, match="no code"):
        await gateway.pay("ORDER-1")
    await gateway.paid_inside(call(prepaid), LIN)
    with pytest.raises(ValueError, match="takes no money"):
        await gateway.paid_inside(call(prepaid), LIN)


async def test_a_browser_pays_on_a_page_that_leads_back(gateway):
    page = await opened(gateway, "h5")
    async with httpx.AsyncClient(trust_env=False) as phone:
        shown = await phone.get(page, headers=FROM_A_PAGE)
        assert (shown.status_code, "Steam &lt;20&gt;" in shown.text, "¥12.50" in shown.text) == (200, True, True)
        there = await phone.post(f"{page}&redirect_url=https%3A%2F%2Fshop.example%2F%3Fa%3D1")
        assert (there.status_code, there.headers["location"]) == (303, "https://shop.example/?a=1")
        assert "已支付" in (await phone.post(page)).text
    assert gateway._said(gateway.find("ORDER-1"))["trade_type"] == "MWEB"


async def test_the_page_is_opened_from_a_page_outside_wechat_and_soon(gateway, clock):
    page = await opened(gateway, "h5")
    async with httpx.AsyncClient(trust_env=False) as phone:
        assert "参数格式有误" in (await phone.get(page)).text
        assert "参数格式有误" in (await phone.get(page[:-1], headers=FROM_A_PAGE)).text
        inside = await phone.get(page, headers={**FROM_A_PAGE, "User-Agent": "Mozilla/5.0 MicroMessenger/8.0.50"})
        assert "请在微信外" in inside.text
        clock.now += timedelta(minutes=6)
        assert "已失效" in (await phone.get(page, headers=FROM_A_PAGE)).text
        assert await opened(gateway, "h5") == page  # and asked for again it is good again
        assert "立即支付" in (await phone.get(page, headers=FROM_A_PAGE)).text
        clock.now += timedelta(minutes=10)
        await opened(gateway, "h5")
        assert (await phone.post(page)).status_code == 403
    assert gateway.find("ORDER-1").state == "NOTPAY"
