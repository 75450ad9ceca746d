"""Both bots at telemelya, a Bot API that others wrote: what we call is understood there too."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.buyers import buyers
from bot.chats.telegram.buyers import TelegramBuyers
from bot.chats.telegram.chat import TelegramChat
from bot.chats.telegram.staff import TelegramStaff
from bot.staff import staff as staff_router
from core import customers, hiring
from core.catalog import Product
from doubles.sandbox import press
from doubles.serving import Served, listener
from jobs.runner import Runner
from tests.bot.chats.telegram.house import BRISK
from tests.bot.chats.telegram.telemelya import Telemelya, missing, telemelya
from tests.world import World
from web.app import create_app

pytestmark = [
    pytest.mark.telemelya,
    pytest.mark.skipif(missing() is not None, reason=missing() or ""),
    pytest.mark.parametrize("store", ["sqlite"]),
]

BUYERS_TOKEN, STAFF_TOKEN = "7000000001:AAbuyers", "7000000002:AAstaff"
LIN, CHEN = 1, 2


@dataclass
class There:
    world: World
    api: Telemelya


@pytest.fixture
async def there(world: World, tmp_path: Path) -> AsyncIterator[There]:
    """The shop at work, both of its bots connected to telemelya."""
    listening = listener()
    shop = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with telemelya(tmp_path, shop) as api:
        chats: list[TelegramChat] = [
            kind(
                name,
                router,
                token,
                api=api.relay,
                path_secret=lambda text: hashlib.sha256(text.encode()).hexdigest(),
                receive="webhook",
                public_url=api.relay,
                manners=BRISK,
            )
            for kind, name, router, token in (
                (TelegramBuyers, "telegram", buyers, BUYERS_TOKEN),
                (TelegramStaff, "telegram_staff", staff_router, STAFF_TOKEN),
            )
        ]
        api.secrets |= {chat._connection._path: chat._connection._secret for chat in chats}
        world.shop.senders |= {chat.name: chat.send for chat in chats}
        runner = Runner(world.shop, {chat.name: chat.hear for chat in chats}, timetable=())
        app = create_app(world.shop, [route for chat in chats for route in chat.routes(world.shop)])
        async with Served(app, listening=listening):
            parts = [asyncio.create_task(runner.run())]
            parts += [asyncio.create_task(chat.stay(world.shop)) for chat in chats]
            await _connected(api)
            yield There(world, api)
            runner.stop()
            await asyncio.wait(parts[:1], timeout=5)
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        for chat in chats:
            await chat.aclose()
    listening.close()


async def _connected(api: Telemelya) -> None:
    async with asyncio.timeout(20):
        for token in (BUYERS_TOKEN, STAFF_TOKEN):
            while not (await api.http.post(f"{api.url}/bot{token}/getWebhookInfo")).json()["result"]["url"]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


async def offered(api: Telemelya, label: str) -> dict[str, Any]:
    """The button of the newest message that has any."""
    markups = [markup for one in await api.heard(LIN) if (markup := one.get("reply_markup"))]
    return next(button for row in markups[-1]["inline_keyboard"] for button in row if label in button["text"])


async def test_a_purchase_by_the_buyers_bot(there: There, steam: Product):
    (code,) = await there.world.stock(steam, 1)
    api = there.api
    await api.brings(BUYERS_TOKEN, LIN, command="/start")
    menu = await api.until(LIN, lambda one: one["method"] == "sendMessage")
    for label in ("Browse", "Steam", "Steam", "Buy 1"):
        button, seen = await offered(api, label), len(await api.heard(LIN))
        await api.brings(
            BUYERS_TOKEN, LIN, callback_data=button["callback_data"], callback_message_id=menu["message_id"]
        )
        await api.until(LIN, lambda one: one["method"] == "editMessageText", after=seen)
    await press((await offered(api, "Pay"))["url"], "pay")
    delivered = await api.until(LIN, lambda one: code in str(one.get("text")))
    assert delivered["method"] == "sendMessage"
    assert {"text": "Copy", "copy_text": {"text": code}} in [
        button for row in delivered["reply_markup"]["inline_keyboard"] for button in row
    ]


async def test_a_word_with_the_staff_bot(there: There):
    world, api = there.world, there.api
    await world.db.write(customers.meet, "telegram_staff", str(CHEN), "Chen", "en", None)
    token = await world.db.write(hiring.invite, "Chen")
    await world.db.write(hiring.enter, token, f"telegram_staff:{CHEN}")
    await api.brings(STAFF_TOKEN, CHEN, command="/help")
    said = await api.until(CHEN, lambda one: one["method"] == "sendMessage")
    assert said["reply_markup"]["inline_keyboard"]


async def test_without_its_secret_nothing_is_heard(there: There):
    """The negative control: what telemelya brings by itself comes without the header, and is refused."""
    there.api.secrets |= dict.fromkeys(there.api.secrets, "")
    with pytest.raises(AssertionError, match="401"):
        await there.api.brings(BUYERS_TOKEN, LIN, command="/start")
    assert await there.api.heard(LIN) == []
