"""Refunds at a Stripe that others wrote. It knows no Checkout Sessions, disputes, Idempotency-Keys, lists by time.

localstripe is a tool under the GPL: it lives in an environment of its own, and is spoken to over HTTP only.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from core.ground.errors import PartyError
from core.ground.money import Money
from payments.stripe import Stripe
from tests.oracles import INSTALLED
from tests.payments.stripes import ACCOUNT, KEY, SECRET, Clock, clock
from tests.ports import free_port

__all__ = ["clock"]

LAUNCHER = """
import sys
from aiohttp import web
from localstripe.server import app
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    python = INSTALLED / "localstripe/bin/python"
    if not (INSTALLED / "localstripe/ready").exists():
        pytest.skip("the oracle localstripe is not installed: tests/prepare does it, with PyPI at hand")
    port = free_port()
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    started = subprocess.Popen([python, "-c", LAUNCHER, str(port)], env=environment, cwd=tmp_path)  # noqa: ASYNC220
    try:
        await answers(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        started.terminate()
        started.wait(10)


async def answers(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as browser, asyncio.timeout(20):
        while True:
            try:
                await browser.get(url)
                return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@pytest.fixture
async def rail(url: str, clock: Clock) -> AsyncIterator[Stripe]:
    made = Stripe(api_key=KEY, secret=SECRET, account=ACCOUNT, api=url, clock=clock)
    yield made
    await made.aclose()


async def paid(url: str) -> str:
    """A PaymentIntent of 12.50 that has succeeded."""
    async with httpx.AsyncClient(base_url=url, auth=(KEY, ""), trust_env=False) as somebody:
        card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": 123}
        told = {"type": "card", **{f"card[{name}]": value for name, value in card.items()}}
        method = (await somebody.post("/v1/payment_methods", data=told)).json()["id"]
        asked = {"amount": 1250, "currency": "usd", "payment_method": method, "confirm": "true"}
        made = (await somebody.post("/v1/payment_intents", data=asked)).json()
        assert made["status"] == "succeeded", made
        return made["id"]


async def test_a_refund_happens_once_per_key(url, rail):
    """Its Idempotency-Keys guard nothing: what keeps the second refund away is that the first is looked for."""
    intent = await paid(url)
    first = await rail.refund(intent, "R1", Money(250, "USD"), "-")
    assert first.state == "done"
    assert first == await rail.refund(intent, "R1", Money(250, "USD"), "-")
    rest = await rail.refund(intent, "R2", Money(1000, "USD"), "-")
    assert (rest.state, rest.reference == first.reference) == ("done", False)
    assert await refunds(url, intent) == [250, 1000]
    with pytest.raises(PartyError):
        await rail.refund("pi_unknown", "R3", Money(1, "USD"), "-")


async def refunds(url: str, intent: str) -> list[int]:
    async with httpx.AsyncClient(base_url=url, auth=(KEY, ""), trust_env=False) as somebody:
        listed = (await somebody.get("/v1/refunds", params={"payment_intent": intent})).json()
        return sorted(refund["amount"] for refund in listed["data"])
