"""The same calls by both libraries against our double and against telemelya, a stranger's: the same answers.

telemelya needs an environment of its own (it pins what we don't want) and a Redis server:

    python3 -m venv there && there/bin/pip install telemelya==0.2.2 'moto[s3,server]==5.2.5' botocore==1.43.117
    TELEMELYA_PYTHON=there/bin/python pytest tests/doubles/test_telegram_telemelya.py
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiogram
import aiogram.types as a
import httpx
import pytest
import telegram as t
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram.ext import ApplicationBuilder

from doubles.serving import listener
from doubles.telegram import served_telegram
from doubles.telegram_budgets import Budgets

PYTHON = os.environ.get("TELEMELYA_PYTHON", "")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (64).to_bytes(4, "big") + (48).to_bytes(4, "big") + bytes(20)
HOOK = "https://example.com/hook"

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="TELEMELYA_PYTHON names no Python with telemelya (see the file's docstring)"),
    pytest.mark.skipif(not shutil.which("redis-server"), reason="telemelya needs a redis-server on the path"),
]


def free_port() -> int:
    with listener() as found:
        return found.getsockname()[1]


@contextlib.asynccontextmanager
async def program(*command: str, **environment: str) -> AsyncIterator[None]:
    running = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.terminate()
        await running.wait()


async def answers(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client, asyncio.timeout(60):
        while True:
            with contextlib.suppress(httpx.TransportError):
                await client.get(url)
                return
            await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def telemelya(folder: Path) -> AsyncIterator[str]:
    """It with its Redis and its store of files, all on 127.0.0.1."""
    redis, files, port = free_port(), free_port(), free_port()
    url, keys = f"http://127.0.0.1:{port}", {"MINIO_ACCESS_KEY": "x", "MINIO_SECRET_KEY": "x"}
    where = {"MOCK_SERVER_HOST": "127.0.0.1", "MOCK_SERVER_PORT": str(port), "MOCK_SERVER_URL": url}
    stores = {"REDIS_URL": f"redis://127.0.0.1:{redis}/0", "MINIO_ENDPOINT": f"127.0.0.1:{files}", "AUTH_KEYS": "k"}
    kept_nowhere = ("--save", "", "--dir", str(folder))
    async with (
        program("redis-server", "--bind", "127.0.0.1", "--port", str(redis), *kept_nowhere),
        program(PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(files)),
    ):
        await answers(f"http://127.0.0.1:{files}")
        async with program(PYTHON, "-m", "telemelya.server.app", **where, **stores, **keys):
            await answers(url)
            yield url


def pressed(markup: a.InlineKeyboardMarkup | t.InlineKeyboardMarkup | None) -> Any:
    assert markup
    return markup.inline_keyboard[0][0].callback_data


async def by_aiogram(url: str, token: str) -> list[Any]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    markup = a.InlineKeyboardMarkup(inline_keyboard=[[a.InlineKeyboardButton(text="Buy", callback_data="b")]])
    async with aiogram.Bot(token, session=session) as bot:
        me = await bot.get_me()
        sent = await bot.send_message(1, "hello", reply_markup=markup)
        edited = await bot.edit_message_text("two", chat_id=1, message_id=sent.message_id, reply_markup=markup)
        assert isinstance(edited, a.Message)
        photo = await bot.send_photo(1, a.BufferedInputFile(PNG, "p.png"), caption="pic")
        caption = await bot.edit_message_caption(chat_id=1, message_id=photo.message_id, caption="new")
        assert isinstance(caption, a.Message)
        return [
            me.is_bot,
            (sent.text, sent.chat.id, sent.chat.type, pressed(sent.reply_markup)),
            (edited.text, edited.message_id == sent.message_id),
            (photo.caption, bool(photo.photo)),
            caption.message_id == photo.message_id,
            await bot.answer_callback_query("q", text="ok"),
            await bot.delete_message(1, sent.message_id),
            await bot.set_webhook(HOOK, secret_token="s3cret"),
            (await bot.get_webhook_info()).url,
            await bot.delete_webhook(),
        ]


async def by_ptb(url: str, token: str) -> list[Any]:
    builder = ApplicationBuilder().token(token).base_url(f"{url}/bot").base_file_url(f"{url}/file/bot")
    markup = t.InlineKeyboardMarkup([[t.InlineKeyboardButton("Buy", callback_data="b")]])
    async with builder.updater(None).build().bot as bot:
        sent = await bot.send_message(1, "hello", reply_markup=markup)
        edited = await bot.edit_message_text("two", chat_id=1, message_id=sent.message_id, reply_markup=markup)
        assert isinstance(edited, t.Message)
        photo = await bot.send_photo(1, PNG, caption="pic")
        return [
            (sent.text, sent.chat.id, sent.chat.type, pressed(sent.reply_markup)),
            (edited.text, edited.message_id == sent.message_id),
            (photo.caption, bool(photo.photo)),
            await bot.answer_callback_query("q", text="ok"),
            await bot.delete_message(1, sent.message_id),
            await bot.set_webhook(HOOK, secret_token="s3cret"),
            (await bot.get_webhook_info()).url,
            await bot.delete_webhook(),
        ]


@pytest.mark.parametrize("story", [by_aiogram, by_ptb])
async def test_both_doubles_answer_alike(story, tmp_path):
    async with served_telegram(budgets=Budgets.none()) as api:
        bot, lin = api.add_bot("mika_shop_bot"), api.person(1)
        lin.starts()
        api.show(
            lin.chat(), {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}}, bot
        )
        api.presses["q"] = lin.presses("x")
        here = await story(api.url, bot.token)
        async with telemelya(tmp_path) as url:
            there = await story(url, bot.token)
    assert here == there
