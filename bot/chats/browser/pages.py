"""HTML of the chat: templates, the files they need, and the headers that go with every answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from bot.chats.browser.show import Bubble
from core.ground.messages import words
from core.ground.rules import Rules
from core.ground.words import Hearer, render

HERE = Path(__file__).parent
LANGUAGES = (("zh-CN", "中"), ("en", "EN"), ("ru", "РУ"))
BY_SCRIPT = ("typing", "slow", "failed", "copied", "not-copied")  # sentences the page's script says itself
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

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


class Pages:
    """The pages of one chat."""

    def __init__(self, base: str, desk: bool, rules: Rules, frames: Sequence[str]) -> None:
        self._base = base
        self._desk = desk
        self._rules = rules
        ancestors = " ".join(("'self'", *frames))
        self._policy = (
            f"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
        )

    def html(self, name: str, to: Hearer, status: int = 200, **facts: Any) -> Response:
        """A page in the hearer's language."""
        made = TEMPLATES.get_template(f"{name}.html").render(
            self._given(to),
            shop_name=self._rules.shop_name.in_(to.locale),
            desk=self._desk,
            asset=self._asset,
            languages=LANGUAGES,
            spoken_by_script=BY_SCRIPT,
            **facts,
        )
        return self.guarded(HTMLResponse(made, status))

    def bubble(self, bubble: Bubble, to: Hearer) -> str:
        """One bubble by itself, for the stream."""
        return str(TEMPLATES.get_template("bubble.html").make_module(self._given(to)).line(bubble))  # type: ignore[attr-defined]

    def notice(self, request: Request, to: Hearer, status: int, key: str, **facts: Any) -> Response:
        """A sentence instead of what was asked for: a page for a browser that goes there, text for a script."""
        if wants_page(request):
            sentence = render(words(key, **facts), to)
            return self.html("notice", to, status, sentences=[sentence], command="", token="", back=True)
        return self.guarded(PlainTextResponse(render(words(key, **facts), to), status))

    def file(self, request: Request, name: str) -> Response:
        """A file of static/. Under its present mark it may be kept for ever."""
        try:
            content, mark = static(name)
        except KeyError:
            return Response(status_code=404)
        response = Response(content, media_type=KINDS[name.rpartition(".")[2]])
        kept = "public, max-age=31536000, immutable" if request.query_params.get("v") == mark else "no-cache"
        response.headers.update(
            {
                "cache-control": kept,
                "x-content-type-options": "nosniff",
                "cross-origin-resource-policy": "cross-origin",  # embed.js is for other sites' pages
            }
        )
        return response

    def back(self) -> Response:
        """To the chat, after a form without script."""
        return self.guarded(RedirectResponse(self._base or "/", 303))

    def guarded(self, response: Response, referrer: str = "same-origin") -> Response:
        """An answer nobody keeps, frames or reinterprets without our leave."""
        response.headers.update(
            {
                "cache-control": "no-store",
                "content-security-policy": self._policy,  # its frame-ancestors overrules any X-Frame-Options
                "referrer-policy": referrer,
                "x-content-type-options": "nosniff",
                "cross-origin-opener-policy": "same-origin",
            }
        )
        return response

    def _given(self, to: Hearer) -> dict[str, Any]:
        def say(key: str, **facts: Any) -> str:
            return render(words(key, **facts), to)

        return {"say": say, "base": self._base, "locale": to.locale}

    def _asset(self, name: str) -> str:
        return f"{self._base}/chat/{name}?v={static(name)[1]}"


def wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
