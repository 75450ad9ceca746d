"""News to all buyers who agreed: the text per language, who gets it, a look at it as they see it, and off it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import broadcasts, newscards
from core import staff as people
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.ground.words import LOCALES, known

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
ALL = Choice(words("choose-news-to-all"), "all", acts=True)
ONLY = Choice(words("choose-news-only"), "only", acts=True)
SEND = Choice(words("choose-send-news"), "send", acts=True, main=True)
HELP = Choice(words("choose-start"), "start")

announcing = Conversation("announcing", Right.ANNOUNCE)
staff.talks(announcing)


@announcing.opens("announce")
async def begin(talk: Talk) -> Message:
    talk.answers |= {"texts": {}, "asked": talk.person.locale}
    return _ask_for_text(talk, "news-text")


def _ask_for_text(talk: Talk, key: str) -> Message:
    language = words(f"language-{talk.answers['asked'].lower()}")
    return talk.ask(text, key, (LEAVE,), numbered=False, language=language, most=broadcasts.LONGEST)


@announcing.free_step
async def text(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (HELP,))
    try:
        said = broadcasts.fitting(talk.text)
    except broadcasts.NewsTooLong:
        return _ask_for_text(talk, "news-text-again")
    talk.answers["texts"] = {**talk.answers["texts"], talk.answers["asked"]: said}
    return _ask_for_others(talk)


def _ask_for_others(talk: Talk) -> Message:
    """Another language's text, or what becomes of those who speak none of those there are."""
    left = [name for name in LOCALES if name not in talk.answers["texts"]]
    if not left:
        talk.answers["locales"] = None
        return talk.ask(look, "news-all-languages", (Choice(words("choose-preview"), "all", acts=True), LEAVE))
    more = [Choice(words("choose-news-in", language=words(f"language-{name.lower()}")), f"in {name}") for name in left]
    return talk.ask(look, "news-others", (ALL, ONLY, *more, LEAVE))


@announcing.step
async def look(talk: Talk) -> Message:
    verb, _, name = talk.text.partition(" ")
    if verb == "leave":
        return talk.end("talk-left", (HELP,))
    if verb == "in" and name in LOCALES:
        talk.answers["asked"] = name
        return _ask_for_text(talk, "news-text")
    if verb not in ("all", "only"):
        return _ask_for_others(talk)
    talk.answers["locales"] = sorted(talk.answers["texts"]) if verb == "only" else None
    return await _preview(talk)


async def _preview(talk: Talk) -> Message:
    """Exactly what buyers get, below whom it goes to."""
    counts = await talk.read(broadcasts.counted, talk.answers["locales"])
    if not counts:
        return talk.end("news-nobody", (HELP,))
    rows = (words("news-count", chat=_chat(chat), n=many) for chat, many in counts.items())
    head = Lines((words("news-preview", n=sum(counts.values())), *rows))
    seen = broadcasts.news(talk.answers["texts"])
    others = [text for locale, text in talk.answers["texts"].items() if locale != talk.person.locale]
    return talk.ask_with(off, Message((head, *seen.paragraphs, *others), (SEND, LEAVE)))


def _chat(name: str) -> Words | str:
    key = f"chat-{name.replace('_', '-')}"
    return words(key) if known(key) else name


@announcing.step
async def off(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (HELP,))
    if talk.text != "send":
        return await _preview(talk)
    return await talk.write(_begin, talk.person.id, talk.said.room, talk.answers)


def _begin(tx: Tx, by: str, room: str | None, answers: Mapping[str, Any], *, request_key: str) -> Message:
    told = room if room and room == people.board_of(tx, by) else by
    made = broadcasts.begin(tx, by, answers["texts"], answers["locales"], told, request_key)
    return newscards.card(tx, made.id)
