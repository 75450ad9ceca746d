"""What the tests of WeChat Pay share: its gateway, our rail before it, and what is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.ground.money import Money
from core.parties import PaymentRequest
from doubles.wechat_keys import APPID, MCHID, PUBLIC_KEY_ID, Keys
from doubles.wechat_pay import WechatPay as Provider
from payments.wechat_pay import WechatPay

KEY = "K7M2-94QF-wechat_pay"
KEYS = Keys.made()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def offline(kind: type[WechatPay] = WechatPay, **told: Any) -> WechatPay:
    """A rail that verifies notices, and has nobody to call."""
    known = {
        "mchid": MCHID,
        "appid": APPID,
        "serial": KEYS.serial,
        "private_key": KEYS.merchant_private,
        "api_v3_key": KEYS.api_v3_key,
        "public_key": KEYS.platform_public,
        "public_key_id": PUBLIC_KEY_ID,
        "certificates": KEYS.platform_certificate,
        "notify_url": "http://127.0.0.1:9/hooks/wechat_pay",
        "gateway": "http://127.0.0.1:9",
        "clock": lambda: NOW,
    }
    return kind(**{**known, **told})


def online(provider: Provider, **told: Any) -> WechatPay:
    return offline(gateway=provider.url, clock=lambda: datetime.now(UTC), **told)


def signed(body: bytes, at: datetime = NOW, **how: Any) -> dict[str, str]:
    return lower(KEYS.signed(at, body, **how))


def lower(given: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in given.items()}


def request(key: str = KEY, title: str = "Steam 20", minutes: float = 15, **more: Any) -> PaymentRequest:
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    return PaymentRequest(key, "K7M2-94QF", Money(1250, "CNY"), until, title, "zh-CN", "https://shop.example/", **more)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    async with made.served():
        yield made


@pytest.fixture
async def rail(provider: Provider) -> AsyncIterator[WechatPay]:
    made = online(provider)
    yield made
    await made.aclose()


def answered(content: bytes, **told: Any) -> WechatPay:
    """A rail whose gateway always answers so, signed."""
    rail = offline(**told)
    rail._client = rail._wechat._core._client = httpx.AsyncClient(
        transport=httpx.MockTransport(
            lambda _: httpx.Response(
                200, headers={**signed(content), "content-type": "application/json"}, content=content
            )
        )
    )
    return rail
