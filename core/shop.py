"""Shop: what the edges get handed. Core functions never see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.ground.db import Database
from core.ground.rules import Rules
from core.parties import PaymentRail, Sender, Supplier


@dataclass
class Shop:
    db: Database
    rules: Rules
    public_url: str  # without a slash at its end
    payments: Mapping[str, PaymentRail]
    senders: dict[str, Sender] = field(default_factory=dict)  # by chat name
    suppliers: Mapping[str, Supplier] = field(default_factory=dict)

    async def close(self) -> None:
        for party in (*self.payments.values(), *self.suppliers.values()):
            await party.aclose()
        await self.db.close()
