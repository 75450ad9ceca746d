"""/guides/PRODUCT: how it is redeemed, on a page of its own. For everybody, in each language, without a script.

Nothing of a buyer is on it: who opens it is not asked, and its address names a product and a language.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from core import guide_cards, guide_text, guides, pictures
from core.catalog import Product, UnknownProduct
from core.ground.messages import Local, words
from core.ground.words import LOCALES, Hearer, render, sentence, spoken_here
from core.product_fields import SLUG
from core.shop import Shop
from web.troubles import TEMPLATES, first_language

STYLE = (TEMPLATES / "guide.css").read_text(encoding="utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "cache-control": "public, max-age=60",
    "vary": "accept-language",
    "referrer-policy": "no-referrer",
    "content-security-policy": CONTENT,
}

templates = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def guide_route(shop: Shop) -> Route:
    return Route("/guides/{slug}", Guides(shop).answer, methods=["GET"])


class Guides:
    """The pages of one shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def answer(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        if not SLUG.fullmatch(slug):
            raise HTTPException(404)
        try:
            product, texts = await self._shop.db.read(guides.with_guide, slug)
        except UnknownProduct:
            raise HTTPException(404) from None
        return HTMLResponse(self._page(product, texts, _wanted(request)), headers=HEADERS)

    def _page(self, product: Product, texts: Local, locale: str) -> str:
        body, written_in = guides.spoken(texts, locale)
        guide = guide_text.shown(body) if body else None
        to = Hearer(locale, datetime.now(UTC))

        def say(key: str, **facts: Any) -> str:
            return render(words(key, **facts), to)

        return templates.get_template("guide.html").render(
            say=say,
            locale=locale,
            written_in=written_in,
            style=STYLE,
            shop=self._shop.rules.shop_name.in_(locale),
            product=product.name.in_(locale),
            region="" if product.region == "global" else render(guide_cards.region_of(product), to),
            guide=guide,
            button=guide_cards.button_of(guide, product),
            is_picture=pictures.is_name,
            pages=self._pages(product.slug),
        )

    def _pages(self, slug: str) -> Mapping[str, tuple[str, str]]:
        """The same page in each language: its address, and what the language calls itself."""
        site = self._shop.public_url
        return {
            name: (f"{site}/guides/{slug}?lang={name}", sentence(name, f"language-{name.lower()}")) for name in LOCALES
        }


def _wanted(request: Request) -> str:
    """The language that was asked for, or the browser's first."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LOCALES else spoken_here(first_language(request.headers.get("accept-language", "")))
