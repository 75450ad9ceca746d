"""Switches as staff see them: which there are, and how each stands."""

from __future__ import annotations

from collections.abc import Sequence

from bot.staff import staff
from core import switches
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.shop import Shop
from core.switches import DELIVERIES, RAIL, SHOP, Switch


@staff.hears("switches", right=Right.LOOK)
async def show_switches(shop: Shop, person: Person) -> Message:
    """Each switch with a button to press it the other way."""
    return await shop.db.read(card, tuple(shop.payments))


def card(tx: Tx, rails: Sequence[str]) -> Message:
    thrown = {each.name: each for each in switches.on(tx)}
    names = [DELIVERIES, SHOP, *(f"{RAIL}{rail}" for rail in rails)]
    names += [name for name in thrown if name not in names]  # a rail that is set up no more
    rows = [row(each) for each in thrown.values()] or [words("switches-none")]
    choices = [Choice(_label(name, on=name in thrown), f"switch {name}") for name in names]
    return Message(Lines((words("switches"), *rows)), tuple(choices), card="switches")


def row(each: Switch) -> Words:
    """One that is on."""
    return words("switch-row", what=switches.called(each.name), time=each.since, until=each.until or "none")


def _label(name: str, *, on: bool) -> Words:
    if name == SHOP:
        return words("choose-reopen") if on else words("choose-shut")
    if name == DELIVERIES:
        return words("choose-go-on") if on else words("choose-hold")
    rail = words(f"rail-{name.removeprefix(RAIL).replace('_', '-')}")
    return words("choose-start-rail", rail=rail) if on else words("choose-stop-rail", rail=rail)
