"""What a call of an account's brings, and who answers it: each call is a function, found by its path."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from doubles.wechat_accounts import Account
from doubles.wechat_refused import Refused

if TYPE_CHECKING:
    from doubles.wechat_world import World

Needs = Literal["", "verified", "service", "menus"]
ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


@dataclass(slots=True)
class Given:
    """What came in the address and the body. `json` and `file` are None where there was none."""

    query: dict[str, str]
    json: Any = None
    file: tuple[str, bytes] | None = None  # name, data
    host: str = ""

    def body(self) -> dict[str, Any]:
        """Raises Refused 47001 if the body is no JSON object."""
        if not isinstance(self.json, dict):
            raise Refused(47001)
        return self.json

    def __str__(self) -> str:
        return f"{self.query} {self.json or ''}".strip()


Function = Callable[["World", Account, Given], "dict[str, Any] | Response"]


@dataclass(frozen=True, slots=True)
class Method:
    http: Literal["GET", "POST", "ANY"]
    function: Function
    needs: Needs


CALLS: dict[str, Method] = {}  # with an access token, by path


def call(http: Literal["GET", "POST", "ANY"], path: str, needs: Needs = "") -> Callable[[Function], Function]:
    def kept(function: Function) -> Function:
        CALLS[path] = Method(http, function, needs)
        return function

    return kept


def allowed(account: Account, needs: Needs) -> None:
    """Raises Refused 48001 where this kind of account may not."""
    may = {
        "": True,
        "verified": account.verified,
        "service": account.service,
        "menus": account.verified or account.kind == "service",
    }
    if not may[needs]:
        raise Refused(48001)


async def brought(request: Request) -> Given:
    given = Given(dict(request.query_params), host=request.client.host if request.client else "")
    if request.method != "POST":
        return given
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form() as form:
            sent = form.get("media")
            if isinstance(sent, UploadFile):
                given.file = (sent.filename or "", await sent.read())
        return given
    body = await request.body()
    try:
        given.json = json.loads(unescaped(body)) if body else None
    except ValueError:
        given.json = None
    return given


def unescaped(body: bytes) -> bytes:
    r"""The platform knows no \u4f60, which is shown as it is written; it knows what can't be written otherwise."""
    if b"\\u" not in body:
        return body

    def kept(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return b"\\\\u" + code if code and int(code, 16) >= 0x80 else found[0]

    return ESCAPE.sub(kept, body)


@dataclass(slots=True)
class Call:
    """One call of an account's."""

    at: float  # time.monotonic()
    path: str
    name: str  # the path without /cgi-bin/
    given: Given = field(default_factory=lambda: Given({}))
    account: Account | None = None
    errcode: int | None = None  # None: no answer, or none of the platform's making
    errmsg: str = ""
    trouble: str | None = None
    done: bool = False  # it had its effect, whatever was answered
