"""The chat on the shop's own site: for buyers at "/", and, by the same class, for staff at "/desk".

The page works without script, by forms; the script (static/chat.js) adds what a form can't: lines as they
come, one key per intent, copying. htmx is not used: that is all there is to do here, and it does none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from bot.chats.browser.desk import DeskRoutes
from bot.chats.browser.identity import Identity, Sign
from bot.chats.browser.pages import Pages
from bot.chats.browser.routes import Routes
from bot.said import Said
from core import uploads
from core.ground import chatlog, inbox
from core.ground.db import Tx
from core.ground.errors import PartyError, SendError
from core.ground.inbox import InboxRow
from core.ground.messages import Message, Spoken
from core.shop import Shop


class Answers(Protocol):
    """Who answers what is said here: a router of bot/."""

    async def answer(self, shop: Shop, said: Said, keep: Callable[[Tx, Message], object] | None, /) -> Message: ...


class BrowserChat:
    """A chat in a browser. Its history is our own (core.ground.chatlog), so to send is to add a line."""

    def __init__(
        self,
        name: str,
        router: Answers,
        path: str,
        sign: Sign,
        secure: bool,
        embed_origins: Sequence[str] = (),
        page_size: int = 40,
        country_header: str = "",
    ) -> None:
        """`path` is "/" for buyers; any other is a desk, for staff only. `sign` is a keyed HMAC as text.

        `secure`: people reach us by https. `embed_origins`: the sites that may show the chat in a frame, such as
        "https://a.example". `page_size`: how many lines a page begins with.
        `country_header`: in which the proxy before us tells the visitor's country, and nobody else can.
        """
        self.name = name
        self._router = router
        self._base = path.rstrip("/")
        self._identity = Identity(name, sign, secure, bool(embed_origins))
        self._frames = tuple(embed_origins)
        self._page_size = page_size
        self._country_header = country_header
        self._shop: Shop | None = None
        self._ending = False

    def open(self, shop: Shop) -> None:
        """Whose chat it is. Done by routes() and hear() too; a process that only sends does it itself."""
        self._shop = shop

    def routes(self, shop: Shop) -> list[Any]:
        """The page and what belongs to it, as Starlette routes."""
        self.open(shop)
        pages = Pages(self._base, bool(self._base), shop.rules, self._frames)
        kind = DeskRoutes if self._base else Routes
        told = (self._page_size, lambda: self._ending, self._country_header)
        return kind(shop, self.name, self._base, self._identity, pages, *told).all()

    def close(self) -> None:
        """Ends every open stream within a second; a server calls this before it waits for its connections."""
        self._ending = True

    async def hear(self, shop: Shop, row: InboxRow) -> None:
        """Answer one thing said. A repeat answers again; shown is one answer, for it bears the event's key."""
        self.open(shop)
        said = Said.unpacked(await shop.db.read(inbox.body, row))

        def keep(tx: Tx, message: Message) -> None:
            chatlog.append_ours(tx, said.person, message, key=said.key)

        await self._router.answer(shop, said, keep)

    async def fetch(self, reference: str) -> bytes:
        """A file that was sent here. It is gone a day later."""
        upload = uploads.of(reference)
        found = await self._shop.db.read(uploads.opened, upload) if self._shop and upload else None
        if found is None:
            raise PartyError("the file is gone", permanent=True)
        return found

    async def send(self, address: str, message: Spoken) -> str:
        """Say something in somebody's chat. What is kept is the message it came from, never its text."""
        if self._shop is None:
            raise SendError(f"the {self.name} chat is not open in this process")
        line = await self._shop.db.write(chatlog.append_ours, f"{self.name}:{address}", message.source)
        return str(line)
