"""Letting somebody in, and letting somebody go: as what, and only after a second look."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import Conversation, Talk
from bot.handlers import staff_people
from bot.handlers.staff_help import PEOPLE
from bot.staff import staff
from core import hiring, leaving
from core.authority import Right, Role, roles_named
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.leaving import Gone

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
OFFERED = ("helper", "owner", "manager", "viewer")

inviting = Conversation("inviting", Right.PEOPLE, private=True)
staff.talks(inviting)


@inviting.opens("invite")
async def begin(talk: Talk, *name: str) -> Message:
    if name:
        return _ask_as_what(talk, " ".join(name))
    return talk.ask(called, "invite-name", (LEAVE,), numbered=False)


@inviting.free_step
async def called(talk: Talk) -> Message:
    name = " ".join(talk.text.split())
    if name == "leave":
        return talk.end("talk-left", (PEOPLE,))
    if not name.isprintable() or not 0 < len(name) <= hiring.LONGEST:
        return talk.ask(called, "invite-name-again", (LEAVE,), numbered=False, most=hiring.LONGEST)
    return _ask_as_what(talk, name)


def _ask_as_what(talk: Talk, name: str) -> Message:
    talk.answers["name"] = name[: hiring.LONGEST]
    choices = [Choice(words(f"preset-{preset}"), preset, acts=True) for preset in OFFERED]
    return talk.ask(as_what, "invite-as-what", (*choices, LEAVE), name=talk.answers["name"])


@inviting.step
async def as_what(talk: Talk) -> Message:
    said = talk.text.casefold()
    if said == "leave":
        return talk.end("talk-left", (PEOPLE,))
    roles = roles_named(said)
    if roles is None:
        return _ask_as_what(talk, talk.answers["name"])
    made = await talk.write(_invite, talk.person.id, talk.answers["name"], roles)
    about = words("invite-made", name=talk.answers["name"], roles=hiring.called(roles))
    return Message((about, *staff_people.ways_in(talk.shop, made)), (PEOPLE,))


def _invite(tx: Tx, by: str, name: str, roles: frozenset[Role], *, request_key: str) -> int:
    return hiring.invite_by(tx, by, name, roles, request_key)


going = Conversation("leaving", Right.PEOPLE)
staff.talks(going)

GOES = Choice(words("choose-goes"), "goes", acts=True)


@going.opens("leaver")
async def who(talk: Talk, number: str) -> Message:
    one = await talk.read(hiring.member, staff_people.numbered(number))
    talk.answers |= {"id": one.id, "name": one.name}
    return talk.ask(sure, "leaver-sure", (GOES, LEAVE), name=one.name)


@going.step
async def sure(talk: Talk) -> Message:
    if talk.text != "goes":
        return talk.end("leaver-left", (PEOPLE,))
    gone = await talk.write(_leave, talk.answers["id"], talk.person.id)
    return replace(await talk.read(leaving.checklist, gone), choices=(PEOPLE,))


def _leave(tx: Tx, colleague: int, by: str, *, request_key: str) -> Gone:
    return leaving.leave(tx, colleague, by, request_key)
