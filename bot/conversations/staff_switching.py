"""Pressing a switch: what it does to buyers, and only after a second look. Closing the shop asks what to say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.conversation import Conversation, Talk
from bot.handlers import staff_switches
from bot.moments import moment_said
from bot.staff import staff
from core import cards, switches
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Local, Message, Words, words
from core.ground.words import LOCALES
from core.switches import DELIVERIES, LONGEST, RAIL, SHOP

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
SURE = Choice(words("choose-sure"), "sure", acts=True, main=True)
NO_TIME = Choice(words("choose-no-time"), "notime", acts=True)
ENOUGH = Choice(words("choose-enough-languages"), "enough", acts=True)
BACK = Choice(words("choose-switches"), "switches")

switching = Conversation("switching", Right.SWITCH)
staff.talks(switching)


@switching.opens("switch")
async def begin(talk: Talk, name: str) -> Message:
    known = [DELIVERIES, SHOP, *(f"{RAIL}{rail}" for rail in talk.shop.payments)]
    on, seen = await talk.read(_stands, name)
    if name not in known and on is None:
        return talk.end("switch-unknown", (BACK,))
    talk.answers |= {"name": name, "on": on is not None, "seen": seen, "says": {}}
    if name == SHOP and on is None:
        return _ask_for_words(talk)
    return await _ask_whether(talk)


def _stands(tx: Tx, name: str) -> tuple[switches.Switch | None, int]:
    return switches.one(tx, name), switches.times(tx, name)


def _ask_for_words(talk: Talk) -> Message:
    """In the presser's language first; in each other one if they like."""
    said = talk.answers["says"]
    left = [name for name in dict.fromkeys((talk.person.locale, *LOCALES)) if name not in said]
    if not left:
        return _ask_until(talk)
    talk.answers["asked"] = left[0]
    choices = (ENOUGH, LEAVE) if said else (LEAVE,)
    language = words(f"language-{left[0].lower()}")
    return talk.ask(sentence, "closing-says", choices, numbered=False, language=language, most=LONGEST)


@switching.free_step
async def sentence(talk: Talk) -> Message:
    said = " ".join(talk.text.split())
    if said == "leave":
        return talk.end("talk-left", (BACK,))
    if said == "enough" and talk.answers["says"]:
        return _ask_until(talk)
    if 0 < len(said) <= LONGEST:
        talk.answers["says"] = {**talk.answers["says"], talk.answers["asked"]: said}
    return _ask_for_words(talk)


def _ask_until(talk: Talk) -> Message:
    return talk.ask(until, "closing-until", (NO_TIME, LEAVE), numbered=False)


@switching.free_step
async def until(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (BACK,))
    if talk.text != "notime":
        moment = moment_said(talk.text, await talk.read(_now), talk.shop.rules.zone)
        if moment is None:
            return talk.ask(until, "closing-until-again", (NO_TIME, LEAVE), numbered=False)
        talk.answers["until"] = moment.isoformat()
    return await _ask_whether(talk)


def _now(tx: Tx) -> datetime:
    return tx.now


async def _ask_whether(talk: Talk) -> Message:
    return talk.ask_with(sure, Message(_what_it_does(talk.answers), (SURE, LEAVE)))


def _what_it_does(answers: Mapping[str, Any]) -> tuple[Words, ...]:
    """In words, to whoever is about to press; of a shop that closes, also what buyers will read."""
    name = answers["name"]
    if answers["on"]:
        return (words("switch-sure-off", what=switches.called(name)),)
    if name == DELIVERIES:
        return (words("hold-sure"),)
    if name != SHOP:
        return (words("stop-rail-sure", rail=cards.rail_called(name.removeprefix(RAIL))),)
    says, until = Local(answers["says"]), _until(answers) or "none"
    return words("close-sure"), words("shop-closed", says=says, until=until)


def _until(answers: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(answers["until"]) if "until" in answers else None


@switching.step
async def sure(talk: Talk) -> Message:
    if talk.text != "sure":
        return talk.end("talk-left", (BACK,))
    try:
        await talk.write(_press, talk.person.id, talk.answers)
    except switches.AlreadySwitched as refusal:
        return talk.end(refusal.key, (BACK,), **refusal.facts)
    return await staff_switches.show_switches(talk.shop, talk.person)


def _press(tx: Tx, by: str, answers: Mapping[str, Any], *, request_key: str) -> None:
    """Thrown, or put back, as it was when it was asked about: pressed by somebody meanwhile, it stays as they left it.

    So an event that a crash repeats lifts nobody else's hold: it needs no key of its own.
    """
    if answers["on"]:
        switches.back(tx, answers["name"], by, answers["seen"])
    else:
        switches.throw(tx, answers["name"], by, answers["seen"], until=_until(answers), says=answers["says"] or None)
