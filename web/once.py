"""/once: what is shown or fetched one time. Looking at the link shows a button; only pressing it uses the link up.

Programs that show what is behind a link look and don't press. Nothing of it is kept by a browser or on the way.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from core import customers, exports, reveals
from core.exports import Export
from core.ground import once
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import words
from core.ground.words import Hearer, render, spoken_here
from core.reveals import Looked
from core.shop import Shop
from web.making import TYPES, made, name_of
from web.troubles import TEMPLATES, first_language

STYLE = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("trouble.css", "once.css"))
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer", "content-security-policy": CONTENT}
STANDS = 120  # seconds; then the page puts itself away
LARGEST = 1000  # bytes of what a press sends

templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def once_route(shop: Shop) -> Route:
    return Route("/once", Once(shop).answer, methods=["GET", "POST"])


class Once:
    """The page of one shop. It knows nobody by a cookie: whoever holds the token may press."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def answer(self, request: Request) -> Response:
        if request.method != "POST":
            return self._page(_wanted(request), 200, "web-once-welcome", token=request.query_params.get("t", "")[:200])
        token = await _pressed(request)
        try:
            return await self._opened(token)
        except ShopError:
            return self._page(_wanted(request), 410, "web-once-used")

    async def _opened(self, token: str) -> Response:
        """Raises ShopError."""
        if (once.named(token) or ("",))[0] == "export":
            return self._file(await self._shop.db.write(exports.take, token))
        looked, locale = await self._shop.db.write(_look, token)
        await self._shop.handing_over(looked.message)
        codes = [[secret.reveal() for _, secret in code.fields] for code in looked.codes]
        response = self._page(locale, 200, "web-once-shown", codes=codes)
        response.headers["refresh"] = f"{STANDS};url=/once"
        return response

    def _file(self, export: Export) -> Response:
        response = StreamingResponse(made(self._shop, export), media_type=TYPES[export.format])
        response.headers.update(HEADERS | {"content-disposition": f'attachment; filename="{name_of(export)}"'})
        return response

    def _page(
        self, locale: str, status: int, key: str, token: str = "", codes: list[list[str]] | None = None
    ) -> HTMLResponse:
        def say(key: str) -> str:
            return render(words(key), Hearer(locale, datetime.now(UTC)))

        html = templates.get_template("once.html").render(
            locale=locale,
            style=STYLE,
            shop=self._shop.rules.shop_name.in_(locale),
            sentence=say(key),
            press=say("web-once-press") if token else "",
            token=token,
            codes=codes or [],
        )
        return HTMLResponse(html, status, HEADERS)


def _look(tx: Tx, token: str) -> tuple[Looked, str]:
    looked = reveals.look(tx, token)
    return looked, customers.person(tx, looked.person).locale


def _wanted(request: Request) -> str:
    return spoken_here(first_language(request.headers.get("accept-language", "")))


async def _pressed(request: Request) -> str:
    """The token of the form; empty for what is no form of ours."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            return ""
    return parse_qs(body.decode("ascii", "replace")).get("t", [""])[0]
