"""Who buys in a generated shop, and who abuses it: read from mika/abuse.toml or a file in its place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

USUAL = Path(__file__).with_name("abuse.toml")

Share = Annotated[float, Field(ge=0, le=1)]
More = Annotated[float, Field(gt=0)]


class Span(NamedTuple):
    least: float
    most: float


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Good(Told):
    name: str = Field(min_length=1, max_length=40)
    price: int = Field(ge=1, le=100_000)  # whole units of the shop's currency
    resale: Literal["low", "normal", "high"] = "normal"
    asks: Literal["", "email", "account"] = ""
    share: More


class Lognormal(Told):
    median: More
    spread: float = Field(ge=0, le=3)


class Network(Told):
    share: Share
    size: Span = Span(1, 1)
    pool: int = Field(1, ge=1)
    same_device: Share = 0
    same_card: Share = 0


class Way(Told):
    share: Share
    orders: Span = Span(1, 1)
    pieces: Span = Span(1, 1)
    destinations: Span = Span(1, 1)
    gap_days: float = 1
    in_a_day: Share = 0
    above: int = 0


class Networks(Told):
    family: Network
    hall: Network
    cafe: Network
    mobile: Network


class Ways(Told):
    gift_sender: Way
    night_owl: Way
    reseller: Way
    big_spender: Way


class Honest(Told):
    telegram: Share
    orders_each: Lognormal
    gap_days: More
    first_small: Share
    small: int
    several: Share
    seen_before: Share
    rails: dict[str, More]
    second_rail: Share
    elevated: Share
    highest: Share
    throw_away: Share
    abandoned: Share
    cancelled: Share
    again: Share
    failed: Share
    late: Share
    refunded: Share
    replaced: Share
    our_fault: Share
    disputed: Share
    won: Share
    fast: Share
    private_window: Share
    countries: dict[str, More]
    abroad: Share
    travelling: Share
    networks: Networks
    ways: Ways


class Kind(Told):
    """One kind of abuse. What each setting means stands in abuse.toml."""

    share: More
    accounts: Span
    orders: Span
    apart: More
    pace: More
    amount: More
    telegram: Share
    rails: dict[str, More]
    spread: float
    careful: Share
    below: int
    high: Share
    per_device: int = Field(ge=1)
    per_address: int = Field(ge=1)
    per_payer: int = Field(ge=1)
    fresh_device: Share
    fresh_address: Share
    per_card: int = Field(ge=0)
    mismatch: Share
    throw_away: Share
    with_email: Share
    destinations: Span
    elevated: Share
    highest: Share
    fast: Share
    unpaid: Share
    hoards: bool
    failing: Share
    late: Share
    disputed: Share
    after_days: Span
    warned: Share
    warned_hours: Span
    refunded: Share
    replaced: Share
    after_hours: Span
    returns: Span
    return_days: Span
    cover: Span
    cover_days: More
    aged: Share


class Staff(Told):
    minutes: Span
    rejects_honest: Share
    rejects: dict[str, Share]


class Habits(Told):
    days: int = Field(ge=7, le=3650)
    warm_up: int = Field(ge=0, le=3650)
    abusive: Share
    goods: list[Good] = Field(min_length=1)
    staff: Staff
    honest: Honest
    kinds: dict[str, Kind]

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, said: dict[str, object]) -> dict[str, object]:
        usual, kinds = said.pop("kind_default", {}), said.get("kinds", {})
        if isinstance(usual, dict) and isinstance(kinds, dict):
            said["kinds"] = {name: {**usual, **kind} for name, kind in kinds.items() if isinstance(kind, dict)}
        return said


def read(file: Path | None = None) -> Habits:
    """Raises OSError if it can't be read, and ValueError that says in one line what is wrong in it."""
    try:
        return Habits.model_validate(tomllib.loads((file or USUAL).read_text("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
