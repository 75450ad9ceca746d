"""Taking a file out: what, in which form, why; of codes only with somebody else's agreement, or patience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import books, exports, reveals
from core.authority import Right
from core.exports import Kind
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words

exporting = Conversation("exporting", Right.EXPORT, private=True)
staff.talks(exporting)

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
OFFERED = (Kind.ORDERS, Kind.RECEIPTS, Kind.REFUNDS, Kind.STOCK, Kind.CUSTOMERS, Kind.BOOKS, Kind.ACCOUNTS)
OF_A_MONTH = (Kind.BOOKS, Kind.ACCOUNTS)
FORMATS = (Choice(words("format-xlsx"), "xlsx", acts=True, main=True), Choice(words("format-csv"), "csv", acts=True))


@exporting.opens("export")
async def begin(talk: Talk, kind: str = "", about: str = "") -> Message:
    """ "export orders", "export books 2026-03", "export codes K7M2-94QF", "export codes steam-us-20"."""
    if kind == Kind.CODES:
        return await _ask_why(talk, about)
    if kind not in OFFERED:
        return _ask_what(talk)
    return await _ask_how(talk, Kind(kind), about)


def _ask_what(talk: Talk) -> Message:
    choices = [Choice(words(f"file-{kind}"), f"export {kind}", acts=True) for kind in OFFERED]  # "orders" is a verb too
    return talk.ask(what, "export-what", (*choices, LEAVE))


@exporting.step
async def what(talk: Talk) -> Message:
    said = talk.text.strip().casefold()
    if said == "leave":
        return talk.end("talk-left", staff.choices)
    return await _ask_how(talk, Kind(said), "") if said in OFFERED else _ask_what(talk)


async def _ask_how(talk: Talk, kind: Kind, about: str) -> Message:
    talk.answers |= {"kind": kind.value, "about": {}}
    if kind in OF_A_MONTH:
        month = await talk.read(books.month, about)
        talk.answers["about"] = {"month": month.name}
    return _ask_format(talk)


def _ask_format(talk: Talk) -> Message:
    file = words(f"file-{talk.answers['kind']}")
    if month := talk.answers["about"].get("month"):
        return talk.ask(how, "export-how-month", (*FORMATS, LEAVE), file=file, what=month)
    return talk.ask(how, "export-how", (*FORMATS, LEAVE), file=file)


@exporting.step
async def how(talk: Talk) -> Message:
    said = talk.text.strip().casefold()
    if said == "leave":
        return talk.end("talk-left", staff.choices)
    if said not in exports.FORMATS:
        return _ask_format(talk)
    talk.answers["format"] = said
    return talk.ask(for_what, "export-why", (LEAVE,), numbered=False, file=words(f"file-{talk.answers['kind']}"))


@exporting.free_step
async def for_what(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", staff.choices)
    told = talk.answers
    try:
        made = await talk.write(_ask, talk.person.id, Kind(told["kind"]), told["format"], told["about"], talk.text)
    except reveals.ReasonNeeded as refusal:
        return talk.ask(for_what, "reason-needed", (LEAVE,), numbered=False, **refusal.facts)
    return await talk.read(_ready, made)


def _ask(tx: Tx, person: str, kind: Kind, format: str, about: Mapping[str, Any], why: str, *, request_key: str) -> int:
    return exports.ask(tx, person, kind, format, about, why, request_key)


def _ready(tx: Tx, export: int) -> Message:
    return exports.ready(tx, exports.get(tx, export))


# Codes


async def _ask_why(talk: Talk, about: str) -> Message:
    if not about:
        return talk.end("export-codes-of-what", staff.choices)
    talk.answers["about"] = dict(await talk.read(exports.of_codes, about))
    many = talk.answers["about"]["n"]
    return talk.ask(why, "export-codes-why", (LEAVE,), numbered=False, what=about, n=many)


@exporting.free_step
async def why(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", staff.choices)
    try:
        made = await talk.write(_ask_codes, talk.person.id, talk.answers["about"], talk.text)
    except reveals.ReasonNeeded as refusal:
        return talk.ask(why, "reason-needed", (LEAVE,), numbered=False, **refusal.facts)
    asked = await talk.read(exports.get, made)
    stop = Choice(words("choose-stop-export"), f"stop-export {made}", acts=True)
    if asked.due_at is None:
        return talk.end("export-codes-asked", (stop, *staff.choices))
    return talk.end("export-codes-wait", (stop, *staff.choices), time=asked.due_at)


def _ask_codes(tx: Tx, person: str, about: Mapping[str, Any], why: str, *, request_key: str) -> int:
    return exports.ask_codes(tx, person, about, why, request_key)
