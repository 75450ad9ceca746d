"""Stands in for the two chats on Telegram where it is only asked which process hears and speaks through them.

Run with the arguments of `mika`, it is the command with these chats in place of the real ones. What they do is a line
each in the file that TOLD names: which process, which chat, what. TROUBLE makes a chat's connection misbehave.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.said import Said
from core.ground import inbox
from core.ground.inbox import InboxRow
from core.ground.messages import Spoken
from core.shop import Shop


@dataclass(frozen=True)
class Manners:
    per_second: int
    per_chat: int
    per_group: int
    spoiler: bool
    protect: bool


class StandIn:
    """One of the two chats. It connects to nothing."""

    def __init__(
        self,
        name: str,
        router: Any,
        token: str,
        *,
        api: str,
        path_secret: Callable[[str], str],
        receive: str,
        public_url: str,
        manners: Manners,
    ) -> None:
        self.name = name
        self.router = router
        self.given = (api, receive, public_url, manners)
        self.path = path_secret(token)

    @property
    def account(self) -> str:
        return "1"

    def takes_over(self, left: Any, ago: float) -> None:
        pass

    def falls_silent(self) -> None:
        pass

    def leaves(self) -> dict[str, Any]:
        return {}

    def tell(self, what: str) -> None:
        with Path(os.environ["TOLD"]).open("a") as file:
            file.write(f"{os.getpid()} {self.name} {what}\n")

    def routes(self, shop: Shop) -> list[Any]:
        self.tell("routes")
        return []

    async def hear(self, shop: Shop, row: InboxRow) -> None:
        said = Said.unpacked(await shop.db.read(inbox.body, row))
        self.tell(f"hears {said.text}")
        await self.router.answer(shop, said)

    async def send(self, address: str, message: Spoken) -> str:
        self.tell(f"sends {address}")
        return "sent"

    async def stay(self, shop: Shop) -> None:
        self.tell("stays")
        if os.environ.get("TROUBLE") == "breaks":
            raise RuntimeError("a bug of ours")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if os.environ.get("TROUBLE") == "clings":
                await asyncio.sleep(30)
            raise

    async def aclose(self) -> None:
        self.tell("closes")


def modules() -> dict[str, ModuleType]:
    """The files of the real ones, with these in them."""
    made: dict[str, ModuleType] = {}
    for name, what in (("manners", "Manners"), ("buyers", "TelegramBuyers"), ("staff", "TelegramStaff")):
        made[f"bot.chats.telegram.{name}"] = ModuleType(name)
        setattr(made[f"bot.chats.telegram.{name}"], what, Manners if what == "Manners" else StandIn)
    return made


if __name__ == "__main__":
    sys.modules.update(modules())
    from mika import cli

    cli.app()
