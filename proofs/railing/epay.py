"""易支付: a GET whose values are signed with a key that both sides have. It proves little, so the gateway is asked."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from random import Random
from typing import Self
from urllib.parse import parse_qsl, urlencode

from core.ground.clock import TestClock
from doubles.epay import Epay as Double
from doubles.telling import Told
from payments.epay import Epay as Rail
from proofs.railing.alipay import yuan
from proofs.railing.provider import ALWAYS, ODD, VALUES, Forgery, Provider
from proofs.railing.weather import Weather


class Epay(Provider):
    name = "epay"
    sales = (*ALWAYS, *ODD)
    may_pass = VALUES
    after_the_end = True

    def __init__(self, double: Double, rail: Rail) -> None:
        self.double, self.rail = double, rail
        double.faults.copies = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        double = Double()
        double.app = weather.over(double.app)  # type: ignore[assignment]
        async with double.served():
            rail = Rail(double.url, pid=double.pid, key=double.key, notify_url=f"{url}/hooks/epay")
            yield cls(double, rail)

    async def pays(self, key: str, amount: int | None) -> None:
        if amount is not None:
            self.double.orders[key].money = yuan(amount)
        await self.double.pay(key)

    def came(self, key: str) -> dict[str, int]:
        one = self.double.orders.get(key)
        return {one.trade_no: round(float(one.money) * 100)} if one and one.paid else {}

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        for key, what in (("", "an empty key"), ("KEY124", "another's key")):
            stranger = copy(self.double)
            stranger.key = key
            yield Forgery(f"{what}, paid", stranger.told(unpaid))
            yield Forgery(f"{what}, 0.01", stranger.told(unpaid, money="0.01"))
        good = dict(parse_qsl(self.double.told(unpaid).query))
        true = dict(parse_qsl(self.double.told(paid).query))
        bare = {name: value for name, value in good.items() if name not in ("sign", "sign_type")}
        named = "&".join(f"{name}={value}" for name, value in sorted(bare.items())) + self.double.key
        for kind in ("sha1", "sha256"):
            sign = hashlib.new(kind, named.encode()).hexdigest()
            yield Forgery(kind, query(bare | {"sign": sign, "sign_type": kind.upper()}))
            yield Forgery(f"{kind}, said to be MD5", query(bare | {"sign": sign, "sign_type": "MD5"}))
        yield Forgery("no signature", query(bare))
        yield Forgery("an empty signature", query(bare | {"sign": "", "sign_type": "MD5"}))
        yield Forgery("another order's signature", query(good | {"sign": true["sign"]}))
        yield Forgery("another order's number", query(true | {"out_trade_no": unpaid, "trade_no": good["trade_no"]}))
        yield Forgery("another amount", query(true | {"money": "0.01"}))
        yield Forgery("in capitals", query(good | {"sign": good["sign"].upper()}))
        yield Forgery("in the body", replace(Told("POST"), body=query(good).query.encode()))
        yield Forgery("another account", self.double.told(unpaid, pid="1002"))
        # Whoever has got hold of the key can write these.
        trade = f"{dice.randrange(10**15):018}"
        yield Forgery("paid, says who", self.double.told(unpaid), may_pass=True)
        yield Forgery("paid, under another number", self.double.told(unpaid, trade_no=trade), may_pass=True)
        yield Forgery("0.01, says who", self.double.told(unpaid, money="0.01"), may_pass=True)
        yield Forgery("for no order", self.double.told(unpaid, out_trade_no=f"NOBODY-{trade}"), may_pass=True)
        yield Forgery("of a paid order", self.double.told(paid, trade_no=trade, money="900.00"), may_pass=True)


def query(fields: dict[str, str]) -> Told:
    return Told("GET", urlencode(fields))
