"""epusdt: JSON whose values are signed with a token that both sides have. It proves little, so the gateway is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from random import Random
from typing import Any, Self

from core.ground.clock import TestClock
from doubles.epusdt import PAID, as_go, written
from doubles.epusdt import Epusdt as Double
from doubles.telling import Told
from payments.epusdt import Epusdt as Rail
from proofs.railing.provider import VALUES, Forgery, Provider
from proofs.railing.weather import Weather


class Epusdt(Provider):
    name = "epusdt"
    may_pass = VALUES

    def __init__(self, double: Double, rail: Rail) -> None:
        self.double, self.rail = double, rail
        double.faults.copies = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        double = Double("tok", clock=clock.now)
        double.app = weather.over(double.app)  # type: ignore[assignment]
        async with double.served():
            rail = Rail(double.url, token="tok", notify_url=f"{url}/hooks/crypto", clock=clock.now)
            yield cls(double, rail)

    async def pays(self, key: str, amount: int | None) -> None:
        if not await self.double.pay(key):
            raise ValueError(f"{key} takes no money")

    def came(self, key: str) -> dict[str, int]:
        paid = [one for one in self.double.trades if one.order_id == key and one.status == PAID]
        return {one.trade_id: round(one.amount * 100) for one in paid}

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        for token, what in (("", "an empty token"), ("kot", "another's token")):
            stranger = copy(self.double)
            stranger.token = token
            yield Forgery(f"{what}, paid", stranger.told(unpaid))
            yield Forgery(f"{what}, 0.01", stranger.told(unpaid, amount=0.01))
        good, true = (json.loads(self.double.told(key).body) for key in (unpaid, paid))
        bare = {name: value for name, value in good.items() if name != "signature"}
        named = "&".join(f"{name}={as_go(value)}" for name, value in sorted(bare.items())) + self.double.token
        for kind in ("sha1", "sha256"):
            yield Forgery(kind, told(bare | {"signature": hashlib.new(kind, named.encode()).hexdigest()}))
        yield Forgery("no signature", told(bare))
        yield Forgery("an empty signature", told(bare | {"signature": ""}))
        yield Forgery("another order's signature", told(good | {"signature": true["signature"]}))
        moved = {"order_id": unpaid, "trade_id": good["trade_id"]}
        yield Forgery("another order's number", told(true | moved))
        yield Forgery("another amount", told(true | {"amount": 0.01}))
        yield Forgery("in a list", replace(told(good), body=b"[" + written(good) + b"]"))
        yield Forgery("half a field more", told(good | {"more": [1]}))
        # Whoever has got hold of the token can write these.
        trade = f"{dice.randrange(10**15):018}"
        yield Forgery("paid, says who", self.double.told(unpaid), may_pass=True)
        yield Forgery("paid, under another number", self.double.told(unpaid, trade_id=trade), may_pass=True)
        yield Forgery("0.01, says who", self.double.told(unpaid, amount=0.01), may_pass=True)
        yield Forgery("for no order", self.double.told(unpaid, order_id=f"NOBODY-{trade}"), may_pass=True)
        yield Forgery("another currency", self.double.told(unpaid, fiat="USD"), may_pass=True)


def told(fields: dict[str, Any]) -> Told:
    body = json.dumps(fields) if any(isinstance(one, list) for one in fields.values()) else written(fields).decode()
    return Told("POST", "", {"Content-Type": "application/json"}, body.encode())
