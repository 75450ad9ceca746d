"""One purchase as a rehearsal plays it, from hello to the code, with the staff's part where there is one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import bindparam, select

from bot.said import Said
from bot.staff import staff as desk
from core import cards, catalog, customers, hiring, inventory, orders, reconcile, staff
from core.catalog import Product
from core.ground.db import Tx
from core.ground.messages import Text, words
from core.ground.words import Hearer, render
from core.orders import Order, State
from core.units import Obligation
from mika.stock_opened import set_aside_for
from mika.transcript import Line, Who
from mika.visitors import Heard, Visitor
from mika.wiring import House

PATIENCE = 20.0  # seconds for an answer that takes milliseconds
BY_HAND = "rehearsed, nothing was really done"
COLLEAGUE = ("desk", "rehearsal")
READS = 2.1  # seconds: whoever orders in less than a person takes is looked at
GRANTED = select(inventory.grants.c.unit_id, inventory.grants.c.code_id).where(
    inventory.grants.c.unit_id.in_(bindparam("units", expanding=True)), inventory.grants.c.superseded_by.is_(None)
)


class WentWrong(Exception):
    """The purchase did not go as purchases go. The text says where it stopped, without a code."""


@dataclass
class Play:
    """A purchase under way: who buys, what was set aside, how long things took."""

    house: House
    visitor: Visitor
    locale: str
    write: Callable[[str], None]
    figures: dict[str, float] = field(default_factory=dict)
    expected: list[str] = field(default_factory=list, repr=False)  # what the buyer must get to see
    aside: dict[int, int] = field(default_factory=dict)  # of each unit, the code that was set aside for it

    async def buy(self, slug: str) -> None:
        """The whole purchase. Raises WentWrong."""
        begun = time.monotonic()
        order = await self.order(slug)
        await self._pay(order)
        paid = time.monotonic()
        await self._receive()
        self.figures["paid_to_code_seconds"] = _since(paid)
        await self._look_behind(order)
        self.figures["seconds"] = _since(begun)

    async def order(self, slug: str) -> Order:
        """From hello to the pay page. Raises WentWrong."""
        begun = time.monotonic()
        product, several_regions, brand = await self.house.shop.db.read(_about, slug)
        await self.says(self.visitor.greeting)
        self.figures["first_answer_seconds"] = _since(begun)
        await self.picks(words("choose-shelf"))
        await self.picks(brand.name)
        if several_regions:
            await self.picks(cards.region(product.region))
        price = product.price(1, self.house.shop.rules.currency)
        await self.picks(words("choose-product", product=product.name, price=price))
        await asyncio.sleep(READS)
        await self.picks(words("choose-buy-one", measure=cards.measure(product.measure)))
        self.figures["order_seconds"] = _since(begun)
        return await self._set_aside()

    async def _set_aside(self) -> Order:
        order, codes = await self.house.shop.db.read(_newest)
        for unit, found in codes.items():
            self.aside[unit] = found[0]
            self.expected += [secret.reveal() for _, secret in found[1].fields]
        if not codes:
            self.expected.append(BY_HAND)
        return order

    async def _pay(self, order: Order) -> None:
        label = self.words(words("choose-pay", total=order.total))
        self.line("buyer", f"[{label}]")
        self.does("pays")
        try:
            await self.visitor.pays(label)
        except KeyError:
            raise WentWrong(f"the shop did not offer [{label}]") from None

    async def _receive(self) -> None:
        """Reads until all that was bought is there; staff do their part when the shop waits for them."""
        while True:
            heard = await self.hears()
            if all(value in heard.text for value in self.expected):
                return
            await self._staff_part()

    async def _staff_part(self) -> None:
        order, _ = await self.house.shop.db.read(_newest)
        if order.state is State.IN_REVIEW:
            self.does("approves")
            await self._at_desk(press=f"approve {order.number}")
        elif order.owing(Obligation.LATER):
            self.does("releases")
            await self._at_desk(press=f"release {order.number}")
        elif order.owing(Obligation.BY_HAND):
            self.does("by-hand")
            await self._at_desk(press=f"fulfil {order.number}")
            await self._at_desk(text=BY_HAND)

    async def _at_desk(self, text: str = "", press: str | None = None) -> None:
        await self.house.shop.db.write(employ)
        said = Said(*COLLEAGUE, key=f"rehearsal-{time.monotonic_ns()}", text=text, press=press, locale=self.locale)
        await desk.answer(self.house.shop, said)

    async def _look_behind(self, order: Order) -> None:
        """What the buyer got is what was set aside, and everything that must hold does."""
        async with asyncio.timeout(PATIENCE):
            while (await self.house.shop.db.read(orders.get, order.id)).state is not State.DELIVERED:
                await self.house.shop.db.wait_for("outbox", timeout=0.05)
        granted = await self.house.shop.db.read(_granted, list(self.aside))
        if granted != self.aside:
            raise WentWrong("another code was handed over than was set aside")
        if findings := await self.house.shop.db.read(reconcile.check):
            raise WentWrong(str(findings[0]))

    # Saying and hearing

    async def says(self, text: str) -> Heard:
        self.line("buyer", text)
        await self.visitor.says(text)
        return await self.hears()

    async def picks(self, label: Text) -> Heard:
        said = self.words(label)
        self.line("buyer", f"[{said}]")
        try:
            await self.visitor.picks(said)
        except KeyError:
            raise WentWrong(f"the shop did not offer [{said}]") from None
        return await self.hears()

    async def hears(self) -> Heard:
        try:
            async with asyncio.timeout(PATIENCE):
                heard = await self.visitor.hears()
        except TimeoutError:
            raise WentWrong(f"the shop said nothing for {PATIENCE:.0f} seconds") from None
        self.shows("shop", heard.text, heard.choices)
        return heard

    # The transcript

    def line(self, who: Who, text: str) -> None:
        self.write(Line.said(who, self.masked(text)))

    def does(self, what: str, n: int = 0) -> None:
        """Something that happens without a word."""
        self.write(Line.done(what, n))

    def shows(self, who: Who, text: str, choices: Collection[str]) -> None:
        """What was read, and what could be chosen."""
        offered = [" ".join(f"[{label}]" for label in choices)] if choices else []
        self.line(who, "\n".join([text.strip(), *offered]))

    def words(self, text: Text) -> str:
        return render(text, Hearer(self.locale, datetime.now(UTC)))

    def masked(self, text: str) -> str:
        """Codes as their last four characters; what is too short for that, not at all."""
        for value in self.expected if self.aside else ():
            text = text.replace(value, "…" + (value[-4:] if len(value) > 8 else ""))
        return text


def _since(moment: float) -> float:
    return round(time.monotonic() - moment, 3)


def _about(tx: Tx, slug: str) -> tuple[Product, bool, catalog.Brand]:
    product = catalog.product(tx, slug)
    brand = next(brand for brand in catalog.on_sale(tx) if brand.slug == product.brand)
    return product, len({other.region for other in catalog.of_brand(tx, brand.slug)}) > 1, brand


def _newest(tx: Tx) -> tuple[Order, dict[int, tuple[int, inventory.PastedCode]]]:
    """The copy's one order, with the codes that are set aside for it."""
    found = orders.latest(tx, 1)
    if not found:
        raise WentWrong("no order was placed")
    codes = {unit.id: code for unit in found[0].units if (code := set_aside_for(tx, unit.id))}
    return found[0], codes


def _granted(tx: Tx, units: list[int]) -> dict[int, int]:
    return {unit: code for unit, code in tx.all(GRANTED, units=units)}


def employ(tx: Tx) -> None:
    """Somebody works at the desk. A repeat changes nothing."""
    person = customers.meet(tx, *COLLEAGUE, "Rehearsal", None, None)
    if not staff.is_staff(tx, person.id):
        hiring.enter(tx, hiring.invite(tx, "Rehearsal"), person.id)
