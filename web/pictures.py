"""/pictures/NAME: products' pictures, each under a name that never means another one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.pictures import TYPES
from core.shop import Shop

FOR_EVER = "public, max-age=31536000, immutable"


def picture_route(shop: Shop) -> Route:
    async def shown(request: Request) -> Response:
        name: str = request.path_params["name"]
        content = await shop.picture(name)
        if content is None:
            return Response(status_code=404)
        response = Response(content, media_type=TYPES[name.rpartition(".")[2]])
        response.headers.update({"cache-control": FOR_EVER, "x-content-type-options": "nosniff"})
        return response

    return Route("/pictures/{name}", shown, methods=["GET"])
