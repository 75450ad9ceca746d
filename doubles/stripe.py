"""Stripe as a real server: Checkout Sessions with their pay page, refunds, events, disputes, and signed notices.

For the shop, with its API key: /v1/checkout/sessions, /v1/payment_intents, /v1/refunds, /v1/events, /v1/disputes,
/v1/account, as docs.stripe.com/api describes them. POSTs are idempotent by their key, which is forgotten after a day.
For the buyer: GET and POST /c/pay/ID. Notices go to `endpoint`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import html
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from doubles import stripe_objects as objects
from doubles.serving import Served
from doubles.stripe_books import Books, Thing
from doubles.stripe_faults import Call, Faults
from doubles.stripe_notices import Courier
from doubles.stripe_terms import Refused, missing, taken_apart, whole
from doubles.telling import Told

DAY = 24 * 3600
Answer = Callable[[Request, dict[str, Any]], Thing]


class Lost(Response):
    """An answer that never arrives: it is announced, then the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})


@dataclass
class Kept:
    """The answer to an Idempotency-Key."""

    asked: tuple[str, str]
    at: float
    status: int
    body: Thing


def now() -> datetime:
    return datetime.now(UTC)


class Stripe:
    """The provider. `app` is its ASGI app; `served()` runs it on this machine."""

    def __init__(
        self,
        *,
        api_key: str,
        secret: str,
        account: str = "acct_1MikaShop",
        endpoint: str = "",
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.faults = Faults()
        self.account = objects.account(account)
        self.url = ""  # where it is served
        self._api_key = api_key
        self._now = lambda: clock().timestamp()
        self.courier = Courier(secret, self.faults, self._now)
        self.courier.endpoint = endpoint
        self.books = Books(livemode="_live_" in api_key, now=self._now, tell=self._tell)
        self.calls: list[tuple[str, str]] = []  # what was asked for: the name of the call, and its Idempotency-Key
        self._kept: dict[str, Kept] = {}
        sessions = "/v1/checkout/sessions"
        self.app = Starlette(
            routes=[
                self._route("open", sessions, self._open, "POST"),
                self._route("sessions", sessions, self._sessions),
                self._route("session", sessions + "/{id}", self._session),
                self._route("expire", sessions + "/{id}/expire", self._expire, "POST"),
                self._route("session", "/v1/payment_intents/{id}", self._intent),
                self._route("refund", "/v1/refunds", self._refund, "POST"),
                self._route("refunds", "/v1/refunds", self._refunds),
                self._route("refunds", "/v1/refunds/{id}", lambda request, _: self.books.refunds[_id(request)]),
                self._route("events", "/v1/events", self._events),
                self._route("events", "/v1/disputes", self._disputes),
                self._route("account", "/v1/account", lambda *_: self.account),
                Route("/c/pay/{id}", self._page, methods=["GET"]),
                Route("/c/pay/{id}", self._press, methods=["POST"]),
            ],
            lifespan=self._delivering,
        )

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = self.books.base = server.url
            yield server.url

    @contextlib.asynccontextmanager
    async def _delivering(self, _: Starlette) -> AsyncIterator[None]:
        async with self.courier.working():
            yield

    def _tell(self, event: Thing) -> None:
        if self.faults.old_version and event["data"]["object"]["object"] == "charge":
            about = event["data"]["object"]
            made = [each for each in self.books.refunds.values() if each["charge"] == about["id"]]
            about["refunds"] = objects.listed(deepcopy(made[::-1]), False, f"/v1/charges/{about['id']}/refunds")
        self.courier.send(event)

    # What happens in the world

    async def pay(self, key: str, *, slow: bool = False) -> str:
        """The buyer of that order pays: its PaymentIntent. The shop has been told, if it answers at all."""
        intent = self.books.pay(self.books.behind(key), slow=slow)
        await self.courier.settled()
        return intent["id"]

    def told(self, key: str) -> Told:
        """The newest notice about that order's session, signed now, and not sent. Raises LookupError."""
        found = [
            event
            for event in self.books.events.values()
            if event["data"]["object"].get("client_reference_id") == key
        ]  # fmt: skip
        if not found:
            raise LookupError(f"nothing has happened to {key}")
        return self.courier.told(found[-1])

    def last(self, kind: str) -> Told:
        """The newest notice of a kind of event, signed now. Raises LookupError."""
        found = [event for event in self.books.events.values() if event["type"] == kind]
        if not found:
            raise LookupError(f"there was no {kind}")
        return self.courier.told(found[-1])

    def tell_again(self) -> None:
        """Tell the shop everything once more."""
        for event in list(self.books.events.values()):
            self.courier.send(event)

    # The shop's side

    def _route(self, call: Call, path: str, answer: Answer, method: str = "GET") -> Route:
        async def answered(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, f"Bearer {self._api_key}".encode()):
                return refusal(Refused(401, "Invalid API Key provided: sk_test_*****", "api_key_invalid"))
            key = request.headers.get("idempotency-key", "")
            form = (await request.body()).decode() if method == "POST" else request.url.query
            self.calls.append((call, key))
            trouble = self.faults.meet(call)
            match trouble:
                case "broken":
                    return refusal(Refused(503, "Try again", kind="api_error"))
                case "busy":
                    return refusal(Refused(429, "Too many requests", "rate_limit"))
                case "nonsense":
                    return JSONResponse({"object": [], "id": 5})
                case "silent":
                    await gone(request)
                    return Lost()
            made = self._once(key, request, form, answer, broken=trouble == "failed")
            return Lost() if trouble == "lost" else made

        return Route(path, answered, methods=[method])

    def _once(self, key: str, request: Request, form: str, answer: Answer, *, broken: bool) -> Response:
        """Carry a POST out once per key. A refusal of its parameters is not kept: nothing has begun by then."""
        asked = (request.url.path, form)
        kept = self._kept.get(key) if key else None
        if kept and self._now() - kept.at < DAY:
            if kept.asked != asked:
                message = f"Keys for idempotent requests can only be used with the same parameters: {key}"
                return refusal(Refused(400, message, kind="idempotency_error"))
            return JSONResponse(kept.body, kept.status, headers={"Idempotent-Replayed": "true"})
        try:
            if broken:
                status, body = 500, Refused(500, "An unknown error occurred", kind="api_error").error
            else:
                status, body = 200, deepcopy(answer(request, taken_apart(form)))
        except Refused as refused:
            return refusal(refused)
        except (KeyError, TypeError, AttributeError):
            return refusal(Refused(400, "Missing required param", "parameter_missing"))
        if key:
            self._kept[key] = Kept(asked, self._now(), status, body)
        return JSONResponse(body, status)

    def _open(self, _: Request, asked: dict[str, Any]) -> Thing:
        return self.books.open(asked)

    def _session(self, request: Request, asked: dict[str, Any]) -> Thing:
        return self.books.whole(self.books.session(_id(request)), asked.get("expand", []))

    def _expire(self, request: Request, _: dict[str, Any]) -> Thing:
        if self.faults.races:
            self.faults.races = False
            self.books.pay(self.books.session(_id(request)))
        return self.books.expire(_id(request))

    def _intent(self, request: Request, _: dict[str, Any]) -> Thing:
        found = self.books.intents.get(_id(request))
        if found is None:
            raise missing("payment_intent", _id(request))
        return found

    def _refund(self, _: Request, asked: dict[str, Any]) -> Thing:
        amount = whole(asked["amount"], "amount") if "amount" in asked else None
        return self.books.give_back(asked["payment_intent"], amount, asked.get("metadata", {}), self.faults.refunds)

    def _sessions(self, request: Request, asked: dict[str, Any]) -> Thing:
        for made in list(self.books.sessions):
            self.books.session(made)
        return listing(request, asked, self.books.sessions, "status", "payment_intent")

    def _refunds(self, request: Request, asked: dict[str, Any]) -> Thing:
        return listing(request, asked, self.books.refunds, "payment_intent", "charge")

    def _events(self, request: Request, asked: dict[str, Any]) -> Thing:
        month_ago = self._now() - 30 * DAY
        kept = {made: each for made, each in self.books.events.items() if each["created"] >= month_ago}
        wanted = asked.pop("types", None)
        if wanted:
            kept = {made: each for made, each in kept.items() if each["type"] in wanted}
        return listing(request, asked, kept, "type")

    def _disputes(self, request: Request, asked: dict[str, Any]) -> Thing:
        return listing(request, asked, self.books.disputes, "payment_intent", "charge")

    # The buyer's side

    async def _page(self, request: Request) -> Response:
        found = self._shown(request)
        if found is None:
            return HTMLResponse("<h1>Something went wrong</h1><p>The page could not be found.", 404)
        buttons = '<button name="do" value="pay">Pay</button><button name="do" value="slow">Pay by bank debit</button>'
        body = f'<form method="post">{buttons}</form>' if found["status"] == "open" else f"<p>{found['status']}"
        title = html.escape(f"{found['amount_total']} {found['currency']}")
        return HTMLResponse(f"<!doctype html><title>{title}</title><h1>{title}</h1>{body}")

    async def _press(self, request: Request) -> Response:
        found = self._shown(request)
        if found is None:
            return HTMLResponse("", 404)
        pressed = (await request.form()).get("do")
        try:
            self.books.pay(found, slow=pressed == "slow")
        except Refused:
            return RedirectResponse(request.url.path, 303)
        return RedirectResponse(found["success_url"], 303)

    def _shown(self, request: Request) -> Thing | None:
        with contextlib.suppress(Refused):
            return self.books.session(_id(request))
        return None


def listing(request: Request, asked: dict[str, Any], things: dict[str, Thing], *filters: str) -> Thing:
    """The newest first, as many as were asked for, from where the last page ended. Raises Refused."""
    limit = whole(asked.pop("limit", "10"), "limit")
    after, created = asked.pop("starting_after", None), asked.pop("created", {})
    if not 1 <= limit <= 100 or (after and after not in things):
        raise Refused(400, "Invalid pagination", "", "limit")
    if unknown := asked.keys() - set(filters):
        raise Refused(400, f"Received unknown parameter: {min(unknown)}", "parameter_unknown", min(unknown))
    found = [each for each in reversed(things.values()) if all(each[name] == value for name, value in asked.items())]
    found = [each for each in found if within(each["created"], created)]
    if after:
        found = found[[each["id"] for each in found].index(after) + 1 :]
    return objects.listed(found[:limit], len(found) > limit, request.url.path)


def within(moment: int, created: dict[str, str]) -> bool:
    compare = {"gte": moment.__ge__, "gt": moment.__gt__, "lt": moment.__lt__, "lte": moment.__le__}
    return all(compare[name](whole(value, "created")) for name, value in created.items())


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def refusal(refused: Refused) -> Response:
    return JSONResponse(refused.error, refused.status)


async def gone(request: Request) -> None:
    """Until the caller has given up, a minute at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while (await request.receive())["type"] != "http.disconnect":
                pass
