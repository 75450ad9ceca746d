"""Who is at the other end of a browser: a signed cookie; and whether a form really came from our own page."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from core.ground import nets

Sign = Callable[[str], str]  # a keyed HMAC as text, given by the wiring

ADDRESS = re.compile(r"[0-9a-f]{32}")
KEPT_FOR = 400 * 24 * 3600  # seconds; browsers keep no cookie longer


@dataclass(frozen=True)
class Visitor:
    """A browser. `address` is its account in this chat; `csrf` proves a form came from a page we gave it."""

    address: str
    csrf: str
    known: bool  # it brought the address along; otherwise the address is new and nothing is kept under it


class Identity:
    """Hands out addresses nobody can guess, and knows them again by its signature. Keeps nothing."""

    def __init__(self, chat: str, sign: Sign, secure: bool, embedded: bool) -> None:
        self._chat = chat
        self._sign = sign
        # __Host-: no other site of our domain can plant an address of its own and wait for codes to arrive.
        self._cookie = f"__Host-mika_{chat}" if secure else f"mika_{chat}"
        # In another site's frame only a cookie of its own jar is sent, and only by https.
        same_site = "SameSite=None; Partitioned" if embedded and secure else "SameSite=Lax"
        self._attributes = f"{same_site}; Secure" if secure else same_site

    def visitor(self, request: Request) -> Visitor:
        """Who asks: the address of a cookie we signed, else a new one."""
        address, _, signature = request.cookies.get(self._cookie, "").partition(".")
        known = bool(ADDRESS.fullmatch(address)) and _same(signature, self._signature(address))
        return self.visiting(address if known else secrets.token_hex(16), known=known)

    def visiting(self, address: str, *, known: bool = True) -> Visitor:
        return Visitor(address, self._sign(f"{self._chat} form {address}"), known)

    def remember(self, response: Response, visitor: Visitor) -> None:
        """Has the browser bring the address along from now on."""
        value = f"{visitor.address}.{self._signature(visitor.address)}"
        # Written out: http.cookies knows Partitioned only from Python 3.14 on.
        cookie = f"{self._cookie}={value}; Path=/; Max-Age={KEPT_FOR}; HttpOnly; {self._attributes}"
        response.headers.append("set-cookie", cookie)

    def entered(self, token: str, before: Visitor) -> Visitor:
        """The address a browser gets by a one-time link: the same when the press is repeated, and one that nobody
        can know who planted the address it had before."""
        signed = self._sign(f"{self._chat} entered {before.address} {token}")
        return self.visiting(hashlib.sha256(signed.encode()).hexdigest()[:32])

    def is_ours(self, request: Request, visitor: Visitor, csrf: str, public_url: str) -> bool:
        """A form counts if our own page sent it for this very visitor."""
        return visitor.known and _same(csrf, visitor.csrf) and from_our_page(request, public_url)

    def _signature(self, address: str) -> str:
        return self._sign(f"{self._chat} visitor {address}")


def from_our_page(request: Request, public_url: str) -> bool:
    """Where a request comes from, as the browser itself says. An old browser's silence is no objection."""
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    if origin == "null":  # so says a form of a page without referrer, and so does a foreign sandbox
        return site == "same-origin"
    # A proxy before us may have given the request another host than the one people see.
    return urlsplit(origin).netloc in (request.headers.get("host"), urlsplit(public_url).netloc)


def network(request: Request) -> str:
    """Whom a limit by the net is counted for: an IPv4 address, or the /64 that an IPv6 customer gets."""
    host = request.client.host if request.client else ""
    return nets.of(host) or host


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
