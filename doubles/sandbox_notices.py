"""How the test provider tells the shop: signed, more than once, and again until it is heard."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

import httpx

from doubles.sandbox_books import Books, Notice

HEADER = "Sandbox-Signature"
LEASE = 15.0  # seconds; longer than an answer may take
PATIENCE = 5.0
FIRST_WAIT, LONGEST_WAIT = 0.2, 60.0  # seconds, doubled each time
TRIES = 25


def signature(secret: str, at: datetime, body: bytes) -> str:
    """The header's value: when it was signed, and HMAC-SHA256 over that, a full stop and the body as sent."""
    seconds = int(at.timestamp())
    made = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},sha256={made.hexdigest()}"


class Courier:
    """Delivers what the books say is due, one after the other."""

    def __init__(self, books: Books, secret: str, clock: Callable[[], datetime]) -> None:
        self._books = books
        self._secret = secret
        self._clock = clock
        self._more = asyncio.Event()

    def nudge(self) -> None:
        """There is something new to deliver."""
        self._more.set()

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=False) as client:
            while True:
                notice = self._books.take_notice(LEASE)
                if notice is not None:
                    await self._deliver(client, notice)
                    continue
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._more.wait(), timeout=0.1)
                self._more.clear()

    async def _deliver(self, client: httpx.AsyncClient, notice: Notice) -> None:
        headers = {
            "Content-Type": "application/json",
            HEADER: signature(self._secret, self._clock(), notice.body),
        }
        try:
            answer = await client.post(notice.url, content=notice.body, headers=headers)
            heard = answer.is_success
        except httpx.HTTPError:
            heard = False
        if heard:
            self._books.heard(notice)
        else:
            again = notice.tries + 1 < TRIES
            self._books.not_heard(notice, min(FIRST_WAIT * 2**notice.tries, LONGEST_WAIT) if again else None)
