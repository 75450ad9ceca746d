"""A restart between any two steps of linking loses nothing: each is heard by a process of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.buyers import buyers
from bot.said import Said
from core import composing, customers
from core.ground.vault import KeyRing
from core.ground.words import heard
from tests.bot.test_staff_restarts import House
from tests.core import counter
from tests.doors import empty_database, empty_file, url
from tests.world import World

__all__ = ["empty_database", "empty_file", "url"]
STEPS = (  # who, and what they say or press
    ("lin", "link"),
    ("lin", "> Get a code"),
    ("bao", "link"),
    ("bao", "{code}"),
    ("bao", "> It's mine"),
    ("lin", "link"),
    ("lin", "> Yes, that was me"),
)
Choices = tuple[tuple[str, str], ...]


async def answered(world: World, said: Said) -> tuple[str, Choices]:
    message = await buyers.answer(world.shop, said)
    spoken = await world.db.read(composing.compose, said.person, message)
    return spoken.revealed(), tuple((choice.label, choice.says) for choice in spoken.choices)


async def both(world: World) -> tuple[int, int]:
    lin, bao = [await counter.meet(world, name, "en") for name in ("lin", "bao")]
    return lin.customer, bao.customer


def linked(house: House) -> bool:
    """Whether the two are one customer in the end."""
    house.lives(both)
    code, offered = "", {}
    for number, (who, says) in enumerate(STEPS):
        typed, press = says.format(code=code), None
        if typed.startswith("> "):
            press = next((says for label, says in offered.get(who, ()) if typed[2:] in label), "none")
        said = Said("test", who, f"event {number}", "" if press else typed, press, who, "en")
        text, offered[who] = house.lives(lambda world, said=said: answered(world, said))
        code = next(iter(re.findall(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", text, re.MULTILINE)), code)
    one, other = house.lives(both)
    return one == other


@pytest.fixture
def house(url: str) -> House:
    heard()
    return House(url, KeyRing.fresh())


def test_a_restart_before_each_step_loses_nothing(house: House) -> None:
    assert linked(house)


def test_where_nobody_keeps_the_progress_nothing_is_linked(house: House, monkeypatch: Any) -> None:
    """The control."""
    monkeypatch.setattr(customers, "keep_talk", lambda tx, person, event, talk: True)
    assert not linked(house)
