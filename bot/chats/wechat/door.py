"""Who is at a page inside WeChat: asked of WeChat itself (网页授权, snsapi_base), then known by a cookie for hours.

developers.weixin.qq.com, OA_Web_Apps/Wechat_webpage_authorization: the page sends them to WeChat with a state of its
own, and WeChat sends them back with it and a code that is good once, for five minutes.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.chats.wechat.calls import SIGN_IN, Calls
from bot.chats.wechat.heard import OPENID
from bot.chats.wechat.links import PLACE
from core.ground.errors import PartyError

KNOWN_FOR = 12 * 3600  # seconds
ASKED_FOR = 600  # seconds that one may take to come back from WeChat
CODE = re.compile(r"[A-Za-z0-9_-]{8,128}")
NUMBER = re.compile(r"[0-9]{1,11}")
LEADS_TO = re.compile(rf"{PLACE}/orders(?:/[A-Za-z0-9-]{{1,20}}(?:/pay)?)?(?:\?[A-Za-z0-9=&_.-]{{0,300}})?")
ORDERS = f"{PLACE}/orders"


class NotSignedIn(Exception):
    """WeChat does not say who it is: they turned back, came twice, or never began here."""


class Door:
    """`sign` is a keyed HMAC as hex, `site` where people reach the shop. Keeps nothing."""

    def __init__(
        self,
        site: str,
        calls: Calls,
        sign: Callable[[str], str],
        at: str = SIGN_IN,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._site = site
        self._calls = calls
        self._sign = sign
        self._at = at
        self._clock = clock
        secure = site.startswith("https://")
        # __Host-: no other site of our domain can plant a cookie of its own, and have somebody be another.
        self.name = "__Host-mika_wechat" if secure else "mika_wechat"
        self._attributes = "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")

    def who(self, request: Request) -> str | None:
        """The openid of somebody who signed in."""
        openid = self._read(request, self.name, "is")
        return openid if openid and OPENID.fullmatch(openid) else None

    def ask(self, to: str) -> Response:
        """To WeChat, to hear who they are; from there back to `to`, a page of ours. Another place is the orders."""
        state = secrets.token_hex(16)
        asked = {
            "appid": self._calls.appid,
            "redirect_uri": f"{self._site}{PLACE}/back",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }  # in that order: so WeChat wants it
        response = RedirectResponse(f"{self._at}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect", 302)
        self._write(response, f"{self.name}_state", "asked", f"{state} {leading(to)}", ASKED_FOR)
        return response

    async def back(self, request: Request) -> Response:
        """They are known from now on, and led to where they wanted. Raises NotSignedIn.

        What was asked for here counts, and once: a code of somebody else's is nobody's.
        """
        state, _, to = (self._read(request, f"{self.name}_state", "asked") or "").partition(" ")
        given, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        if not state or not hmac.compare_digest(state.encode(), given.encode()) or not CODE.fullmatch(code):
            raise NotSignedIn
        try:
            openid = await self._calls.openid(code)
        except PartyError:
            raise NotSignedIn from None
        if not OPENID.fullmatch(openid):
            raise NotSignedIn
        response = RedirectResponse(leading(to), 302)
        self._write(response, self.name, "is", openid, KNOWN_FOR)
        self.forget(response)
        return response

    def forget(self, response: Response) -> None:
        """What was asked of WeChat has been answered, this way or another."""
        response.headers.append("set-cookie", f"{self.name}_state=; Max-Age=0; {self._attributes}")

    # Cookies: what they say, until when, and that we said so

    def _write(self, response: Response, name: str, means: str, text: str, lives: int) -> None:
        told = urlsafe_b64encode(text.encode()).decode().rstrip("=")
        until = int(self._clock()) + lives
        value = f"{told}.{until}.{self._signed(means, told, until)}"
        response.headers.append("set-cookie", f"{name}={value}; Max-Age={lives}; {self._attributes}")

    def _read(self, request: Request, name: str, means: str) -> str | None:
        told, _, rest = request.cookies.get(name, "").partition(".")
        until, _, given = rest.partition(".")
        if not NUMBER.fullmatch(until):
            return None
        if not hmac.compare_digest(self._signed(means, told, int(until)).encode(), given.encode()):
            return None
        return urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode() if int(until) > self._clock() else None

    def _signed(self, means: str, told: str, until: int) -> str:
        return self._sign(f"wechat {means} {told} {until}")


def leading(to: str) -> str:
    """A page of ours that one may be led to; for anything else the orders."""
    return to if LEADS_TO.fullmatch(to) else ORDERS
