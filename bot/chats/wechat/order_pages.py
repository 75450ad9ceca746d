"""A buyer's orders as pages: the list, one of them as it stands, and its codes, which are shown on a press alone.

Programs that look what is behind a link look and don't press: what is only looked at reveals nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.chats.browser import files
from bot.chats.browser.show import Code, parts
from bot.chats.wechat.links import PLACE
from bot.chats.wechat.printed import guarded
from bot.chats.wechat.visits import NOT_SOLD, Guest, Visits, hearer, own
from bot.paging import is_number
from core import (
    cards,
    catalog,
    composing,
    customers,
    delivery,
    delivery_texts,
    guide_cards,
    guide_text,
    guides,
    orders,
    shortage,
)
from core.catalog import Product
from core.ground.db import Tx
from core.ground.messages import Lines, Message, Spoken, Text, Words, words
from core.ground.words import Hearer, clock_time, render
from core.guide_text import Button, Guide
from core.orders import Order, State

PAGE = 10

Sells = Callable[[str], bool]  # whether such goods may have a price here


@dataclass(frozen=True)
class Listed:
    number: str
    product: str
    quantity: int
    state: str
    at: str


@dataclass(frozen=True)
class Seen:
    """An order as its page shows it."""

    to: Hearer
    number: str
    product: str
    quantity: int
    state: str
    facts: Sequence[tuple[str, str]]  # each with its label
    says: Sequence[str]
    pays: bool
    codes: int  # that may be shown
    help: Sequence[str] = ()  # how they are redeemed, where there are codes
    pictures: Sequence[str] = ()
    redeem: Button | None = None


class OrderPages:
    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._shop = visits.shop

    def routes(self) -> list[Route]:
        return [
            Route(f"{PLACE}/orders", self.list, methods=["GET"]),
            Route(f"{PLACE}/orders/{{number}}", self.order, methods=["GET"]),
            Route(f"{PLACE}/orders/{{number}}/codes", self.codes, methods=["POST"]),
            Route(f"{PLACE}/orders/{{number}}/codes", self.back, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        """The orders of who is signed in, newest first."""
        guest = await self._visits.admitted(request)
        if isinstance(guest, Response):
            return guest
        asked = request.query_params.get("page", "")
        at = max(int(asked), 1) if is_number(asked) else 1
        accepts = request.headers.get("accept-language", "")
        to, found = await self._shop.db.read(_listed, guest, accepts, at)
        older = f"{PLACE}/orders?page={at + 1}" if len(found) > PAGE else ""
        return self._visits.printed.page("orders", to, found=found[:PAGE], older=older, guest=guest)

    async def order(self, request: Request) -> Response:
        """One order as it stands. Looking changes nothing, and shows no code."""
        number = request.path_params["number"]
        guest = await self._visits.admitted(request, number)
        if isinstance(guest, Response):
            return guest
        try:
            seen = await self._shop.db.read(_seen, guest, number, self._sells(guest))
        except orders.UnknownOrder:
            return await self._visits.nothing(request, guest)
        return self._page(guest, seen)

    async def codes(self, request: Request) -> Response:
        """Its codes, on a press: on the page, or as a file. Written down like every reveal."""
        number = request.path_params["number"]
        guest = await self._visits.admitted(request, number)
        if isinstance(guest, Response):
            return guest
        fields = await self._visits.pressed(request, guest, number)
        if fields is None:
            return await self._visits.sorry(request, guest, 403, words("browser-reload"), order=guest.page(number))
        try:
            name, leaving, _ = await self._shop.db.read(files.codes, guest.id, number, None)
            await self._shop.handing_over(leaving)
            message = await self._shop.db.write(_shown, guest, number)
            await self._shop.handing_over(message)  # what was granted between the two
            seen, spoken = await self._shop.db.read(_with_codes, guest, number, message, self._sells(guest))
        except files.NothingHere:
            return await self.back(request)
        except orders.UnknownOrder:
            return await self._visits.nothing(request, guest)
        if fields.get("as") == "txt":
            response = Response(files.written("txt", spoken.codes), media_type=files.TYPES["txt"])
            response.headers["content-disposition"] = f'attachment; filename="{name}.txt"'
            return guarded(response)
        return self._page(guest, seen, [code for part in parts(spoken) for code in part.codes])

    async def back(self, request: Request) -> Response:
        """A page of codes that is loaded anew is the order's page again."""
        number = request.path_params["number"]
        guest = await self._visits.admitted(request, number)
        return guest if isinstance(guest, Response) else guarded(RedirectResponse(guest.page(number), 303))

    def _sells(self, guest: Guest) -> Sells:
        return partial(self._visits.sells_to, guest)

    def _page(self, guest: Guest, seen: Seen, codes: Sequence[Code] = ()) -> Response:
        form = self._visits.form(guest, seen.number)
        return self._visits.printed.page("order", seen.to, seen=seen, guest=guest, form=form, shown=codes)


