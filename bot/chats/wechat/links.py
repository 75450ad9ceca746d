"""Addresses of the shop's pages that are good for one person, one order and some hours."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping

from bot.chats.wechat.render import Pages

PLACE = "/wechat"
HOURS = 24
SIGNED = 24  # characters of a signature: 96 bits


class Links:
    """`sign` is a keyed HMAC as hex; `site` is where the shop is reached, without a slash at its end."""

    def __init__(self, site: str, sign: Callable[[str], str], clock: Callable[[], float] = time.time) -> None:
        self.site = site
        self._sign = sign
        self._clock = clock

    def of(self, openid: str) -> Pages:
        """Of an order of theirs: its page, and the page to pay it."""
        return Pages(lambda number: self._to(openid, number, ""), lambda number: self._to(openid, number, "/pay"))

    def _to(self, openid: str, number: str, what: str) -> str:
        until = int(self._clock()) // 3600 + HOURS
        signed = self._signed(openid, number, until)
        return f"{self.site}{PLACE}/orders/{number}{what}?by={openid}&until={until}&sign={signed}"

    def whose(self, number: str, query: Mapping[str, str]) -> str | None:
        """Whose link to this order it is; None for one that is too old, or was never given."""
        openid, until, given = query.get("by", ""), query.get("until", ""), query.get("sign", "")
        if not (until.isascii() and until.isdecimal() and len(until) < 9):
            return None
        if not hmac.compare_digest(self._signed(openid, number, int(until)).encode(), given.encode()):
            return None
        return openid if int(until) * 3600 > self._clock() else None

    def _signed(self, openid: str, number: str, until: int) -> str:
        return self._sign(f"wechat page {openid} {number} {until}")[:SIGNED]
