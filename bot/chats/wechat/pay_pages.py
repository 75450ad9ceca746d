"""Paying an order on a page: inside WeChat by its own programme, in a phone's browser on WeChat's page, else by a
picture to scan. A payment is opened on a press alone, never by looking, and opening it again is the same payment.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.buyers import paying as payments
from bot.chats.browser.origin import origin
from bot.chats.wechat.links import PLACE
from bot.chats.wechat.printed import guarded
from bot.chats.wechat.visits import NOT_SOLD, Guest, Visits, own, said
from bot.ways import Way
from core import cards, catalog, orders, pictures
from core.customers import Person
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Message, Text, words
from core.ground.money import Money
from core.ground.words import Hearer, render
from core.orders import Order, State
from core.parties import Device

FIRST = "wechat_pay"  # where several ways are offered
REFERRER = "strict-origin"  # WeChat's page for phones wants to see that one came from the shop


@dataclass(frozen=True)
class Paying:
    """Somebody before an unpaid order of theirs."""

    guest: Guest
    person: Person
    order: Order
    to: Hearer


@dataclass(frozen=True)
class Shown:
    """How the opened payment is paid on this page."""

    call: str = ""  # what WeChat's own programme is called with, as JSON
    link: str = ""
    picture: str = ""  # a code to scan, as a data: address
    says: Sequence[str] = ()


class PayPages:
    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._shop = visits.shop

    def routes(self) -> list[Route]:
        place = f"{PLACE}/orders/{{number}}"
        return [
            Route(f"{place}/pay", self.page, methods=["GET"]),
            Route(f"{place}/pay", self.open, methods=["POST"]),
            Route(f"{place}/paid", self.ive_paid, methods=["POST"]),
            Route(f"{place}/paid", self.page, methods=["GET"]),
            Route(f"{place}/state", self.state, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """What is to be paid, until when, and a button. Looking opens nothing."""
        paying = await self._paying(request)
        return paying if isinstance(paying, Response) else await self._page(paying)

    async def open(self, request: Request) -> Response:
        """Opens the payment where it will be paid."""
        paying = await self._paying(request)
        if isinstance(paying, Response):
            return paying
        offered, received = await payments.ways_to_pay(self._shop, paying.person, paying.order)
        if not offered:
            return await self._page(paying, payments.another_way(paying.order, offered, received).paragraphs)
        way = next((each for each in offered if each.rail.name == FIRST), offered[0])
        device = self._device(request, paying.guest, way)
        if device is None:
            return await self._page(paying, [words("wechat-page-pay-inside")])
        try:
            opening = await self._opened(request, paying, way, device)
        except ShopError as refusal:
            return await self._page(paying, [said(refusal)])
        if opening.payment is None:
            return await self._page(paying, payments.rail_is_down(opening.order, way.rail, ()).paragraphs)
        return await self._page(paying, opening=opening, device=device)

    def _device(self, request: Request, guest: Guest, way: Way) -> Device | None:
        return guest.browser.pays_on(way.rail.abilities.devices, _payer(guest), _address(request))

    async def _opened(self, request: Request, paying: Paying, way: Way, device: Device) -> payments.Opened:
        back = f"{self._shop.public_url}{paying.guest.page(paying.order.number, '/pay')}"
        return await payments.opened(
            self._shop,
            paying.person,
            paying.order,
            way,
            device=device,
            payer=_payer(paying.guest) if device == "inside" else "",
            address=_address(request) if device == "phone" else "",
            return_url=back,
        )

    async def ive_paid(self, request: Request) -> Response:
        """Asks the rail at once. Paid, it is the order's page; else what the chat would say."""
        paying = await self._paying(request)
        if isinstance(paying, Response):
            return paying
        message = await payments.ive_paid(self._shop, paying.person, paying.order.number)
        _, order = await self._shop.db.read(own, paying.guest, paying.order.number)
        if order.state not in orders.UNPAID:
            return _to_order(paying.guest, order)
        return await self._page(paying, message.paragraphs)

    async def state(self, request: Request) -> Response:
        """Whether it waits for its payment still: what the page asks now and then."""
        number = request.path_params["number"]
        guest = await self._visits.admitted(request, number, to_script=True)
        if isinstance(guest, Response):
            return guest
        try:
            _, order = await self._shop.db.read(own, guest, number)
        except orders.UnknownOrder:
            return await self._visits.nothing(request, guest)
        return guarded(JSONResponse({"waits": order.state in orders.UNPAID}))

    async def _paying(self, request: Request) -> Paying | Response:
        """Who pays what, if there is something to pay and this is the place; else what they see instead."""
        number = request.path_params["number"]
        guest = await self._visits.admitted(request, number)
        if isinstance(guest, Response):
            return guest
        try:
            person, order, to, goods = await self._shop.db.read(_own, guest, number)
        except orders.UnknownOrder:
            return await self._visits.nothing(request, guest)
        if order.state not in orders.UNPAID:
            return _to_order(guest, order)
        if not self._visits.sells_to(guest, goods):
            return await self._visits.sorry(request, guest, 200, *NOT_SOLD, order=guest.page(order.number))
        if request.method == "POST" and await self._visits.pressed(request, guest, number) is None:
            return await self._visits.sorry(
                request, guest, 403, words("browser-reload"), pay=guest.page(order.number, "/pay")
            )
        return Paying(guest, person, order, to)

    async def _page(
        self,
        paying: Paying,
        says: Sequence[Text] = (),
        *,
        opening: payments.Opened | None = None,
        device: Device = "scan",
    ) -> Response:
        order = opening.order if opening else paying.order
        _, received = await payments.ways_to_pay(self._shop, paying.person, order)
        return self._visits.printed.page(
            "pay",
            paying.to,
            referrer=REFERRER,
            guest=paying.guest,
            number=order.number,
            about=[render(text, paying.to) for text in _about(order, received).paragraphs],
            says=[render(text, paying.to) for text in says],
            due=render(words("choose-pay", total=order.total - received), paying.to),
            form=self._visits.form(paying.guest, order.number),
            shown=_shown(opening, device, paying) if opening else None,
        )


