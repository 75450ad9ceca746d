"""An old shop that is open: what is the same for all. A reader says how its rows are found, and what they mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from core.ground.vault import Secret
from core.old_shops import (
    Check,
    Level,
    OldCategory,
    OldCode,
    OldCoupon,
    OldMember,
    OldOrder,
    OldProduct,
    OwedOrder,
    ShopName,
)
from oldshops import checks
from oldshops.comparing import trimmed
from oldshops.orders_seen import OrdersSeen
from oldshops.refused import Unreadable
from oldshops.rows import LIVE, CodeRow, OrderRow
from oldshops.survey import Survey

AHEAD = timedelta(minutes=10)  # by how much two clocks may differ
EXAMPLES = 20


class Reading(ABC):
    """Keeps OldShop of core/old_shops.py. Rows are read when they are asked for; the catalogue is read at once."""

    name: ShopName
    currency = "CNY"
    tables: tuple[str, ...] = ()  # those that are read, for the second check
    acknowledged = False  # the owner has seen what is owed, and which balances differ

    def __init__(self, source: str, only: str | None) -> None:
        self.source = source
        self.now = datetime.now(UTC)
        self.notes: dict[int, list[tuple[Level, str]]] = defaultdict(list)
        self.facts: list[str] = []  # about the source, for the first check
        self.counted: dict[str, int] = {}  # rows of each table
        self.unread: list[str] = []  # secrets that are left where they are
        self.everything: tuple[list[OldCategory], list[OldProduct]] = self._catalogue()
        self.only = self._chosen(only)

    # What a reader says

    @abstractmethod
    def _catalogue(self) -> tuple[list[OldCategory], list[OldProduct]]:
        """Those alive. What is wrong with them is noted."""

    @abstractmethod
    def _codes(self, sold: bool, product: str | None = None) -> Iterator[CodeRow]:
        """Every code there is that is sold, or that isn't; or those not sold of one product."""

    @abstractmethod
    def _orders(self) -> Iterator[OrderRow]:
        """Every order there is, oldest first."""

    @abstractmethod
    def close(self) -> None:
        """Ends the transaction, and whatever was started for it. A repeat does nothing."""

    def _members(self) -> list[OldMember]:
        return []

    def _coupons(self) -> list[OldCoupon]:
        return []

    def apart(self) -> list[tuple[Level, str]]:
        """What else is there about members' money and coupons."""
        return []

    # What is asked of it

    def categories(self) -> list[OldCategory]:
        return [category for category in self.everything[0] if self.only in (None, category.id)]

    def products(self) -> list[OldProduct]:
        return [product for product in self.everything[1] if self.only in (None, product.category)]

    def codes(self, product: str) -> Iterator[OldCode]:
        survey = self.survey
        for row in self._codes(False, product):
            if row.product == product and row.state in LIVE and row.id not in survey.left_out:
                why = "delivered" if row.id in survey.delivered else "" if row.state == "unsold" else row.state
                text = Secret(trimmed(row.text.reveal()))
                yield OldCode(row.id, product, text, row.since, row.batch, row.unit_cost, row.shared, why)

    def orders(self) -> Iterator[OldOrder]:
        for row in self._orders():
            if row.state == "" and self.only in (None, row.category):
                yield row.order

    def owed(self) -> list[OwedOrder]:
        return self.seen.owed

    def members(self) -> list[OldMember]:
        """Nobody while only one category is brought: credit is for the whole shop."""
        return self._members() if self.only is None else []

    def coupons(self) -> list[OldCoupon]:
        return self._coupons()

    def checks(self) -> list[Check]:
        return checks.twelve(self)

    # What is found out on the way

    @cached_property
    def survey(self) -> Survey:
        """Made when it is first asked for: it reads every code and every order once."""
        return self._looked[0]

    @cached_property
    def seen(self) -> OrdersSeen:
        return self._looked[1]

    @cached_property
    def _looked(self) -> tuple[Survey, OrdersSeen]:
        survey, seen = Survey(), OrdersSeen()
        survey.unsold(self._codes(False))
        survey.sold(self._codes(True))
        seen.watch(survey.sent(self._orders()), self.now, self.only)
        return survey, seen

    def note(self, check: int, line: str, level: Level = "look") -> None:
        """Something to look at, for the check of that number."""
        self.notes[check].append((level, line))

    def known_status(self, what: str, status: Any, known: tuple[int, ...]) -> None:
        """Some drivers make -1 and 6 of a tinyint(1) a yes: then nothing else is true either."""
        said = f"{what}s of a status that is not known: {status}"
        if (isinstance(status, bool) or status not in known) and ("stop", said) not in self.notes[2]:
            self.note(2, said, "stop")

    def _chosen(self, only: str | None) -> str | None:
        """The category's id. Raises Unreadable when there is none of that name, or several."""
        if only is None:
            return None
        found = [category.id for category in self.everything[0] if only in (category.id, category.name)]
        if len(found) != 1:
            names = ", ".join(category.name for category in self.everything[0][:EXAMPLES])
            what = "there is no category" if not found else "there are several categories"
            raise Unreadable(f"{what} called {only}", f"Name one of: {names}.")
        return found[0]

    def refuse_the_future(self, newest: datetime | None) -> None:
        """An order that is placed tomorrow says that times are read by the wrong zone."""
        if newest is not None and newest > self.now + AHEAD:
            raise Unreadable(
                f"its newest order lies in the future ({newest:%Y-%m-%d %H:%M} UTC)",
                "Name the zone the old server runs in with --old-zone, as +00:00 or +08:00.",
            )
