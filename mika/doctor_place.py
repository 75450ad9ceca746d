"""What a doctor's check is handed, and what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from core.findings import Finding
from core.shop import Shop
from mika.settings import Settings


@dataclass(frozen=True)
class Unseen:
    """What a check could not look for this time, as "code" or "code subject": it stays as it was."""

    names: frozenset[str]


def unseen(*names: str) -> Unseen:
    return Unseen(frozenset(names))


Said = Sequence[Finding | Unseen | str]  # findings; what nobody knows; and what is well, each with its figure


@dataclass
class Place:
    """What is looked over. `shop` is None where it could not be opened.

    `asks`: somebody waits for the answer, so that rails are asked anew; else it is believed what the jobs saw.
    """

    settings: Settings
    shop: Shop | None
    http: httpx.AsyncClient
    asks: bool = False
    clocks: dict[str, float] = field(default_factory=dict)  # how far others' clocks are ahead of ours, in seconds


@dataclass(frozen=True)
class Check:
    """One thing to look at. `codes` are those it finds when something is wrong; whatever it doesn't is well.

    `outside`: it asks others, and is made less often. `after`: it looks at what that other check has learned, and is
    made when that is.
    """

    name: str
    codes: tuple[str, ...]
    look: Callable[[Place], Awaitable[Said]]
    opens: bool = True  # it looks into the shop, and can't where that does not open
    outside: bool = False
    after: str = ""
    seconds: float = 20.0
