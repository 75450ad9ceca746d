"""What people see when there is nothing to see: one kind sentence in their language, and nothing about us."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from core.ground.messages import words
from core.ground.words import Hearer, render, spoken_here
from core.shop import Shop

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "trouble.css").read_text(encoding="utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
SENTENCES = {404: "web-not-found", 413: "web-too-big", 429: "web-too-often", 500: "web-trouble"}

templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


class Troubles:
    """The pages of one shop, under its name."""

    def __init__(self, shop: Shop) -> None:
        self._name = shop.rules.shop_name

    async def refused(self, request: Request, error: Exception) -> Response:
        """A route, or the lack of one, said no."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        return self._page(request, status, dict(headers or {}))

    async def malformed(self, request: Request, error: Exception) -> Response:
        return self._page(request, 400, {})

    def broken(self, request: Request) -> Response:
        """There is a bug."""
        return self._page(request, 500, {})

    def _page(self, request: Request, status: int, headers: dict[str, str]) -> Response:
        locale = spoken_here(first_language(request.headers.get("accept-language", "")))
        to = Hearer(locale, datetime.now(UTC))
        sentence = render(words(SENTENCES.get(status, "web-refused" if status < 500 else "web-trouble")), to)
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(sentence + "\n", status, headers)
        html = templates.get_template("trouble.html").render(
            locale=locale,
            style=STYLE,
            shop=self._name.in_(locale),
            sentence=sentence,
            home=render(words("web-home"), to),
        )
        return HTMLResponse(html, status, {**headers, "Content-Security-Policy": CONTENT})


def first_language(accepted: str) -> str:
    """The language a browser asks for first: "zh-CN,zh;q=0.9" is zh-CN."""
    return accepted.split(",")[0].split(";")[0].strip()
