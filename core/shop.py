"""Shop: what the edges get handed. Core functions never see it."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core import handed, pictures
from core.authority import Right
from core.ground import audit
from core.ground.clock import steady
from core.ground.db import Database
from core.ground.messages import Message
from core.ground.meter import Meter
from core.ground.rules import Rules
from core.parties import (
    Backups,
    Bell,
    Connected,
    Doctor,
    Files,
    Heartbeat,
    Issuer,
    Journal,
    PaymentRail,
    Rehearsal,
    Sender,
    Supplier,
)


@dataclass
class Shop:
    db: Database
    rules: Rules
    public_url: str  # without a slash at its end
    payments: Mapping[str, PaymentRail]
    senders: dict[str, Sender] = field(default_factory=dict)  # by chat name
    may_refuse: set[str] = field(default_factory=set)  # chats that often show nothing: they bind numbers when they do
    bells: dict[str, Bell] = field(default_factory=dict)  # by chat name: what rings where we may not speak
    files: dict[str, Files] = field(default_factory=dict)  # by chat name: where people can send us files
    suppliers: Mapping[str, Supplier] = field(default_factory=dict)
    issuers: Mapping[str, Issuer] = field(default_factory=dict)  # who tells by contract what was redeemed
    connected: Sequence[Connected] = ()  # chats on others' platforms
    journal: Journal | None = None  # of what was handed over; a shop that nobody would restore keeps none
    backups: Backups | None = None  # where copies go; None: the owner has set no place
    rehearsal: Rehearsal | None = None  # where staff try it as a buyer
    ways_in: dict[str, str] = field(default_factory=dict)  # by chat name: what a deep link into it begins with
    whose: Mapping[str, Right] = field(default_factory=dict)  # what each verb of staff's takes
    pictures: Path | None = None  # the folder of products' pictures
    data: Path | None = None  # this process's own folder
    doctor: Doctor | None = None  # in a process with jobs
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)  # the doctor is
    heartbeat: Heartbeat | None = None
    meter: Meter = field(default_factory=Meter)  # what this process does is told to it
    process: str = field(default_factory=lambda: secrets.token_hex(8))  # tells those of one shop apart
    turns: dict[str, float] = field(default_factory=dict)  # by chat that processes take turns in: see speaks()
    draining: bool = False  # this process is about to end: nothing new is begun here

    def speaks(self, chat: str) -> bool:
        """Whether this chat is this process's to speak in now. Where processes take turns, only while ours lasts.

        A turn ends by this process's own steady clock, whatever else it does or does not do: see mika/turns.py.
        """
        return chat not in self.turns or steady() < self.turns[chat]

    @property
    def speaking(self) -> tuple[str, ...]:
        """The chats that this process has a way to, and that are its to speak in now."""
        return tuple(chat for chat in self.senders if self.speaks(chat))

    async def handing_over(self, *messages: Message) -> None:
        """Called before messages go out or are shown: the codes they name are in the journal when it returns.

        Raises OSError if they can't be: then they stay here.
        """
        named = [codes for message in messages for codes in handed.leaving(message)]
        if named and self.journal:
            await self.journal.keep(await self.db.read(handed.handed, named))

    async def keeping_mark(self) -> None:
        """The audit's end is in the journal when it returns, if there are both. Raises OSError."""
        mark = await self.db.read(audit.mark)
        if mark and self.journal:
            await self.journal.keep_mark(mark)

    async def trying_folder(self) -> None:
        """Raises OSError if nothing can be written to this process's folder: other processes may have another."""
        if self.data:
            await asyncio.to_thread(try_folder, self.data)

    async def picture(self, name: str) -> bytes | None:
        """A picture's bytes by its name, as in Message.picture; None if there is no such file any more."""
        if self.pictures is None or not pictures.is_name(name):
            return None
        try:
            return await asyncio.to_thread((self.pictures / name).read_bytes)
        except FileNotFoundError:
            return None

    async def keep_picture(self, content: bytes) -> str:
        """Keep a product's picture; returns its name. A repeat changes nothing. Raises BadPicture."""
        name = pictures.name_for(content)
        assert self.pictures is not None  # noqa: S101  every shop that was opened has one
        await asyncio.to_thread(pictures.keep, self.pictures, name, content)
        return name

    async def close(self) -> None:
        for party in (*self.payments.values(), *self.suppliers.values(), *self.issuers.values(), *self.connected):
            await party.aclose()
        await self.db.close()


def try_folder(folder: Path) -> None:
    """Blocking. Raises OSError if nothing can be written there; one that is not there yet is none of its business."""
    if not folder.exists():
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"room" * 1024)
        file.flush()
        os.fsync(file.fileno())
