"""A bot's list of Star transactions as Telegram tells it: the oldest first, a hundred at a time, and only ever longer.

core.telegram.org/bots/api#getstartransactions: "in chronological order", `offset` is how many to skip, `limit` 1-100.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from payments.wire import Foreign, Misunderstood

PAGE = 100

Charge = Annotated[str, StringConstraints(min_length=1, max_length=190, pattern=r"^[\x21-\x7e]+$")]
Page = Callable[[int, int], Awaitable[list[Any]]]  # offset, limit


class User(Foreign):
    id: Annotated[int, Field(gt=0, lt=2**63)]


class Partner(Foreign):
    """Who is at the other end. There are kinds without a user, and will be new ones."""

    type: str
    transaction_type: str = ""
    user: User | None = None
    invoice_payload: str = ""


class Entry(Foreign):
    id: Charge
    amount: int
    date: Annotated[int, Field(ge=0, lt=2**38)]
    source: Partner | None = None
    receiver: Partner | None = None


@dataclass(frozen=True)
class Transaction:
    """One movement of Stars: in from somebody, or out to them. A refund has the id of its payment."""

    id: str
    at: datetime
    amount: int
    user: int
    payload: str
    is_payment: bool = False
    is_refund: bool = False


class Books:
    """Reads the list from either end. Keeps nothing of it but how long it is known to be."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._known = 0

    async def newest_first(self) -> AsyncIterator[Transaction]:
        end = await self._end()
        while end > 0:
            start = max(end - PAGE, 0)
            for one in reversed(await self._read(start, end - start)):
                yield one
            end = start

    async def since(self, moment: datetime) -> AsyncIterator[Transaction]:
        """The oldest first, from that moment on."""
        at = await self._first_not_before(moment)
        while page := await self._read(at, PAGE):
            for one in page:
                if one.at >= moment:
                    yield one
            at += len(page)

    async def of(self, charge: str) -> tuple[Transaction | None, bool]:
        """A payment by its id, and whether it went back. A refund is younger than its payment, so it is met first."""
        returned = False
        async for one in self.newest_first():
            if one.id == charge:
                returned = returned or one.is_refund
                if one.is_payment:
                    return one, returned
        return None, returned

    async def _read(self, offset: int, limit: int) -> list[Transaction]:
        try:
            return [_transaction(Entry.model_validate(entry)) for entry in await self._page(offset, limit)]
        except ValidationError:
            raise Misunderstood("Telegram's list of transactions makes no sense to us") from None

    async def _end(self) -> int:
        """How many there are. It is looked for beyond what is known: as a rule one call."""
        low, step = self._known, PAGE
        while len(page := await self._read(low, PAGE)) == PAGE:
            low += PAGE  # there are so many at least
            while await self._read(low + step, 1):
                low, step = low + step, step * 2
            step = PAGE
        self._known = low + len(page)
        return self._known

    async def _first_not_before(self, moment: datetime) -> int:
        """Where to begin so as to miss nothing from that moment on; less than a page of older ones may come first."""
        high, step = await self._end(), PAGE
        low = max(high - step, 0)
        while low > 0 and await self._moment(low) >= moment:
            high, step = low, step * 2
            low = max(low - step, 0)
        while high - low > PAGE:
            middle = (low + high) // 2
            low, high = (low, middle) if await self._moment(middle) >= moment else (middle, high)
        return low

    async def _moment(self, offset: int) -> datetime:
        """When that one was, of which it is known that there is one."""
        page = await self._read(offset, 1)
        if not page:
            raise Misunderstood("Telegram's list of transactions has become shorter")
        return page[0].at


def _transaction(entry: Entry) -> Transaction:
    came, went = _bought(entry, entry.source), _bought(entry, entry.receiver)
    partner = entry.source if came else entry.receiver
    user = partner.user.id if partner and partner.user else 0
    payload = partner.invoice_payload if partner else ""
    return Transaction(entry.id, datetime.fromtimestamp(entry.date, UTC), entry.amount, user, payload, came, went)


def _bought(entry: Entry, partner: Partner | None) -> bool:
    """Whether it is about an invoice that somebody paid; all else (withdrawals, gifts, advertising) is no sale."""
    is_sale = partner is not None and partner.user is not None and partner.transaction_type == "invoice_payment"
    return is_sale and entry.amount > 0
