"""Alipay: a form whose values are signed by a key that only Alipay has. It is believed without asking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Self
from urllib.parse import parse_qsl, urlencode

from core.ground.clock import TestClock
from doubles.alipay import APP_ID, FORM, SELLER_ID, Trade
from doubles.alipay import Alipay as Double
from doubles.alipay_keys import Keys
from doubles.telling import Told
from payments.alipay import Alipay as Rail
from proofs.railing.provider import ALWAYS, ODD, VALUES, Forgery, Provider
from proofs.railing.weather import Weather


class Alipay(Provider):
    name = "alipay"
    sales = (*ALWAYS, *ODD)
    may_pass = VALUES

    def __init__(self, double: Double, rail: Rail) -> None:
        self.double, self.rail = double, rail
        double.faults.copies = 0
        double.faults.give("refund", "lost", 2)  # whatever the weather: a small run must have met it

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        double = Double(clock=clock.now)
        double.app = weather.over(double.app)  # type: ignore[assignment]
        async with double.served():
            rail = Rail(
                app_id=APP_ID,
                seller_id=SELLER_ID,
                private_key=double.keys.app_private,
                public_key=double.keys.alipay_public,
                gateway=double.gateway,
                notify_url=f"{url}/hooks/alipay",
                clock=clock.now,
            )
            yield cls(double, rail)

    async def pays(self, key: str, amount: int | None) -> None:
        await self.double.pay(key, None if amount is None else yuan(amount))

    def came(self, key: str) -> dict[str, int]:
        return {one.trade_no: int(one.total * 100) for one in self._of(key) if one.paid_at}

    def back(self, key: str) -> list[int]:
        return [int(amount * 100) for one in self._of(key) for amount in one.refunds.values()]

    def _of(self, key: str) -> list[Trade]:
        mine = re.sub("[^A-Za-z0-9]+", "-", key)
        return [one for one in self.double.trades.values() if re.sub("[^A-Za-z0-9]+", "-", one.number).startswith(mine)]

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        said = self.double.about(self.double.scan(unpaid)) | {"trade_status": "TRADE_SUCCESS"}
        said["trade_no"] = f"2026{dice.randrange(10**24):024}"
        true = dict(parse_qsl(self.double.told(paid).body.decode()))
        mark = true["sign"]
        keys = self.double.keys
        yield Forgery("another's key, paid", form(keys.sealed(said, keys.stranger)))
        yield Forgery("the app's own key, paid", form(keys.sealed(said, keys.app)))
        yield Forgery("another's key, 0.01", form(keys.sealed(said | {"total_amount": "0.01"}, keys.stranger)))
        yield Forgery("no signature, paid", form(said | {"sign_type": "RSA2", "sign": ""}))
        yield Forgery("another algorithm", form(said | {"sign_type": "MD5", "sign": Keys.signature(keys.stranger, "")}))
        yield Forgery("an older algorithm", form(true | {"sign_type": "RSA"}))
        yield Forgery("another order's signature", form(said | {"sign_type": "RSA2", "sign": mark}))
        number = said["out_trade_no"]
        moved = {"out_trade_no": number, "trade_no": said["trade_no"]}
        yield Forgery("another order's number", form(true | moved))
        yield Forgery("another transaction", form(true | {"trade_no": said["trade_no"]}))
        yield Forgery("another amount", form(true | {"total_amount": "0.01"}))
        yield Forgery("another currency", form(true | {"trans_currency": "USD"}))
        yield Forgery("in two ways", form(true | {"subject": f"&out_trade_no={number}"}))
        yield Forgery("another account", form(keys.sealed(said | {"seller_id": "2088000000000000"})))
        yield Forgery("another app", form(keys.sealed(said | {"app_id": "2021000000000000"})))


def form(values: Mapping[str, str]) -> Told:
    return Told("POST", headers=FORM, body=urlencode(values).encode())


def yuan(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"
