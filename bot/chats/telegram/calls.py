"""What both bots ask of Telegram, whichever library carries it, and how it can fail.

A closed chat is a SendError: its person can't be reached. What Telegram refuses to take although the chat is open is
another PartyError, permanent too: then we said something wrong, and staff must hear of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from bot.chats.telegram.render import Bill, File, Rows
from core.ground.errors import PartyError, SendError
from core.ground.vault import Secret

# What arrives; `message_reaction` and the like must not be asked for, and would be silence.
UPDATES = ("message", "callback_query", "pre_checkout_query", "my_chat_member", "chat_member")


class Calls(Protocol):
    """Each raises PartyError, see above; SendError with `wait` where Telegram wants quiet."""

    async def me(self) -> str:
        """Our own name, as in @name."""
        ...

    async def updates(self, after: int, wait: int) -> Sequence[dict[str, Any]]:
        """What came since the update `after`, raw; waits that many seconds for the first."""
        ...

    async def hook(self, address: str, secret: str) -> None:
        """Have updates brought to that address. Repeating it changes nothing."""
        ...

    async def unhook(self) -> None:
        """Bring no updates any more; what waits is kept to be asked for."""
        ...

    async def commands(self, language: str | None, listed: Sequence[tuple[str, str]]) -> None:
        """The menu of commands, for people whose Telegram speaks that language; None for everybody else."""
        ...

    async def send(
        self,
        to: int,
        html: Secret,
        rows: Rows,
        protect: bool,
        preview: str | None = None,
        topic: int | None = None,
    ) -> int:
        """Raises NoTopic for a topic that is gone, or closed."""
        ...

    async def open_topic(self, to: int, name: str) -> int:
        """Its number. Any PartyError where the group has no topics, or we may not make one."""
        ...

    async def send_file(
        self, to: int, file: File, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int: ...

    async def send_document(
        self, to: int, name: str, content: bytes, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int:
        """A file of ours that holds no code."""
        ...

    async def fetch(self, reference: str) -> bytes:
        """A file that was sent to the bot, of 20 MB at most."""
        ...

    async def send_picture(
        self, to: int, picture: bytes, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int: ...

    async def send_bill(self, to: int, bill: Bill, rows: Rows) -> int:
        """An invoice; the first of its buttons is the one that pays."""
        ...

    async def edit(self, to: int, message: int, html: Secret, rows: Rows, preview: str | None = None) -> None:
        """Raises CantEdit. To change nothing is no failure."""
        ...

    async def strip(self, to: int, message: int) -> None:
        """Take a message's buttons away. Raises CantEdit."""
        ...

    async def delete(self, to: int, message: int) -> None:
        """Raises CantEdit."""
        ...

    async def answer_press(self, query: str, text: str) -> None:
        """End a button's waiting; a text is shown to the presser alone."""
        ...

    async def answer_checkout(self, query: str, refusal: str | None) -> None: ...

    async def leave(self, chat: int) -> None: ...

    async def aclose(self) -> None: ...


class CantEdit(SendError):
    """The message is gone, too old, or of another kind."""


class NoTopic(SendError):
    """There is no such topic any more, or nothing may be written in it."""


class Moved(SendError):
    """The group has become a supergroup, with another id."""

    def __init__(self, to: int) -> None:
        self.to = to
        super().__init__("the group has another id now")


class Unchanged(Exception):
    """An edit that would have changed nothing."""


CANT_EDIT = (
    "message to edit not found",
    "message can't be edited",
    "no text in the message",
    "message to delete not",
    "message_id_invalid",
)
TOPIC = ("message thread not found", "topic_deleted", "topic_closed", "topic_id_invalid")
CLOSED = (
    "chat not found",
    "user is deactivated",
    "peer_id_invalid",
    "chat_write_forbidden",
    "have no rights",
    "not enough rights",
    "chat_restricted",
)


def refused(said: str, code: int) -> Exception:
    """What a 400 or 403 means. What Telegram quotes of ours is left out: it may be part of a code."""
    told = re.sub(r'".*?"', '"…"', said, flags=re.DOTALL)[:120]
    low = said.lower()
    if "message is not modified" in low:
        return Unchanged()
    if any(words in low for words in CANT_EDIT):
        return CantEdit(told)
    if any(words in low for words in TOPIC):
        return NoTopic(told, permanent=True)
    if code == 403 or any(words in low for words in CLOSED):
        return SendError(told, permanent=True)
    return PartyError(f"Telegram refuses it: {told}", permanent=True)


def twice() -> SendError:
    """Telegram answered 409: it brings each update to one who asks."""
    return SendError("another process asks for this bot's updates: is the shop running twice?")


def quiet(seconds: float) -> SendError:
    """Telegram answered 429."""
    return SendError(f"Telegram wants {seconds:g} seconds of quiet", wait=timedelta(seconds=seconds))
