"""/hooks/RAIL: what a provider tells us is verified, stored and acknowledged. Nothing else happens here."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.contextvars import bind_contextvars

from core import notices
from core.ground import inbox, nets
from core.ground.errors import ForgedNotice
from core.ground.trails import mark
from core.notices import Notice
from core.parties import PaymentRail
from core.shop import Shop

LARGEST = 256 * 1024  # bytes of a notice
PATIENCE = 10.0  # seconds for all of it to arrive
FORGERIES = 60  # a minute and address; then its notices wait, the provider's too if it shares the address
ADDRESSES = 10_000  # remembered
REFUSALS = 10  # a minute and rail
LONGEST_EVENT = 200  # characters, as the inbox keeps them

log = structlog.get_logger()


class Strangers:
    """Counts by address what could not be verified, minute by minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()  # address: (minute, how many)

    def tired_of(self, address: str) -> bool:
        minute, count = self._seen.get(address, (0, 0))
        return count >= self._most and minute == this_minute()

    def note(self, address: str) -> None:
        minute, count = self._seen.pop(address, (0, 0))
        self._seen[address] = (this_minute(), count + 1 if minute == this_minute() else 1)
        if len(self._seen) > ADDRESSES:
            self._seen.popitem(last=False)


class Kept:
    """How many refusals a minute and rail are written down for staff: strangers don't fill our database."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: Counter[tuple[str, int]] = Counter()

    def has_room(self, rail: str) -> bool:
        minute = this_minute()
        self._seen = Counter({one: many for one, many in self._seen.items() if one[1] == minute})
        self._seen[rail, minute] += 1
        return self._seen[rail, minute] <= self._most


def hook_route(shop: Shop, strangers: Strangers) -> Route:
    kept = Kept(REFUSALS)

    async def heard(request: Request) -> Response:
        rail = shop.payments.get(request.path_params["rail"])
        if rail is None or not rail.listens:
            return Response(status_code=404)
        address = neighbourhood(request)
        if strangers.tired_of(address):
            return Response(status_code=429, headers={"Retry-After": "60"})

        try:
            async with asyncio.timeout(PATIENCE):
                body = await capped(request)
            query = once(request.query_params.multi_items())
            notice = rail.read(folded(request.headers.items()), body, query)
            if notice and not storable(notice):
                raise ForgedNotice("the name of its event can't be stored")
        except TimeoutError:
            return Response(status_code=408, headers={"Connection": "close"})
        except TooBig:
            strangers.note(address)
            return Response(status_code=413, headers={"Connection": "close"})
        except ClientDisconnect:
            return Response(status_code=400)
        except ForgedNotice as error:
            strangers.note(address)
            log.warning("forged notice", rail=rail.name, why=str(error), address=address)
            if kept.has_room(rail.name):
                await keep_refusal(shop, rail.name, str(error))
            return Response(status_code=400)

        return await stored(shop, rail, notice)

    return Route("/hooks/{rail}", heard, methods=["GET", "POST"])  # some providers tell by GET


async def stored(shop: Shop, rail: PaymentRail, notice: Notice | None) -> Response:
    """Kept first, then thanked for. One that says nothing of money is only thanked for."""
    try:
        if notice:
            bind_contextvars(heard=mark(rail.name, notice.event))
            await shop.db.write(notices.store, notice)
    except Exception as error:  # whatever it is: the provider keeps the notice and tells us again
        log.error("a notice could not be stored", rail=rail.name, why=type(error).__name__)
        return Response(status_code=503, headers={"Retry-After": "5"})
    status, kind, content = rail.acknowledgement()
    return Response(content, status, media_type=kind)


async def keep_refusal(shop: Shop, rail: str, why: str) -> None:
    """For staff, if it can be written down; who forged hears the same whatever becomes of our database."""
    try:
        await shop.db.write(inbox.refuse, rail, why)
    except Exception as error:
        log.error("a refusal could not be written down", rail=rail, why=type(error).__name__)


def storable(notice: Notice) -> bool:
    return 0 < len(notice.event) <= LONGEST_EVENT and notice.event.isprintable()


class TooBig(Exception):
    """More bytes came, or were announced, than a notice has."""


async def capped(request: Request) -> bytes:
    """The whole body. Raises TooBig before more than LARGEST bytes are held."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > LARGEST:
        raise TooBig
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise TooBig
    return bytes(body)


def folded(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; one that came twice is one value with a comma (RFC 9110, 5.3).

    So a rail that expects one signature sees that there were two.
    """
    made: dict[str, str] = {}
    for name, value in headers:
        made[name.lower()] = f"{made[name.lower()]}, {value}" if name.lower() in made else value
    return made


def once(parameters: list[tuple[str, str]]) -> dict[str, str]:
    """The query. Raises ForgedNotice if a name is in it twice: readers would differ in which one counts."""
    made = dict(parameters)
    if len(made) != len(parameters):
        raise ForgedNotice("a parameter came twice")
    return made


def neighbourhood(request: Request) -> str:
    """Who sent it: an IPv4 address, or the /64 network that one IPv6 customer has."""
    host = request.client.host if request.client else ""
    return nets.of(host) or "unknown"


def this_minute() -> int:
    return int(time.monotonic() // 60)
