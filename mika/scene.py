"""A purchase with an odd end as a rehearsal plays it: what both sides read, time that passes, what is true then."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import bindparam, or_, select

from core import catalog, composing, inventory, ledger, orders, reconcile, units
from core.ground.db import Tx
from core.ground.messages import Spoken, Text, unpack, words
from core.ground.outbox import outbox
from core.orders import Order, State
from core.pasted import PastedCode
from core.shop import Shop
from core.units import Obligation
from doubles.sandbox import press
from mika import play
from mika.play import BY_HAND, COLLEAGUE, Play, WentWrong, employ
from mika.scratch import Stage
from mika.stock_opened import every_code
from mika.visitors import Heard

SILENCE = 0.3  # seconds: whoever has said nothing for so long has said what there was to say
MARGIN = timedelta(minutes=1)
DESK = ":".join(COLLEAGUE)
TOLD_STAFF = (
    select(outbox.c.id, outbox.c.payload)
    .where(outbox.c.recipient == DESK, outbox.c.id > bindparam("after"))
    .order_by(outbox.c.id)
)
UNDER_WAY = (
    select(outbox.c.id)
    .where(
        outbox.c.state == "new",
        outbox.c.due_at <= bindparam("now"),
        or_(outbox.c.recipient.is_(None), outbox.c.recipient.not_like("browser:somebody-else")),
    )
    .limit(1)
)
GRANTS = (
    select(inventory.grants.c.code_id)
    .join(units.units, units.units.c.id == inventory.grants.c.unit_id)
    .where(units.units.c.order_id == bindparam("order"), inventory.grants.c.superseded_by.is_(None))
)


@dataclass
class Scene(Play):
    """A purchase on a stage. What it ends with is looked up at the provider, in the stock and in what was read."""

    stage: Stage = field(default_factory=Stage)
    codes: dict[int, PastedCode] = field(default_factory=dict, repr=False)  # the product's, by their numbers
    read: list[str] = field(default_factory=list, repr=False)  # by the buyer
    told: int = 0  # the last row that staff were told of

    async def begins(self, slug: str) -> None:
        """Somebody is at the desk, and every code is known by sight."""
        await self.shop.db.write(employ)
        self.codes = await self.shop.db.read(_codes, slug)

    @property
    def shop(self) -> Shop:
        return self.house.shop

    # What happens

    async def presses(self, label: Text) -> None:
        """As picks, where the answer may look like what stands there: nothing is waited for."""
        said = self.words(label)
        self.line("buyer", f"[{said}]")
        try:
            await self.visitor.picks(said)
        except KeyError:
            raise WentWrong(f"the shop did not offer [{said}]") from None

    async def pays_on_the_open_page(self, order: Order) -> None:
        """A pay page of the order's that nothing was paid on, opened by now or in a moment."""
        try:
            async with asyncio.timeout(play.PATIENCE):
                while not (link := await self._open_page(order)):
                    await self._listens()
        except TimeoutError:
            raise WentWrong("no pay page was opened") from None
        self.does("pays-open-page")
        await press(link, "pay")

    async def _open_page(self, order: Order) -> str | None:
        assert self.stage.provider is not None  # noqa: S101
        books = self.stage.provider.books
        rows = await self.shop.db.read(ledger.payments_of, order.id)
        known = [(row.link, books.payment(row.key)) for row in rows]
        return next((link for link, payment in known if link and payment and payment.state != "paid"), None)

    async def passes(self, step: timedelta, *jobs: Callable[[Shop], Awaitable[None]]) -> None:
        """Time goes by, and what is done by the clock is done."""
        self.does("later", round(step.total_seconds() / 60))
        self.stage.clock.forward(step)
        for job in jobs:
            await job(self.shop)

    async def until(self, what: str, true: Callable[[Order], bool], order: Order, *, staff: bool = True) -> Order:
        """Both sides read what they are told until nothing more comes and it is so. Staff do their part if they may.

        Returns the order as it is then. Raises WentWrong.
        """
        try:
            async with asyncio.timeout(play.PATIENCE):
                while True:
                    now, idle = await self.shop.db.read(_stands, order.id)
                    if await self._listens():
                        continue  # what was under way when we looked may have been said only now
                    await self._staff_read()
                    if idle and true(now):
                        return now
                    if staff:
                        await self._staff_part()
        except TimeoutError:
            raise WentWrong(f"{play.PATIENCE:.0f} seconds on, {what}: it is not so") from None

    async def hears(self) -> Heard:
        heard = await super().hears()
        self.read.append(heard.text)
        return heard

    async def _listens(self) -> bool:
        """Whether the shop had something to say."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENCE):
                heard = await self.visitor.hears()
            self.read.append(heard.text)
            self.shows("shop", heard.text, heard.choices)
            return True
        return False

    async def _staff_read(self) -> None:
        """What the desk has been told since."""
        self.told, said = await self.shop.db.read(_told_staff, self.told)
        for spoken in said:
            self.shows("staff", spoken.plain(), [choice.label for choice in spoken.choices])

    def masked(self, text: str) -> str:
        for code in self.codes.values():
            for _, secret in code.fields:
                value = secret.reveal()
                text = text.replace(value, "…" + (value[-4:] if len(value) > 8 else ""))
        return text

    # How it must end

    async def asks_for_the_money(self, order: Order) -> None:
        """It can't be had any more: the buyer chooses to have the money back, where the shop lets them choose."""
        back = (State.REFUND_PENDING, State.REFUNDED)
        now = await self.until("the shop says what becomes of the money", lambda o: o.state in back or _asked(o), order)
        if _asked(now):
            await self.picks(words("choose-refund-now"))

    async def ends_with_the_code(self, order: Order) -> None:
        """Each unit has one code, its buyer has read just those, and the shop has what they cost."""
        await self.until("the order is delivered", lambda o: o.state is State.DELIVERED, order)
        granted = await self.shop.db.read(_granted, order.id)
        if len(granted) != (len(order.units) if self.codes else 0) or len(set(granted)) != len(granted):
            raise WentWrong(f"{len(granted)} codes were handed over for {len(order.units)} that were ordered")
        self._has_read(granted)
        paid, returned = await self._at_the_provider(order)
        if paid - returned != order.total.amount:
            raise WentWrong(f"the shop has {paid - returned} of {order.total.amount} that were to be paid")
        await self.holds()

    async def ends_with_the_money_back(self, order: Order) -> None:
        """No code was handed over, and the provider has sent back all that was paid."""
        await self.until("the money is back", lambda o: o.state is State.REFUNDED, order)
        if granted := await self.shop.db.read(_granted, order.id):
            raise WentWrong(f"{len(granted)} codes were handed over, and the money went back")
        self._has_read([])
        paid, returned = await self._at_the_provider(order)
        if not paid or paid != returned:
            raise WentWrong(f"the provider took {paid} and sent {returned} back")
        await self.holds()

    async def holds(self) -> None:
        """Everything that must hold does, as soon as the clock's work is done."""
        findings: list[reconcile.Finding] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(play.PATIENCE):
                while findings := await self.shop.db.read(reconcile.check):
                    await self.shop.db.wait_for("outbox", timeout=SILENCE)
                return
        raise WentWrong(str(findings[0]))

    def _has_read(self, granted: Sequence[int]) -> None:
        """Just these codes. Raises WentWrong."""
        told = "\n".join(self.read)
        for number, code in self.codes.items():
            whole = all(secret.reveal() in told for _, secret in code.fields)
            if whole is not (number in granted):
                raise WentWrong(
                    "the buyer has not read their code" if not whole else "the buyer has read another's code"
                )
        if granted == [] and not self.codes and BY_HAND not in told and not self.stage.supplied:
            raise WentWrong("the buyer has not read what was done for them")

    async def _at_the_provider(self, order: Order) -> tuple[int, int]:
        """What the provider took for an order, and what of it went back: by its books, not by ours."""
        assert self.stage.provider is not None  # noqa: S101
        books = self.stage.provider.books
        taken = [books.payment(row.key) for row in await self.shop.db.read(ledger.payments_of, order.id)]
        paid = [one for one in taken if one and one.transaction_id]
        back = [
            refund for one in paid for refund in books.refunds_of(one.transaction_id or "") if refund.state == "done"
        ]
        return sum(one.amount for one in paid), sum(refund.amount for refund in back)


def _asked(order: Order) -> bool:
    return bool(order.owing(Obligation.CHOICE))


def _stands(tx: Tx, order_id: int) -> tuple[Order, bool]:
    """The order, and whether nothing is under way that its buyer would hear of."""
    return orders.get(tx, order_id), tx.first(UNDER_WAY, now=tx.now) is None


def _codes(tx: Tx, slug: str) -> dict[int, PastedCode]:
    return every_code(tx, catalog.product(tx, slug))


def _granted(tx: Tx, order: int) -> list[int]:
    return [row.code_id for row in tx.all(GRANTS, order=order)]


def _told_staff(tx: Tx, after: int) -> tuple[int, list[Spoken]]:
    rows = tx.all(TOLD_STAFF, after=after)
    said = [composing.compose(tx, DESK, unpack(row.payload["message"])) for row in rows if "message" in row.payload]
    return rows[-1].id if rows else after, said
