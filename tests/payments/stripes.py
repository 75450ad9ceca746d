"""What the tests of Stripe share: its double, our rail before it, one clock for both, and what is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from core.ground.money import Money
from core.parties import PaymentRequest
from doubles.stripe import Stripe as Double
from payments.stripe import Stripe

KEY, SECRET, ACCOUNT = "sk_test_of_the_shop", "whsec_of_the_endpoint", "acct_1MikaShop"


class Clock:
    """Time as it is, and a step further."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, step: timedelta) -> None:
        self.ahead += step


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def provider(clock: Clock) -> AsyncIterator[Double]:
    made = Double(api_key=KEY, secret=SECRET, account=ACCOUNT, clock=clock)
    async with made.served():
        yield made


@pytest.fixture
async def rail(provider: Double, clock: Clock) -> AsyncIterator[Stripe]:
    made = Stripe(api_key=KEY, secret=SECRET, account=ACCOUNT, api=provider.url, clock=clock)
    yield made
    await made.aclose()


def request(
    clock: Clock,
    key: str = "K1",
    *,
    total: Money | None = None,
    hold: timedelta = timedelta(minutes=15),
    locale: str = "zh-CN",
    title: str = "Steam 20",
    reference: str | None = None,
) -> PaymentRequest:
    """A hold that ends at the full minute: a repeat within it asks for the same."""
    until = (clock() + hold).replace(second=0, microsecond=0)
    return PaymentRequest(
        key,
        "K7M2-94QF",
        total or Money(1250, "USD"),
        until,
        title,
        locale,
        "https://shop.example/orders/1",
        reference=reference,
    )
