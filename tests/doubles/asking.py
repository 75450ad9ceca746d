"""What the tests of the Telegram double share: its first bot, and a way to ask it for anything over plain HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from doubles.telegram import Telegram
from doubles.telegram_bots import Bot


@pytest.fixture
def bot(api: Telegram) -> Bot:
    return api.bots[0]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, verify=False) as made:
        yield made


@pytest.fixture
def call(api: Telegram, bot: Bot, client: httpx.AsyncClient) -> Any:
    async def called(method: str, bot: Bot = bot, **given: Any) -> Any:
        return (await client.post(f"{api.url}/bot{bot.token}/{method}", json=given)).json()

    return called
