"""Calls of Stripe's API by its own library, over our own client, with its answers read strictly."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Generic, TypedDict, TypeVar

import stripe

from core.ground.errors import PartyError, PartySilent
from payments.stripe_objects import Event, Refund, Session
from payments.wire import FOR_NOW, Foreign, Misunderstood, client, read_again, sent, understood

stripe.enable_telemetry = False  # it would tell of this machine, and keep a file in the home folder to know it again

LARGEST_ANSWER = 4 * 1024 * 1024  # bytes: a hundred sessions are half a megabyte
WORD = re.compile(r"[a-z_]{1,60}")
Shape = TypeVar("Shape", bound=Foreign)
Listed = TypeVar("Listed", Session, Refund, Event)


class Page(Foreign, Generic[Listed]):
    data: list[Listed]
    has_more: bool


class After(TypedDict, total=False):
    starting_after: str


class Missing(PartyError):
    """Stripe knows of no such thing."""


class Repeated(PartyError):
    """An Idempotency-Key was used before: with other parameters, or for a call that broke, which Stripe keeps too."""


class Wire(stripe.HTTPClient):
    """The SDK's calls by our own client: no proxy out of the environment, no redirects, ten seconds, a bounded answer.

    Raises PartyError and PartySilent as `sent` does. What is answered is the SDK's to read.
    """

    name = "httpx"

    def __init__(self) -> None:
        super().__init__()
        self.http = client()

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        answer = await sent(self.http, method, url, headers=dict(headers), content=post_data)
        if len(answer.content) > LARGEST_ANSWER:
            raise PartySilent("Stripe answered with more than an answer has")
        return answer.content, answer.status_code, answer.headers

    async def close_async(self) -> None:
        await self.http.aclose()


async def answered(asking: Awaitable[stripe.StripeObject]) -> stripe.StripeResponse:
    """What Stripe answered, as it came. Raises PartyError, and PartySilent where it may have had its effect."""
    try:
        answer = (await asking).last_response
    except stripe.StripeError as error:
        raise trouble(error) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # 16.1 stumbles over JSON of another shape
        raise Misunderstood(f"Stripe's library can't read the answer ({type(error).__name__})") from None
    if answer is None:
        raise Misunderstood("Stripe's library can't read the answer")
    return answer


async def one(shape: type[Shape], asking: Awaitable[stripe.StripeObject]) -> Shape | None:
    """The thing as Stripe has it; None where it knows of none."""
    try:
        return understood(shape, (await answered(asking)).body.encode())
    except Missing:
        return None


async def every(shape: type[Listed], ask: Callable[[After], Awaitable[stripe.StripeObject]]) -> AsyncIterator[Listed]:
    """All of a list, newest first, page by page. `ask` is given where the page before ended."""
    after: After = {}
    while True:
        answer = await read_again(lambda: answered(ask(after)))  # noqa: B023  called before `after` is another
        page = understood(Page[shape], answer.body.encode())
        for one in page.data:
            yield one
        if not page.has_more or not page.data or page.data[-1].id == after.get("starting_after"):
            return
        after = {"starting_after": page.data[-1].id}


def trouble(error: stripe.StripeError) -> PartyError:
    """A refusal as the shop takes it. Its words are not Stripe's, which may quote what was sent."""
    status = error.http_status or 0
    code = error.code if isinstance(error.code, str) and WORD.fullmatch(error.code) else "without a code"
    refused = f"Stripe refused with {status} ({type(error).__name__}, {code})"
    broke_before = status >= 500 and (error.headers or {}).get("idempotent-replayed") == "true"
    if isinstance(error, stripe.IdempotencyError) or broke_before:
        return Repeated(refused)
    if status == 404:
        return Missing(refused, permanent=True)
    if 400 <= status < 500 and status not in (408, 409, 425):  # 409: the same call is being carried out just now
        return PartyError(refused, permanent=status not in FOR_NOW)
    return PartySilent(f"Stripe answered {status}")
