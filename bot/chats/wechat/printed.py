"""The HTML of the pages, the files they need, and the headers that go with every answer."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.chats.wechat.links import PLACE
from core.ground.messages import Text, words
from core.ground.rules import Rules
from core.ground.words import Hearer, render

HERE = Path(__file__).parent
KINDS = {"css": "text/css", "js": "text/javascript"}
# WeChat's own programme speaks to the phone through frames of these schemes; nothing is ever loaded from them.
CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src weixin: wvjbscheme:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": CONTENT,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
}

TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def static(name: str) -> tuple[bytes, str]:
    """A file of static/ and a mark that changes with it. Raises KeyError for a name that is not there."""
    if name not in {path.name for path in (HERE / "static").iterdir()}:
        raise KeyError(name)
    content = (HERE / "static" / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


class Printed:
    """The pages of one shop."""

    def __init__(self, rules: Rules) -> None:
        self._shop_name = rules.shop_name

    def page(
        self, name: str, to: Hearer, status: int = 200, *, referrer: str = "no-referrer", **facts: Any
    ) -> Response:
        """A page in the hearer's language. Its title is the shop's name alone: it is seen by whoever looks over."""

        def say(key: str, **variables: Any) -> str:
            return render(words(key, **variables), to)

        html = TEMPLATES.get_template(f"{name}.html").render(
            say=say, locale=to.locale, place=PLACE, asset=asset, shop_name=self._shop_name.in_(to.locale), **facts
        )
        return guarded(HTMLResponse(html, status), referrer)

    def sentences(self, to: Hearer, status: int, *texts: Text, **links: str) -> Response:
        """Some sentences instead of what was asked for; `links` are where one may go on from there."""
        said = [render(text, to) for text in texts]
        return self.page("sentences", to, status, sentences=said, links=links)


def guarded(response: Response, referrer: str = "no-referrer") -> Response:
    """An answer nobody keeps, frames or finds, and that tells nobody where one came from."""
    response.headers.update(HEADERS | {"referrer-policy": referrer})
    return response


def asset(name: str) -> str:
    return f"{PLACE}/static/{name}?v={static(name)[1]}"


async def file(request: Request) -> Response:
    """A file of static/. Under its present mark it may be kept for ever."""
    try:
        content, mark = static(name := request.path_params["name"])
    except KeyError:
        return Response(status_code=404)
    kept = "public, max-age=31536000, immutable" if request.query_params.get("v") == mark else "no-cache"
    headers = {"cache-control": kept, "x-content-type-options": "nosniff"}
    return Response(content, headers=headers, media_type=KINDS[name.rpartition(".")[2]])
