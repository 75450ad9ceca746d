"""Said: what somebody said in a chat, as plain data that every chat shares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

# What no database keeps: NUL, and half characters, which JSON can carry. The control character SUBSTITUTE stands
# for them, so that a line of pasted stock with one of them is still told as no code.
ILLEGIBLE = dict.fromkeys((0, *range(0xD800, 0xE000)), "\x1a")


@dataclass(frozen=True)
class File:
    """A file somebody sent. The chat fetches it by `reference` when a handler asks for it."""

    name: str
    size: int  # bytes
    reference: str


@dataclass(frozen=True)
class Said:
    """One thing a person said, pressed or sent.

    `key` is the chat's id of the event, unique in that chat: a repeat has the same key. `press` is what a button
    carried; `text` what was typed. `place` is where it was said when that is not the person's own chat (a group's
    address); whatever shows a code looks at it. `locale` and `zone` are what the chat lets us know, as hints.
    `origin` is where it came from, where the chat knows: ip, device, country. It is not kept but as marks of an order.
    """

    chat: str
    address: str
    key: str
    text: str = ""
    press: str | None = None
    name: str = ""
    locale: str | None = None
    zone: str | None = None
    place: str | None = None
    anonymous: bool = False  # a channel or an anonymous group admin: may look at nothing, decide nothing
    file: File | None = None
    handle: str | None = None  # what others call them by in that chat, without the @
    replies_to: str | None = None  # the chat's id of our message that this answers
    topic: str | None = None  # which topic of the group it was said in, by the chat's own number: answered there
    origin: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def person(self) -> str:
        """The account's id in our tables: "telegram:1", "browser:k3…"."""
        return f"{self.chat}:{self.address}"

    @property
    def room(self) -> str | None:
        """The group's id, where it was not said in the person's own chat: "telegram_staff:-100123"."""
        return f"{self.chat}:{self.place}" if self.place else None

    def legible(self) -> Said:
        """The same, as far as it can be kept."""
        text, name, press = (part and part.translate(ILLEGIBLE) for part in (self.text, self.name, self.press))
        return replace(self, text=text or "", name=name or "", press=press)

    def packed(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def unpacked(cls, text: str) -> Said:
        stored = json.loads(text)
        return cls(**{**stored, "file": File(**stored["file"]) if stored["file"] else None})
