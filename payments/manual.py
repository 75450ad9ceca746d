"""Manual transfer: the buyer sends money to an account of the shop, and staff say that it came.

There is no provider: nothing is ever told or asked, and whoever works here is believed (core/by_hand.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Literal

from core.ground.errors import ForgedNotice, PartyError
from core.ground.messages import Local, words
from core.ground.money import Money
from core.parties import Abilities, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice


class Manual:
    """Keeps PaymentRail. `pay_to` tells buyers, in each language, to what account: bank, name, number."""

    name = "manual"
    account = "by-hand"

    def __init__(
        self, pay_to: Mapping[str, str], *, currencies: frozenset[str], mode: Literal["live", "test"] = "live"
    ) -> None:
        self.mode: Literal["live", "test"] = mode
        self.abilities = Abilities(currencies, refunds="by-hand", confirm=False, lists=False, by_staff=True)
        self._pay_to = Local(pay_to)

    @property
    def listens(self) -> bool:
        """There is nobody who could tell anything."""
        return False

    async def start(self, request: PaymentRequest) -> Payment:
        """Where to send it, and the order's number as the reference by which staff will know it."""
        says = words("manual-pay", account=self._pay_to, total=request.total, number=request.number)
        return Payment(reference=request.key, says=says)

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> PaymentNotice:
        raise ForgedNotice("nobody tells of manual transfers")

    def sample(self) -> None:
        """There is no door to try."""

    def acknowledgement(self) -> tuple[int, str, bytes]:
        return 204, "text/plain", b""

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """Only staff can look into the account."""
        return None

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        raise PartyError("a manual transfer is sent back by staff", permanent=True)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        return None

    async def close(self, key: str, reference: str) -> None:
        """An account takes money at any time: what comes late is late money like any other."""

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """Nothing can be listed."""
        return
        yield

    async def well(self) -> None:
        """An account is always there."""

    async def aclose(self) -> None: ...
