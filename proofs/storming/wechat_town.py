"""Where a storm on WeChat is played: its platform, the people and the provider here, the shop's till elsewhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from sqlalchemy import func, select

from bot.chats.wechat.callback import PATH
from core.ground import inbox, outbox
from core.ground.db import Database, Tx
from doubles.sandbox import Sandbox
from doubles.serving import listener
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from doubles.wechat_people import Person
from proofs.proof import Run
from proofs.shop import Premises
from proofs.storming import wechat_till
from proofs.storming.processes import Opened
from proofs.storming.till import API_KEY, SECRET
from proofs.storming.town import PATIENCE, until, within
from proofs.storming.wechat_till import CASHIER, Part, Sold, WeChatTill, works

STUCK = 60.0  # seconds in which nothing gets less
LINK = re.compile(r'<a href="([^"]+)">')


@dataclass
class WeChatTown:
    """One place with its WeChat, and the till, open or not."""

    run: Run
    api: WeChat
    provider: Sandbox
    db: Database
    till: WeChatTill
    web: aiohttp.ClientSession  # of whoever isn't WeChat
    account: Account = field(init=False)  # the shop's, of now
    open: list[Opened] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)

    def takes(self, **account: Any) -> None:
        """The shop has another account from now on."""
        made = self.account = self.api.add_account(f"wx{len(self.api.accounts):016x}", **account)
        made.add_template(wechat_till.TEMPLATE.id, tuple(wechat_till.TEMPLATE.fields))
        made.callback_url = f"{self.till.url}{PATH}"
        told = wechat_till.Account(made.appid, made.secret, made.token, made.aes_key)
        self.till = replace(self.till, account=told)

    def settle(self, many: int, what: str) -> None:
        """So many people, who have followed the account for long."""
        self.people = [self.stranger(f"o-{what}-{number:06}") for number in range(many)]
        for person in self.people:
            person.follows(self.account, quietly=True)

    def stranger(self, openid: str) -> Person:
        return self.api.person(openid)

    async def opens(self, *parts: Part, **other: Any) -> None:
        """The till begins, each part in a process of its own; returns when it answers."""
        for part in parts or ("whole",):
            till = replace(self.till, part=part, **other)
            self.open.append(process := Opened(works, till))
            async with within(PATIENCE, f"the {part} till to open"):
                while part != "jobs" and not await process.listens(till.port):  # noqa: ASYNC110  it is another
                    await asyncio.sleep(0.02)

    async def dies(self) -> None:
        """kill -9 to all of it."""
        while self.open:
            await self.open.pop().dies()

    async def sells(self, *wanted: Sold) -> None:
        """Placed and paid, without a talk."""
        async with self.web.post(f"{self.till.url}{CASHIER}", json=wanted) as answer:
            answer.raise_for_status()

    async def calms_down(self, what: str, of: int | None = None) -> bool:
        """Until nothing is to be heard or said, but what waits for a word of whom it is for."""
        return await until(self.run, lambda: self.db.read(to_do), STUCK, f"{self.till.place.store}: {what}", of)


def to_do(tx: Tx) -> int:
    """What is under way."""
    said, heard = outbox.outbox.c, inbox.inbox.c
    soon = select(func.count()).where(said.state == "new", said.due_at < tx.now + outbox.PARKED / 2)
    return tx.value(soon) + tx.value(select(func.count()).where(heard.state == "new"))


@asynccontextmanager
async def wechat_town(run: Run, place: Premises) -> AsyncIterator[WeChatTown]:
    """A town whose shop has an account at WeChat; its till is not open yet."""
    async with AsyncExitStack() as stack:
        api = WeChat(seed=run.seed)
        address = await stack.enter_async_context(api.served())
        provider = Sandbox(run.folder / f"{place.store}-provider.db", api_key=API_KEY, secret=SECRET)
        await stack.enter_async_context(provider.served())
        # Bound, and never listening: the till can listen there too, and while it is closed nobody else gets the port.
        held = stack.enter_context(listener())
        till = WeChatTill(place, address, held.getsockname()[1], provider.url, guard=run.without)
        web = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)))
        db = await stack.enter_async_context(place.opened())
        made = WeChatTown(run, api, provider, db, till, web)
        made.takes()
        try:
            yield made
        finally:
            await made.dies()
