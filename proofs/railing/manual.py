"""Manual transfers: there is no provider. Two who work here look into the account, and say what came in for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from core.ground.clock import TestClock
from payments.manual import Manual as Rail
from proofs.railing.provider import ALWAYS, ODD, Provider
from proofs.railing.weather import Weather


class Manual(Provider):
    name = "manual"
    sales = tuple(kind for kind in (*ALWAYS, *ODD) if kind != "lost")
    after_the_end = True

    def __init__(self, rail: Rail) -> None:
        self.rail = rail
        self.account = defaultdict[str, dict[str, int]](dict)  # what came in, by the key of its payment

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        yield cls(Rail({"en": "Bank of Nowhere, 12345"}, currencies=frozenset({"CNY"}), mode="test"))

    async def pays(self, key: str, amount: int | None) -> None:
        self.account[key][f"transfer for {key}"] = self.price if amount is None else amount

    def came(self, key: str) -> dict[str, int]:
        return self.account[key]
