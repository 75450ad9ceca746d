"""A row as a reader finds it, of whatever state: what is brought and what is only counted is decided from these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from core.ground.vault import Secret
from core.old_shops import OldOrder

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # of a row that doesn't say when

CodeState = Literal[
    "unsold",
    "locked",  # by staff
    "picked",  # with a surcharge for who picks it
    "sold",
    "bin",  # deleted, or its product or category is
    "stray",  # of a variant that the product has no more, or of a product that is served by hand
    "elsewhere",  # somebody else's goods
]
LIVE = ("unsold", "locked", "picked")


@dataclass(frozen=True)
class CodeRow:
    id: str
    product: str  # an OldProduct.id; for what is not brought, as near as it comes
    text: Secret  # as it stands there
    state: CodeState
    shared: bool = False
    since: datetime | None = None
    batch: str = ""
    unit_cost: int | None = None
    surcharge: int = 0


@dataclass(frozen=True)
class OrderRow:
    """`state` is "" for a finished one, "unpaid", "merchant" for somebody else's, else why it is owed."""

    order: OldOrder
    state: str
    status: str  # as it stands there
    product: str = ""  # of the old shop's; "" when it is gone
    category: str = ""