def _own(tx: Tx, guest: Guest, number: str) -> tuple[Person, Order, Hearer, str]:
    """With what kind of goods it is for."""
    person, order = own(tx, guest, number)
    return person, order, person.hears(tx), catalog.by_id(tx, order.lines[0].product).goods


def _about(order: Order, received: Money) -> Message:
    """The order as the chat tells it."""
    if order.state is State.UNDERPAID:
        return cards.underpaid(order, received)
    return cards.pay_here(
        order, None, several_rails=False, with_phrase=False, credit=received if received.amount else None
    )


def _payer(guest: Guest) -> str:
    """Who pays inside WeChat: only whom WeChat itself has named."""
    return guest.openid if guest.signed_in else ""


def _address(request: Request) -> str:
    return origin(request, "", "").get("ip", "")


def _shown(opening: payments.Opened, device: Device, paying: Paying) -> Shown:
    payment = opening.payment
    assert payment is not None  # noqa: S101  the page of a rail that is down shows no payment
    browser = paying.guest.browser
    says: list[Text] = [payment.says] if payment.says else []
    if payment.qr:
        how = "inside" if browser.inside else "phone" if browser.phone else "desk"
        says.append(words(f"wechat-page-scan-{how}"))
    return Shown(
        call=json.dumps(dict(payment.call)) if payment.call else "",
        link=payment.link or "",
        picture=f"data:image/png;base64,{b64encode(pictures.to_scan(payment.qr)).decode()}" if payment.qr else "",
        says=[render(text, paying.to) for text in says],
    )


def _to_order(guest: Guest, order: Order) -> Response:
    return guarded(RedirectResponse(guest.page(order.number), 303))
