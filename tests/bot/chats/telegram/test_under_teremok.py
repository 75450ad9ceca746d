"""Purchases through the buyers' bot with teremok in the place of aiogram's HTTP layer: it judges every call.

What it lets through goes on to our own Bot API, for the answers to be real; the double has stricter rules of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import escape
from typing import Any

import pytest
from aiogram import Bot
from aiogram import methods as ask
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from teremok.session import MockedSession
from teremok.validation import ApiRuleViolation, validate_method

from bot.chats.telegram import by_aiogram, render
from core.catalog import Product
from doubles.sandbox import press
from tests.bot.chats.telegram.house import Somebody, Telegraph, on_telegram
from tests.world import World

JUDGED = {ask.SendMessage, ask.EditMessageText, ask.EditMessageReplyMarkup, ask.SendDocument, ask.AnswerCallbackQuery}
# teremok 0.2 has no rule for these. They are let through, to be judged by the double alone.
WITHOUT_A_RULE = {ask.GetMe, ask.SetMyCommands, ask.SetWebhook}

STORE = pytest.mark.parametrize("store", ["sqlite"])  # it is about calls, not about rows


class UnderTeremok(MockedSession):
    """Refuses what teremok refuses; an answer to anything else comes from the Bot API behind it."""

    sessions: list[UnderTeremok] = []  # noqa: RUF012

    def __init__(self, api: TelegramAPIServer, timeout: float) -> None:
        super().__init__(strict=True)  # it makes up no answers
        self.refused: list[str] = []
        self._wire = AiohttpSession(api=api, timeout=timeout)
        self.sessions.append(self)

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        try:
            validate_method(bot, method)
        except ApiRuleViolation as violation:
            self.refused.append(violation.description)
            return await super().make_request(bot, method, timeout)  # which says so as Telegram would
        self.requests.append(method)
        return await self._wire.make_request(bot, method, timeout)

    async def close(self) -> None:
        await self._wire.close()

    @property
    def called(self) -> set[type[TelegramMethod[Any]]]:
        return {type(method) for method in self.requests}


@pytest.fixture
async def telegraph(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Telegraph]:
    monkeypatch.setattr(by_aiogram, "Session", UnderTeremok)
    monkeypatch.setattr(UnderTeremok, "sessions", [])
    async with on_telegram(world) as made:
        yield made


@pytest.fixture
def teremok(telegraph: Telegraph) -> UnderTeremok:
    (session,) = UnderTeremok.sessions
    return session


@pytest.fixture
def lin(telegraph: Telegraph) -> Somebody:
    return telegraph.meet(1, "Lin")


async def to_the_pay_page(lin: Somebody, many: int = 1) -> str:
    """From /start; returns where to pay."""
    await lin.writes("/start")
    await lin.presses("Browse")
    await lin.presses("Steam")
    if "Buy 1" not in str(lin.chat.last.labels):
        await lin.presses("Steam")
    if many == 1:
        await lin.presses("Buy 1")
    else:
        await lin.presses("Buy more")
        await lin.writes(str(many))
    return next(button["url"] for button in lin.chat.last.buttons if "url" in button)


@STORE
async def test_a_purchase_breaks_none_of_its_rules(lin: Somebody, world: World, steam: Product, teremok: UnderTeremok):
    (code,) = await world.stock(steam, 1)
    link = await to_the_pay_page(lin)
    await lin.presses("I've paid")  # not yet
    await lin.presses("Status")
    assert lin.pay_link() == link  # the way to pay is there again
    await press(link, "pay")
    await lin.chat.until(lambda chat: any(code in one.text for one in chat.said()))
    await lin.writes("/orders")
    await world.runner.drain()
    assert teremok.refused == []
    assert teremok.called <= JUDGED | WITHOUT_A_RULE, "say of each new method whether teremok judges it"
    assert {ask.SendMessage, ask.EditMessageText, ask.AnswerCallbackQuery} | WITHOUT_A_RULE <= teremok.called
    await world.holds()


@STORE
async def test_nor_do_many_codes_in_a_file(lin: Somebody, world: World, teremok: UnderTeremok):
    steam = await world.make("steam", prices={"CNY": {1: 100}}, most_per_order=300)
    codes = await world.stock(steam, 300)
    await press(await to_the_pay_page(lin, len(codes)), "pay")
    sent = await lin.chat.until(lambda chat: next((one for one in chat.said() if "document" in one.body), None))
    content = lin.bot.file(sent.body["document"]["file_id"]).data.decode()
    assert content.splitlines() == codes
    assert teremok.refused == []
    assert ask.SendDocument in teremok.called


@STORE
@pytest.mark.parametrize("careful", [True, False])
async def test_without_escaping_a_name_teremok_refuses(
    lin: Somebody, world: World, teremok: UnderTeremok, monkeypatch: pytest.MonkeyPatch, careful: bool
):
    """The negative control: it does judge."""
    await world.make("steam", names=dict.fromkeys(("en", "zh-CN", "ru"), "Steam <new> & cheap"))
    if not careful:
        monkeypatch.setattr(render, "escape", lambda text, quote: text)
    await lin.writes("/start")
    await lin.presses("Browse")
    await lin.presses("Steam")
    lin.person.presses(lin.chat.last.labels[0][0], lin.chat.last)
    if careful:
        await lin.chat.until(lambda chat: "Steam <new> & cheap" in chat.last.text)
        assert teremok.refused == []
        assert escape("Steam <new> & cheap") in str(teremok.requests[-1])
    else:
        await world.until(lambda: _has(teremok.refused))
        assert "can't parse entities" in teremok.refused[0]


async def _has(refused: list[str]) -> bool:
    return bool(refused)
