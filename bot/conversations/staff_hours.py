"""Quiet hours: from when to when nothing but money and stock wakes anybody."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.handlers import staff_notices
from bot.moments import hours_said
from bot.staff import staff
from core import quiet
from core import staff as people
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
NEVER = Choice(words("choose-never-quiet"), "never", acts=True)

setting = Conversation("quiet hours", Right.PEOPLE)
staff.talks(setting)


@setting.opens("quiethours")
async def begin(talk: Talk, *said: str) -> Message:
    if said:
        talk.text = " ".join(said)
        return await hours(talk)
    return talk.ask(hours, "quiet-when", (NEVER, LEAVE), numbered=False)


@setting.free_step
async def hours(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (Choice(words("choose-notices-to-us"), "tellus"),))
    found = hours_said(talk.text)
    if found is None and talk.text != "never":
        return talk.ask(hours, "quiet-when-again", (NEVER, LEAVE), numbered=False)
    return await talk.write(_set, talk.person.id, found)


def _set(tx: Tx, person: str, found: tuple[int, int] | None, *, request_key: str) -> Message:
    people.may(tx, person, Right.PEOPLE)
    board = people.board_of(tx, person)
    if quiet.of(tx, board).quiet != found:
        quiet.set_hours(tx, board, found)
        audit.write(tx, person, "quiet hours", board, hours=list(found or ()))
    return staff_notices.card(tx, person)
