"""The shop on Telegram in a process of its own, which can be killed and opened again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from datetime import timedelta

import proofs.storming.guards  # noqa: F401  can be switched off here
from bot.buyers import buyers
from bot.chats.telegram import by_aiogram, by_ptb
from bot.chats.telegram.buyers import TelegramBuyers
from bot.chats.telegram.chat import TelegramChat
from bot.chats.telegram.manners import Manners
from bot.chats.telegram.staff import TelegramStaff
from bot.staff import staff
from core.ground import inbox, outbox
from core.ground.db import Database
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from core.parties import PaymentRail
from core.shop import Shop
from doubles.serving import Served
from jobs.runner import Runner
from mika.serving import keep_what_is_loaded
from payments.sandbox import Sandbox
from proofs.guards import replaced, without
from proofs.shop import RULES, Premises, hushed
from proofs.storming.processes import ends_with_the_storm
from web.app import create_app

BRISK = Manners(per_second=300, per_chat=10.0, per_group=200)  # tenfold; the double's are raised likewise
API_KEY, SECRET = "the shop's key", "the provider's secret"


@dataclass(frozen=True)
class Till:
    """All that the process needs to know. Can be handed to another process."""

    place: Premises
    api: str  # where Telegram is
    tokens: Mapping[str, str]  # of the bots, by the chat's name
    port: int
    manners: Manners = BRISK
    rules: Rules = RULES
    provider: str | None = None  # where the test rail's provider is
    receives: bool = True  # else it only sends
    patience: float = 20.0  # seconds for one call
    backoff: tuple[timedelta, timedelta] = (outbox.BACKOFF, outbox.LONGEST)  # before a message is tried again
    leases: tuple[timedelta, timedelta] = (inbox.LEASE, outbox.LEASE)  # what a dead process has is left alone so long
    guard: str | None = None  # the one that is off

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def works(till: Till) -> None:
    """A process's whole life: until it is killed, or the storm is."""
    with ExitStack() as stack:
        stack.enter_context(hushed())
        for library in (by_aiogram, by_ptb):
            stack.enter_context(replaced(library, "TIMEOUT", till.patience))
        for name, wait in zip(("BACKOFF", "LONGEST"), till.backoff, strict=True):
            stack.enter_context(replaced(outbox, name, wait))
        for queue, lease in zip((inbox, outbox), till.leases, strict=True):
            stack.enter_context(replaced(queue, "LEASE", lease))
        stack.enter_context(without(till.guard))
        asyncio.run(_works(till))


async def _works(till: Till) -> None:
    ends_with_the_storm()
    async with AsyncExitStack() as stack:
        vault = Vault(KeyRing.load(till.place.keys))
        db = await Database.open(till.place.url, vault=vault, rules=till.rules)
        stack.push_async_callback(db.close)
        chats = {name: chat(till, name) for name in till.tokens}
        shop = Shop(db, till.rules, "https://shop.example", rails(till))
        shop.senders = {name: chat.send for name, chat in chats.items()}
        runner = Runner(shop, {name: chat.hear for name, chat in chats.items()}, timetable=())
        routes = [route for chat in chats.values() for route in chat.routes(shop)]
        await stack.enter_async_context(Served(create_app(shop, routes), till.port))
        keep_what_is_loaded()
        staying = [chat.stay(shop) for chat in chats.values()] if till.receives else []
        await asyncio.gather(runner.run(), *staying)


def rails(till: Till) -> dict[str, PaymentRail]:
    if till.provider is None:
        return {}
    notify = f"{till.url}/hooks/sandbox"
    return {"sandbox": Sandbox(till.provider, api_key=API_KEY, secret=SECRET, notify_url=notify)}


def chat(till: Till, name: str) -> TelegramChat:
    kind, router = (TelegramBuyers, buyers) if name == "telegram" else (TelegramStaff, staff)
    return kind(
        name,
        router,
        till.tokens[name],
        api=till.api,
        path_secret=lambda text: hashlib.sha256(text.encode()).hexdigest(),
        receive="webhook",
        public_url=till.url,
        manners=till.manners,
    )
