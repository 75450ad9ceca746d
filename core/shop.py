"""Shop: what the edges get handed. Core functions never see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.ground.db import Database
from core.ground.rules import Rules
from core.parties import PaymentRail, Sender


@dataclass
class Shop:
    db: Database
    rules: Rules
    public_url: str  # without a slash at its end
    payments: Mapping[str, PaymentRail]
    senders: dict[str, Sender] = field(default_factory=dict)  # by chat name

    async def close(self) -> None:
        for rail in self.payments.values():
            await rail.aclose()
        await self.db.close()
