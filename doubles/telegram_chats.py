"""Chats as people see them at Telegram: messages in order, with what is marked in them, their buttons and edits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from doubles.telegram_links import TAPPED

if TYPE_CHECKING:
    from doubles.telegram_bots import Bot


def rights(names: str, given: bool) -> dict[str, bool]:
    return dict.fromkeys(names.split(), given)


ADMIN = rights(
    """
    can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members
    can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories can_pin_messages
    can_manage_topics can_send_welcome_messages
    """,
    True,
)
POSTER = {"can_post_messages": True, "can_edit_messages": True}
FORBIDDEN = rights(
    """
    can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes
    can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_change_info
    can_invite_users can_pin_messages can_manage_topics can_edit_tag can_react_to_messages
    """,
    False,
)


KINDS = (  # what a message can be that isn't text only
    "photo",
    "document",
    "voice",
    "sticker",
    "contact",
    "location",
    "invoice",
    "successful_payment",
    "refunded_payment",
)


@dataclass(slots=True, eq=False)
class Shown:
    """A message in a chat. `body` is what the Bot API says of it."""

    chat: Chat
    body: dict[str, Any]
    bot: Bot | None = None  # whose it is; None is a person's or a service message
    wishes: dict[str, Any] = field(default_factory=dict)  # how it was to be sent: silently, without previews, ...
    before: list[dict[str, Any]] = field(default_factory=list)  # what it was, before each edit
    deleted: bool = False
    paid_by: set[int] = field(default_factory=set)  # an invoice
    payload: str = ""  # an invoice's

    @property
    def id(self) -> int:
        return self.body["message_id"]

    @property
    def text(self) -> str:
        """Its text or caption."""
        return self.body.get("text") or self.body.get("caption") or ""

    @property
    def entities(self) -> list[dict[str, Any]]:
        return self.body.get("entities") or self.body.get("caption_entities") or []

    def marked(self, *kinds: str) -> list[str]:
        """The stretches of its text that are of one of these kinds, or of any."""
        units = self.text.encode("utf-16-le")
        return [
            units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le")
            for one in self.entities
            if not kinds or one["type"] in kinds
        ]

    @property
    def links(self) -> list[str]:
        """What in its text does something when touched, whoever meant it to."""
        return self.marked(*TAPPED)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Its inline buttons, row after row."""
        rows = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    @property
    def labels(self) -> list[list[str]]:
        """What its inline buttons say, by row."""
        rows = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return [[button["text"] for button in row] for row in rows]

    @property
    def data(self) -> bytes:
        """The document or picture that a bot sent. Raises KeyError if there is none."""
        assert self.bot
        told = self.body.get("document") or self.body["photo"][-1]
        return self.bot.files[told["file_id"]].data

    def lines(self) -> list[str]:
        """As a transcript shows it."""
        body = self.body
        who = self.bot.name if self.bot else body.get("from", {}).get("first_name", self.chat.about.get("title", ""))
        kind = next((kind for kind in KINDS if kind in body), "")
        name = {"document": "file_name", "invoice": "title"}.get(kind, "")
        what = f"[{kind}{' ' + body[kind][name] if name else ''}] " if kind else ""
        text = f"{who}: {what}{self.text}".rstrip().split("\n")
        return text + ["  " + " ".join(f"[{label}]" for label in row) for row in self.labels]

    def __repr__(self) -> str:
        who = self.bot.username if self.bot else self.body.get("from", {}).get("first_name", "-")
        return f"<{who} in {self.chat.id}: {self.text!r} {self.labels or ''}>"


@dataclass(slots=True, eq=False)
class Chat:
    """One chat. A private chat is one bot's with one person, and its id is the person's."""

    id: int
    kind: str  # private, group, supergroup, channel
    about: dict[str, Any]  # title, or names of the person
    number: Callable[[], int]  # the next message's
    forum: bool = False
    members: dict[int, dict[str, Any]] = field(default_factory=dict)  # ChatMember by user id; not of private chats
    all: dict[int, Shown] = field(default_factory=dict)  # every message there ever was
    threads: dict[int, str] = field(default_factory=dict)
    moved_to: int | None = None
    changes: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def messages(self) -> list[Shown]:
        """What stands in it now."""
        return [shown for shown in self.all.values() if not shown.deleted]

    @property
    def texts(self) -> list[str]:
        return [shown.text for shown in self.messages]

    @property
    def last(self) -> Shown:
        """The newest message. Raises IndexError in an empty chat."""
        return self.messages[-1]

    def said(self, bot: Bot | None = None) -> list[Shown]:
        """Only what bots said, or one of them."""
        return [one for one in self.messages if one.bot is not None and bot in (None, one.bot)]

    async def until(self, happens: Callable[[Chat], Any], seconds: float = 30.0) -> Any:
        """What `happens` says of the chat as soon as it is true, asked after every change. TimeoutError if it isn't."""
        async with asyncio.timeout(seconds):
            while not (true := happens(self)):
                self.changes.clear()
                await self.changes.wait()
        return true

    async def next(self, after: int | None = None, seconds: float = 30.0) -> Shown:
        """The first message a bot sends after the one with this id; without one, after the newest there is now."""
        mark = after if after is not None else max(self.all, default=0)
        return await self.until(lambda chat: next((one for one in chat.said() if one.id > mark), None), seconds)

    def transcript(self) -> str:
        """What stands in it, for people to read."""
        return "\n".join(line for shown in self.messages for line in shown.lines())

    def changed(self) -> None:
        self.changes.set()

    def told(self) -> dict[str, Any]:
        """As a Bot API Chat."""
        told = {"id": self.id, "type": self.kind} | self.about
        return told | {"is_forum": True} if self.forum else told

    def full(self) -> dict[str, Any]:
        """As a ChatFullInfo."""
        gifts = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"]
        return self.told() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }

    def status(self, user: int) -> str:
        return self.members[user]["status"] if user in self.members else "left"

    @property
    def name(self) -> str:
        """As it is called in refusals."""
        return f"{self.kind} chat"


def member(user: dict[str, Any], status: str, *, anonymous: bool = False, channel: bool = False) -> dict[str, Any]:
    """A Bot API ChatMember."""
    told: dict[str, Any] = {"user": user, "status": status}
    if status == "creator":
        told["is_anonymous"] = anonymous
    elif status == "administrator":
        told |= ADMIN | {"can_be_edited": False, "is_anonymous": anonymous} | (POSTER if channel else {})
    elif status == "restricted":
        told |= FORBIDDEN | {"is_member": True, "until_date": 0}
    elif status == "kicked":
        told["until_date"] = 0
    return told
