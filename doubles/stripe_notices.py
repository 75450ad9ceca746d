"""How Stripe tells the shop: signed, unordered, more than once, and again until it is heard."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx

from doubles.stripe_faults import Faults
from doubles.telling import Told

HEADER = "Stripe-Signature"
PATIENCE = 5.0
FIRST_WAIT, LONGEST_WAIT = 0.2, 60.0  # seconds, doubled each time
TRIES = 25


def signature(secret: str, at: int, body: bytes) -> str:
    """The header's value. v0 is what Stripe sends besides for test events: it proves nothing to anybody."""
    signed = f"{at}.{body.decode()}"
    made = hmac.new(secret.encode("utf-8"), signed.encode("utf-8"), "sha256").hexdigest()
    return f"t={at},v1={made},v0={'6' * 64}"


class Courier:
    """Delivers what is due to the endpoint, each notice by itself: one that isn't heard holds up no other."""

    def __init__(self, secret: str, faults: Faults, now: Callable[[], float]) -> None:
        self.endpoint = ""  # the shop's hook; nobody is told anything before it is known
        self._secret = secret
        self._faults = faults
        self._now = now
        self._dice = random.Random(1)
        self._delivering: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=False) as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None
                for task in self._delivering:
                    task.cancel()
                if self._delivering:
                    await asyncio.wait(self._delivering)

    def told(self, event: dict[str, Any]) -> Told:
        """The notice of an event, signed now."""
        body = json.dumps(self._altered(event), indent=2).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0"}
        return Told(headers={**headers, HEADER: signature(self._secret, int(self._now()), body)}, body=body)

    def _altered(self, event: dict[str, Any]) -> dict[str, Any]:
        about = event["data"]["object"]
        if about["object"] != "checkout.session":
            return event
        changes = {"amount_total": self._faults.amount, "currency": self._faults.currency}
        about = about | {name: value for name, value in changes.items() if value is not None}
        return event | {"data": {"object": about}}

    def send(self, event: dict[str, Any]) -> None:
        """Have it delivered, with whatever fault is on."""
        if not self.endpoint or self._client is None:
            return
        for _ in range(self._faults.copies):
            wait = self._faults.late + (self._dice.random() * 0.1 if self._faults.shuffled else 0)
            task = asyncio.create_task(self._deliver(event, wait))
            self._delivering.add(task)
            task.add_done_callback(self._delivering.discard)

    async def _deliver(self, event: dict[str, Any], wait: float) -> None:
        for tries in range(TRIES):
            await asyncio.sleep(wait)
            if self._client is not None and await self._heard(self._client, self.told(event)):
                return
            wait = min(FIRST_WAIT * 2**tries, LONGEST_WAIT)

    async def _heard(self, client: httpx.AsyncClient, told: Told) -> bool:
        try:
            answer = await client.post(self.endpoint, content=told.body, headers=dict(told.headers))
        except httpx.HTTPError:
            return False
        return answer.is_success

    async def settled(self, within: float = 1.0) -> None:
        """Until every notice has been heard, or for so many seconds: the others go on being tried."""
        if self._delivering:
            await asyncio.wait(self._delivering, timeout=within)
