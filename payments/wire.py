"""What rails have in common: JSON from outside read strictly, and one way of calling a provider by HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.ground.errors import PartyError, PartySilent

FOR_NOW = (401, 403, 429)  # our key can be mended, our haste as well: nothing happened, and it may yet
LARGEST = 64 * 1024  # bytes of a notice
ANSWER = 4 * LARGEST  # and of an answer
PATIENCE = httpx.Timeout(10.0, connect=3.0)
READS = 4  # times that a page is asked for in one look
AT_ONCE = 3.0  # seconds; a provider that takes longer to say nothing is left alone

Word = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$")]
Link = Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[\x21-\x7e]+$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,5}$")]
Amount = Annotated[int, Field(gt=0, lt=10**15)]  # minor units


class Foreign(BaseModel):
    """JSON from outside: no float is an amount, no number is a word, true is not 1."""

    model_config = ConfigDict(strict=True, frozen=True)


class Misunderstood(PartyError):
    """An answer that is not in the form the provider's answers have."""


Shape = TypeVar("Shape", bound=Foreign)
Answer = TypeVar("Answer")


def understood(shape: type[Shape], answer: bytes | None) -> Shape:
    """An answer in the form it should have. Raises Misunderstood."""
    try:
        return shape.model_validate_json(answer or b"")
    except ValidationError:
        raise Misunderstood("the provider's answer makes no sense to us") from None


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object or a form. Raises ValueError if a name is in it twice: readers would differ in which one counts."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name twice")
    return made


def as_written(text: bytes) -> dict[str, Any]:
    """A JSON object whose numbers stay the text they were written as. Raises ValueError."""
    try:
        made = json.loads(text, object_pairs_hook=once, parse_int=str, parse_float=str)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(made, dict):
        raise ValueError("no object")
    return made


def now() -> datetime:
    return datetime.now(UTC)


def client(base_url: str = "", **settings: Any) -> httpx.AsyncClient:
    """A client that follows nobody elsewhere and takes no proxy from the environment."""
    return httpx.AsyncClient(base_url=base_url, timeout=PATIENCE, follow_redirects=False, trust_env=False, **settings)


async def sent(http: httpx.AsyncClient, method: str, path: str, **content: Any) -> httpx.Response:
    """Whatever is answered. Raises PartyError where nobody was reached, PartySilent where no answer came back."""
    try:
        return await http.request(method, path, **content)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise PartyError(f"{path}: not reached ({type(error).__name__})") from None
    except httpx.HTTPError as error:
        raise PartySilent(f"{path}: no answer ({type(error).__name__})") from None


async def read_again(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """A page of a list: asked for anew where no answer came, for a look that starts from its first page never ends
    on a bad line. For what changes nothing there. Raises as `ask`, after READS times or where the first took long.
    """
    until = time.monotonic() + AT_ONCE
    for _ in range(READS - 1):
        try:
            return await ask()
        except PartySilent:
            if time.monotonic() > until:
                raise
    return await ask()


async def call(
    http: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    missing: bool = False,
    why: Callable[[httpx.Response], str] = lambda answer: "",
    **content: Any,
) -> bytes | None:
    """One call; its answer's bytes, None for a 404 that was allowed for.

    Raises PartyError if it can't have had an effect, PartySilent if it may have had one. `why` reads the provider's
    own word for a refusal, which goes into logs: nothing secret.
    """
    answer = await sent(http, method, path, **content)
    if answer.is_success and len(answer.content) <= ANSWER:
        return answer.content
    if answer.status_code == 404 and missing:
        return None
    if 400 <= answer.status_code < 500 and answer.status_code not in (408, 425):
        refused = f"{path}: refused with {answer.status_code}{why(answer)}"
        raise PartyError(refused, permanent=answer.status_code not in FOR_NOW)
    raise PartySilent(f"{path}: answered {answer.status_code}")
