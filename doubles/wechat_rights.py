"""How much an account may still tell a person of its own accord: what the person did gives it the right to.

Since 12 June 2023: a message of theirs is worth 5 messages within 48 hours, a press in the menu, a follow, a scan or
a tap on an item 3 within a minute; a payment is worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from doubles.wechat_refused import Refused

MESSAGE = (48 * 3600.0, 5)  # seconds, messages
TOUCH = (60.0, 3)


@dataclass(slots=True)
class Right:
    until: float
    left: int


@dataclass(slots=True)
class Rights:
    """One account's towards one person. A message sent counts against every right that lives."""

    _given: list[Right] = field(default_factory=list)

    def give(self, now: float, right: tuple[float, int]) -> None:
        seconds, messages = right
        self._given = [one for one in self._given if one.until > now]
        self._given.append(Right(now + seconds, messages))

    def left(self, now: float) -> int:
        """How many messages may be sent at this moment."""
        return max((one.left for one in self._given if one.until > now), default=0)

    def take(self, now: float) -> None:
        """One message is sent. Raises Refused 45015 without a right that lives, 45047 where all are used up."""
        live = [one for one in self._given if one.until > now]
        if not live:
            raise Refused(45015)
        useful = [one for one in live if one.left]
        if not useful:
            raise Refused(45047)
        for one in useful:
            one.left -= 1

    def end(self) -> None:
        self._given.clear()
