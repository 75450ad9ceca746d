"""BTCPay Server: an event signed with the webhook's secret. It names no sum: what came in is asked for."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import copy
from random import Random
from typing import Self

from core.ground.clock import TestClock
from doubles.btcpay import RATE, Invoice
from doubles.btcpay import BtcPay as Double
from doubles.telling import Told
from payments.btcpay import BtcPay as Rail
from proofs.railing.alipay import yuan
from proofs.railing.provider import ALWAYS, ODD, Forgery, Provider, with_headers
from proofs.railing.weather import Weather


class BtcPay(Provider):
    name = "btcpay"
    sales = (*ALWAYS, *ODD)
    signed_by = "btcpay-sig"
    after_the_end = True

    def __init__(self, double: Double, rail: Rail) -> None:
        self.double, self.rail = double, rail
        double.faults.copies = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        double = Double(clock=clock.now)
        double.app = weather.over(double.app)  # type: ignore[assignment]
        async with double.served():
            keys = {"api_key": double.api_key, "secret": double.secret}
            yield cls(double, Rail(double.url, store=double.store, clock=clock.now, **keys))

    async def pays(self, key: str, amount: int | None) -> None:
        await self.double.pay(key, "" if amount is None else yuan(amount))

    def told(self, key: str) -> list[Told]:
        """Only what was paid whole and in time is settled; of the rest it tells coin by coin, and at its end."""
        one = self.double.of(key)
        self.double.looks_at(one)
        if one.status == "Settled":
            return [self.double.told(key)]
        late = any(coins.at >= one.ends for coins in one.coins)
        said = [self.double.event("InvoicePaymentSettled", key, afterExpiration=late, paymentMethodId="BTC-CHAIN")]
        if one.additional == "PaidPartial" and one.status == "Expired":
            said.append(self.double.event("InvoiceExpired", key, partiallyPaid=True))
        return said

    def came(self, key: str) -> dict[str, int]:
        """Until an invoice's end one sum, then coin by coin. One that is settled brought in what was asked at least."""
        found: dict[str, int] = {}
        for one in [one for one in self.double.invoices if one.metadata.get("orderId") == key]:
            in_time = sum(coins.value for coins in one.coins if coins.at <= one.ends)
            if in_time:
                asked = round(float(one.amount) * 100) if one.status == "Settled" else 0
                found[one.id] = max(int(in_time * RATE * 100), asked)
            found |= late_coins(one)
        return found

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        for secret, what in (("", "an empty secret"), ("another's secret", "another's secret")):
            stranger = copy(self.double)
            stranger.secret = secret
            yield Forgery(f"{what}, paid", stranger.told(unpaid))
        good, true = self.double.told(unpaid), self.double.told(paid)
        for kind in ("sha1", "md5", "sha512"):
            mark = hmac.new(self.double.secret.encode(), good.body, kind).hexdigest()
            yield Forgery(kind, with_headers(good, btcpay_sig=f"{kind}={mark}"))
            yield Forgery(f"{kind}, said to be sha256", with_headers(good, btcpay_sig=f"sha256={mark}"))
        mark = true.headers["BTCPay-Sig"]
        yield Forgery("another order's signature", with_headers(good, btcpay_sig=mark))
        yield Forgery("in capitals", with_headers(good, btcpay_sig=good.headers["BTCPay-Sig"].upper()))
        other = json.loads(good.body) | {"storeId": "ANOTHER"}
        yield Forgery("another store", self.double.signed(other))
        yield Forgery("paid, says who", good, may_pass=True)
        yield Forgery("marked by hand", self._by_hand(unpaid), may_pass=True)
        yield Forgery("for no order", self.double.signed(other | {"storeId": self.double.store}), may_pass=True)
        yield Forgery("another kind", self.double.event("InvoicePaymentSettled", unpaid), may_pass=True)
        nobody = json.loads(self.double.told(unpaid).body) | {"metadata": {"orderId": f"NOBODY-{dice.random()}"}}
        yield Forgery("of nobody", self.double.signed(nobody), may_pass=True)

    def _by_hand(self, key: str) -> Told:
        return self.double.event("InvoiceSettled", key, manuallyMarked=True, overPaid=False)


def late_coins(one: Invoice) -> dict[str, int]:
    return {coins.id: int(coins.value * RATE * 100) for coins in one.coins if coins.at > one.ends}
