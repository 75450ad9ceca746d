"""The shop's one HTTP app: hooks, health, pictures, guides, and whatever routes the chats bring along."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from core.shop import Shop
from web.guides import guide_route
from web.health import health_route
from web.hooks import FORGERIES, Strangers, hook_route
from web.once import once_route
from web.pictures import picture_route
from web.shell import AccessLog, Calm, Farewell, SafeHeaders, SizeCap
from web.troubles import Troubles

LARGEST = 8 * 1024 * 1024  # bytes of a request to any route that has no cap of its own


def create_app(
    shop: Shop,
    chat_routes: Sequence[BaseRoute] = (),
    *,
    largest: int = LARGEST,
    forgeries: int = FORGERIES,
) -> FastAPI:
    """The app, ready to be served. `forgeries`: how many a minute one address may try on the hooks."""
    troubles = Troubles(shop)
    return FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        routes=[
            hook_route(shop, Strangers(forgeries)),
            health_route(shop),
            once_route(shop),
            picture_route(shop),
            guide_route(shop),
            *chat_routes,
        ],
        exception_handlers={HTTPException: troubles.refused, RequestValidationError: troubles.malformed},
        middleware=[  # from the outside in
            Middleware(Farewell, shop=shop),
            Middleware(AccessLog, meter=shop.meter),
            Middleware(SafeHeaders, https=shop.public_url.startswith("https://")),
            Middleware(Calm, page=troubles.broken),
            Middleware(SizeCap, largest=largest),
        ],
    )
