"""WeChat Pay: sealed with the merchant's key, and signed by one that only WeChat has. It is believed without asking.

Its buyers are in front of a code, inside WeChat or in a phone's browser, and change over before they pay.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from copy import copy
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, Self

import httpx

from core.ground.clock import TestClock
from core.parties import Payment, PaymentRequest
from doubles.wechat_keys import APPID, MCHID, PUBLIC_KEY_ID
from doubles.wechat_pay import WechatPay as Double
from doubles.wechat_pay_orders import SOMEBODY, Order
from payments.wechat_pay import DEVICES
from payments.wechat_pay import WechatPay as Rail
from proofs.proof import Broken
from proofs.railing.provider import ALWAYS, ODD, Forgery, Provider, with_headers
from proofs.railing.weather import Weather

SIGNIFICANT = 300  # characters of a signature: in the last ones are bits that nobody reads
PRESSES = 40  # of a button whose answer is lost
CHANGES = (0, 0, 0, 1, 1, 2)  # of the device, before it is paid


class Everywhere(Rail):
    """What the shop opens is opened on any device, and maybe on another one then."""

    def __init__(self, dice: Random, **told: Any) -> None:
        super().__init__(products=tuple(DEVICES), **told)
        self.opened: dict[str, Payment] = {}
        self._dice = dice

    async def start(self, request: PaymentRequest) -> Payment:
        for _ in range(self._dice.choice(CHANGES)):
            opened = await self._start_anywhere(request)
            request = replace(request, reference=opened.reference)
        return await self._start_anywhere(request)

    async def _start_anywhere(self, request: PaymentRequest) -> Payment:
        device = self._dice.choice(list(DEVICES.values()))
        there = replace(request, device=device, payer=SOMEBODY, address=f"203.0.113.{self._dice.randrange(256)}")
        self.opened[request.key] = await super().start(there)
        return self.opened[request.key]


class WechatPay(Provider):
    name = "wechat_pay"
    sales = (*ALWAYS, *ODD)
    signed_by = "wechatpay-signature"

    def __init__(self, double: Double, rail: Everywhere, clock: TestClock) -> None:
        self.double, self.rail, self._clock, self._opened = double, rail, clock, rail.opened
        double.faults.copies = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        double = Double(clock=clock.now)
        double.app = weather.over(double.app)  # type: ignore[assignment]
        async with double.served():
            rail = Everywhere(
                Random(weather.dice.random()),
                mchid=MCHID,
                appid=APPID,
                serial=double.keys.serial,
                private_key=double.keys.merchant_private,
                api_v3_key=double.keys.api_v3_key,
                public_key=double.keys.platform_public,
                public_key_id=PUBLIC_KEY_ID,
                certificates=double.keys.platform_certificate,
                gateway=double.url,
                notify_url=f"{url}/hooks/wechat_pay",
                clock=clock.now,
            )
            yield cls(double, rail, clock)

    async def pays(self, key: str, amount: int | None) -> None:
        still = [one.number for one in self._of(key) if one.state == "NOTPAY"]
        if len(still) != 1:
            raise Broken(f"{key} can be paid as {still}, and should be as one")
        opened = self._opened[key]
        if opened.call:
            await self.double.paid_inside(opened.call, SOMEBODY, amount)
        elif opened.link:
            await self._pays_on_the_page(opened, amount)
        else:
            await self.double.pay(key, amount)

    async def _pays_on_the_page(self, opened: Payment, amount: int | None) -> None:
        order = self.double.orders[opened.reference]
        order.terms["amount"]["total"] = amount or order.total
        async with httpx.AsyncClient(trust_env=False) as phone:
            for _ in range(PRESSES):
                with suppress(httpx.HTTPError):
                    await phone.post(opened.link or "")
                if order.transaction:
                    return
        raise Broken(f"the page of {order.number} takes no money")

    def came(self, key: str) -> dict[str, int]:
        return {one.transaction: one.total for one in self._of(key) if one.transaction}

    def back(self, key: str) -> list[int]:
        return [refund.amount for one in self._of(key) for refund in one.refunds.values()]

    def _of(self, key: str) -> list[Order]:
        return [one for one in self.double.orders.values() if one.number.partition("*")[0] == key]

    def spoilt(self, signature: str, dice: Random) -> str:
        return super().spoilt(signature[:SIGNIFICANT], dice) + signature[SIGNIFICANT:]

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        said = self._paid(unpaid, dice)
        keys, true = self.double.keys, self.double.told(paid)
        stranger = self._signing(replace(keys, platform=keys.stranger))
        for what, lie in (
            ("paid", said),
            ("0.01", said | {"amount": said["amount"] | {"total": 1}}),
            ("another currency", said | {"amount": said["amount"] | {"currency": "USD"}}),
        ):
            yield Forgery(f"another's key, {what}", told(stranger, lie))
        yield Forgery("our own key", told(self._signing(replace(keys, platform=keys.merchant)), said))
        unknown = replace(keys, platform=keys.stranger, public_key_id="PUB_KEY_ID_0119000009")
        yield Forgery("an unknown key", told(self._signing(unknown), said))
        yield Forgery("sealed for another", told(self._signing(replace(keys, api_v3_key="x" * 32)), said))
        good = told(self.double, said)
        yield Forgery("another algorithm", with_headers(good, wechatpay_signature_type="WECHATPAY2-SM2-WITH-SM3"))
        mark = next(value for name, value in true.headers.items() if name.lower() == self.signed_by)
        yield Forgery("another order's signature", with_headers(good, wechatpay_signature=mark))
        yield Forgery("signed long ago", told(self._signing(keys, timedelta(minutes=-10)), said))
        yield Forgery("signed in the future", told(self._signing(keys, timedelta(minutes=10)), said))
        yield Forgery("another merchant", told(self.double, said | {"mchid": "1900000000"}))
        yield Forgery("another app", told(self.double, said | {"appid": "wx0000000000000000"}))
        yield Forgery("not paid", told(self.double, said | {"trade_state": "NOTPAY"}), may_pass=True)

    def _paid(self, key: str, dice: Random) -> dict[str, Any]:
        said = self.double._said(self.double.find(key))
        transaction = f"4200{dice.randrange(10**24):024}"
        return said | {"trade_state": "SUCCESS", "transaction_id": transaction, "payer": {"openid": "o"}}

    def _signing(self, keys: Any, later: timedelta = timedelta(0)) -> Double:
        """The same gateway with other keys, or at another time."""
        made = copy(self.double)
        made.keys, made._clock = keys, lambda: self._clock.now() + later
        return made


def told(by: Double, said: dict[str, Any]) -> Any:
    return by.notice("TRANSACTION.SUCCESS", "transaction", said)