def _listed(tx: Tx, guest: Guest, accepts: str, page: int) -> tuple[Hearer, list[Listed]]:
    to = hearer(tx, guest, accepts)
    if not customers.is_known(tx, guest.id):
        return to, []
    person = customers.person(tx, guest.id)
    found = orders.newest(tx, person.customer, person.id, PAGE + 1, (page - 1) * PAGE)
    return to, [
        Listed(one.number, one.terms.name.in_(to.locale), one.quantity, _state(one, to), clock_time(one.placed_at, to))
        for one in found
    ]


def _state(order: Order, to: Hearer) -> str:
    return render(words(f"state-{order.state.value.replace('_', '-')}"), to)


def _seen(tx: Tx, guest: Guest, number: str, sells: Sells, *, shown: bool = False) -> Seen:
    person, order = own(tx, guest, number)
    product = catalog.by_id(tx, order.lines[0].product)
    prices = sells(product.goods)
    to = person.hears(tx)
    codes = len(delivery.given(tx, order))
    unpaid = order.state in orders.UNPAID
    texts = [*(_says(tx, order) if prices else NOT_SOLD if unpaid else []), *_of_codes(order, codes)]
    guide = guide_text.shown(body) if (body := guides.spoken(guides.find(tx, product), to.locale)[0]) else None
    return Seen(
        to=to,
        number=order.number,
        product=order.terms.name.in_(to.locale),
        quantity=order.quantity,
        state=_state(order, to),
        facts=[(render(label, to), value) for label, value in _facts(order, to, prices)],
        says=[render(text, to) for text in texts],
        pays=unpaid and prices,
        codes=codes,
        help=[render(text, to) for text in _help(tx, order, product, guide, shown)] if codes else (),
        pictures=[picture.name for picture in guide.pictures] if codes and guide else (),
        redeem=_button(order, guide) if codes else None,
    )


def _facts(order: Order, to: Hearer, prices: bool) -> list[tuple[Words, str]]:
    found = [(words("wechat-page-number"), order.number)]
    if prices:
        found.append((words("wechat-page-total"), order.total.shown(to.locale)))
    found.append((words("wechat-page-placed"), clock_time(order.placed_at, to)))
    if order.paid_at:
        found.append((words("wechat-page-paid"), clock_time(order.paid_at, to)))
    return found


def _says(tx: Tx, order: Order) -> list[Text]:
    """What the chat says of it, but for what the page shows anyway; what is to be chosen is chosen in the chat."""
    if order.state is State.AWAITING_PAYMENT:
        return [words("wechat-page-set-aside", time=order.expires_at)]
    if order.state is State.DELIVERED:
        return []
    message = shortage.stands(tx, order)
    if any(isinstance(text, Words) and text.key == "order-status" for text in message.paragraphs):
        return []
    chooses = [words("wechat-page-choose")] if any(choice.acts for choice in message.choices) else []
    return [*message.paragraphs, *chooses]


def _of_codes(order: Order, many: int) -> list[Text]:
    return [words("wechat-page-ready", n=many, noun=cards.noun(order))] if many else []


def _help(tx: Tx, order: Order, product: Product, guide: Guide | None, shown: bool) -> list[Text]:
    """How codes are redeemed; first what the shop says with them, where they are shown."""
    terms = order.terms
    anywhere = "yes" if terms.region == "global" else "no"
    where = words("redeem-here", region=cards.region(terms.region), anywhere=anywhere, url=terms.redeem_url)
    region = () if product.region == "global" else (guide_cards.region_of(product),)
    steps = (Lines(tuple(guide_cards.lines(guide, [*guide.steps, *guide.errors]))), *region) if guide else ()
    says = delivery_texts.filled(order, terms, order.quantity, tx.rules)
    reminded = tuple(delivery_texts.reminders(terms, cards.region(terms.region)))
    return [
        *([says] if shown and says else []),
        *([Lines(reminded)] if shown and reminded else []),
        *(steps or ([where] if terms.redeem_url else [])),
        words("wechat-page-trouble", days=terms.after_sale_days),
    ]


def _button(order: Order, guide: Guide | None) -> Button | None:
    """The guide's own, or where it was redeemed when it was bought."""
    if guide and guide.button:
        return guide.button
    return Button("", order.terms.redeem_url) if order.terms.redeem_url else None


def _shown(tx: Tx, guest: Guest, number: str) -> Message:
    person, order = own(tx, guest, number)
    return delivery.shown(tx, orders.locked(tx, order.id), person)


def _with_codes(tx: Tx, guest: Guest, number: str, message: Message, sells: Sells) -> tuple[Seen, Spoken]:
    spoken = composing.compose(tx, guest.id, message)
    return _seen(tx, guest, number, sells, shown=bool(spoken.codes)), spoken
