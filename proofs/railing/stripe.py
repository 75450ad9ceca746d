"""Stripe: an event signed by the endpoint's secret, over the time and the very bytes."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import deepcopy
from random import Random
from typing import Any, Self

from core.ground.clock import TestClock
from doubles import stripe_objects as objects
from doubles.stripe import Stripe as Double
from doubles.stripe_notices import HEADER, Courier, signature
from doubles.telling import Told
from payments.stripe import Stripe as Rail
from proofs.railing.provider import Forgery, Provider, with_headers
from proofs.railing.weather import Weather

KEY, SECRET, ACCOUNT = "sk_test_of_the_shop", "whsec_of_the_endpoint", "acct_1MikaShop"
LONG_AGO = 600  # seconds


class Stripe(Provider):
    name = "stripe"
    signed_by = HEADER.lower()

    def __init__(self, double: Double, rail: Rail, clock: TestClock) -> None:
        self.double, self.rail, self._clock = double, rail, clock

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        double = Double(api_key=KEY, secret=SECRET, account=ACCOUNT, clock=clock.now)
        double.app = weather.over(double.app)  # type: ignore[assignment]
        async with double.served():
            rail = Rail(api_key=KEY, secret=SECRET, account=ACCOUNT, api=double.url, clock=clock.now)
            yield cls(double, rail, clock)

    async def pays(self, key: str, amount: int | None) -> None:
        self.double.books.pay(self.double.books.behind(key))

    def came(self, key: str) -> dict[str, int]:
        mine = [one for one in self.double.books.sessions.values() if one["client_reference_id"] == key]
        return {one["payment_intent"]: one["amount_total"] for one in mine if one["payment_status"] == "paid"}

    def back(self, key: str) -> list[int]:
        made = self.double.books.refunds.values()
        return [one["amount"] for one in made if one["payment_intent"] in self.came(key)]

    def spoilt(self, signature: str, dice: Random) -> str:
        """v0, which is behind, proves nothing to anybody."""
        counts, _, rest = signature.partition(",v0=")
        return f"{super().spoilt(counts, dice)},v0={rest}"

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        page = self.double.books.behind(unpaid)
        intent = f"pi_{dice.randrange(10**12):024}"
        said = page | {"status": "complete", "payment_status": "paid", "payment_intent": intent, "url": None}
        cheap, foreign = said | {"amount_total": 1}, said | {"currency": "usd"}
        for secret, what in ((b"", "an empty secret"), (b"whsec_of_another", "another's secret")):
            told = Courier(secret.decode(), self.double.faults, self._now).told(self._event(said))
            yield Forgery(f"{what}, paid", told)
        good = self.double.courier.told(self._event(said))
        sha1 = hmac.new(SECRET.encode(), f"{int(self._now())}.".encode() + good.body, "sha1").hexdigest()
        swapped = good.headers[HEADER].replace("v1=", "v9=")
        yield Forgery("another algorithm", with_headers(good, stripe_signature=swapped))
        yield Forgery("sha1", with_headers(good, stripe_signature=f"t={int(self._now())},v1={sha1}"))
        body = json.dumps(self._event(said), indent=2).encode()
        old = signature(SECRET, int(self._now()) - LONG_AGO, body)
        yield Forgery("signed long ago", with_headers(Told(body=body), stripe_signature=old))
        mark = self.double.told(paid).headers[HEADER]
        yield Forgery("another order's signature", with_headers(good, stripe_signature=mark))
        yield Forgery("live money", self.double.courier.told(self._event(said) | {"livemode": True}))
        yield Forgery("another account", self.double.courier.told(self._event(said) | {"account": "acct_other"}))
        for what, lie in (("paid, says who", said), ("0.01", cheap), ("another currency", foreign)):
            yield Forgery(what, self.double.courier.told(self._event(lie)), may_pass=True)

    def _event(self, page: dict[str, Any]) -> dict[str, Any]:
        """That a session is paid, whether it is or not."""
        at = int(self._now())
        return objects.event("checkout.session.completed", deepcopy(page), livemode=False, created=at)

    def _now(self) -> float:
        return self._clock.now().timestamp()
