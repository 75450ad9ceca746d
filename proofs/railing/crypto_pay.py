"""Crypto Pay: an update signed with the hashed token of the app, over the very bytes; the provider is asked as well."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import copy
from datetime import timedelta
from random import Random
from typing import Self

from core.ground.clock import TestClock
from doubles.crypto_pay import TOKEN, stamp
from doubles.crypto_pay import CryptoPay as Double
from payments.crypto_pay import HEADER
from payments.crypto_pay import CryptoPay as Rail
from proofs.railing.provider import Forgery, Provider, with_headers
from proofs.railing.weather import Weather


class CryptoPay(Provider):
    name = "crypto_pay"
    signed_by = HEADER

    def __init__(self, double: Double, rail: Rail, clock: TestClock) -> None:
        self.double, self.rail, self._clock = double, rail, clock
        double.faults.copies = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        double = Double(clock=clock.now)
        double.app = weather.over(double.app)  # type: ignore[assignment]
        async with double.served():
            yield cls(double, Rail(TOKEN, url=double.url, clock=clock.now), clock)

    async def pays(self, key: str, amount: int | None) -> None:
        if not await self.double.pay(key):
            raise ValueError(f"{key} takes no money")

    def came(self, key: str) -> dict[str, int]:
        paid = [one for one in self.double.invoices if one.asked.get("payload") == key and one.paid]
        return {str(one.invoice_id): round(float(one.asked["amount"]) * 100) for one in paid}

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        said = {"status": "paid", "paid_at": stamp(self._clock.now()), "invoice_id": dice.randrange(10**6, 10**12)}
        for token, what in (("", "an empty token"), ("12345:another", "another's token")):
            stranger = copy(self.double)
            stranger.token = token
            yield Forgery(f"{what}, paid", stranger.told(unpaid, **said))
            yield Forgery(f"{what}, 0.01", stranger.told(unpaid, **said, amount="0.01"))
        good, true = self.double.told(unpaid, **said), self.double.told(paid)
        plain = hmac.new(TOKEN.encode(), good.body, "sha256").hexdigest()
        yield Forgery("the token unhashed", with_headers(good, crypto_pay_api_signature=plain))
        secret = hashlib.sha256(TOKEN.encode()).digest()
        for kind in ("sha1", "sha512", "md5"):
            mark = hmac.new(secret, good.body, kind).hexdigest()
            yield Forgery(kind, with_headers(good, crypto_pay_api_signature=mark))
        yield Forgery("another order's signature", with_headers(good, crypto_pay_api_signature=true.headers[HEADER]))
        for minutes, what in ((-10, "signed long ago"), (10, "signed in the future")):
            update = json.loads(good.body) | {"request_date": stamp(self._clock.now() + timedelta(minutes=minutes))}
            yield Forgery(what, self.double.signed(json.dumps(update).encode()))
        for what, lie in (
            ("paid, says who", said),
            ("0.01, says who", said | {"amount": "0.01"}),
            ("another currency", said | {"fiat": "USD"}),
            ("for no order", said | {"payload": "NOBODY"}),
            ("in coins", said | {"currency_type": "crypto"}),
        ):
            yield Forgery(what, self.double.told(unpaid, **lie), may_pass=True)
