"""A database that takes its time just when an answer is taken along: WeChat waits for nobody, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.chats.wechat import along, callback
from tests.bot.chats.wechat.house import Follower, Office, lin, office
from tests.world import World

__all__ = ["lin", "office"]

PATIENCE = 2.0  # WeChat's, here
LONG = 2.6  # seconds


@pytest.fixture
def hasty(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.api.patience = PATIENCE
    for name, seconds in {"WAIT": 1.0, "ANSWER_BEFORE": 1.4, "LATEST": 1.6}.items():
        monkeypatch.setattr(callback, name, seconds)


def slow(world: World, monkeypatch: pytest.MonkeyPatch, what: Callable[..., Any]) -> None:
    """The first time that is written, it takes long."""
    write, left = world.shop.db.write, [LONG]

    async def later(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if fn is what and left:
            await asyncio.sleep(left.pop())
        return await write(fn, *args, **kwargs)

    monkeypatch.setattr(world.shop.db, "write", later)


async def test_what_is_found_too_late_goes_out_by_itself(
    lin: Follower, world: World, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(world, monkeypatch, along.gather)
    said = await lin.says("你好")
    assert (said.statuses, said.reply) == ([200], None)
    pushed = await lin.gets()
    assert (pushed.via, "密卡小店" in pushed.text) == ("push", True)


async def test_what_is_written_down_too_late_is_the_answer_when_it_is_brought_again(
    lin: Follower, world: World, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(world, monkeypatch, along.settled)
    said = await lin.says("你好")
    assert said.statuses == [503, 200]
    assert "密卡小店" in said.text
    assert len(lin.texts) == 1
