"""Notices to us: for each kind how it is said, a button each; and what was told in summaries only, one by one."""

from __future__ import annotations

from dataclasses import replace

from bot.paging import is_number
from bot.staff import staff
from core import quiet
from core import staff as people
from core.authority import Right
from core.customers import Person
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.quiet import Kind, Mode
from core.shop import Shop

KINDS = [kind for kind in Kind if kind is not Kind.SECURITY]
NEXT = {Mode.NOW: Mode.LISTS, Mode.LISTS: Mode.OFF, Mode.OFF: Mode.NOW}
LATEST = 200  # as far as one may look back


@staff.hears("tellus", right=Right.PEOPLE)
async def show_kinds(shop: Shop, person: Person, kind: str = "", mode: str = "") -> Message:
    """How each kind of notice is said where this one is told things; with a kind and a mode, from now on so."""
    if kind in set(KINDS) and mode in set(Mode):
        return await shop.db.write(_set, person.id, Kind(kind), Mode(mode))
    return await shop.db.read(card, person.id)


def _set(tx: Tx, person: str, kind: Kind, mode: Mode) -> Message:
    people.may(tx, person, Right.PEOPLE)
    board = people.board_of(tx, person)
    if quiet.of(tx, board).mode(kind) is not mode:
        quiet.set_mode(tx, board, kind, mode)
        audit.write(tx, person, "notices", board, kind=kind.value, mode=mode.value)
    return card(tx, person)


def card(tx: Tx, person: str) -> Message:
    board = quiet.of(tx, people.board_of(tx, person))
    choices = [
        Choice(
            words("choose-kind", kind=words(f"kind-{kind}"), mode=words(f"mode-{board.mode(kind)}")),
            f"tellus {kind} {NEXT[board.mode(kind)]}",
        )
        for kind in KINDS
    ]
    said = Lines((words("notices-to-us"), hours(board.quiet)))
    return Message(said, (*choices, Choice(words("choose-quiet-hours"), "quiethours")), card="notices to us")


def hours(found: tuple[int, int] | None) -> Words:
    if found is None:
        return words("quiet-never")
    begin, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in found)
    return words("quiet-hours", begin=begin, end=end)


@staff.hears("missed", right=Right.LOOK)
async def show_missed(shop: Shop, person: Person, number: str = "1") -> Message:
    """One of the notices that were told in a summary, with all that can be done about it; the newest first."""
    return await shop.db.read(_missed, person.id, int(number) if is_number(number) else 1)


def _missed(tx: Tx, person: str, number: int) -> Message:
    found = quiet.in_summary(tx, people.board_of(tx, person), LATEST)
    if not found:
        return Message(words("missed-none"), (Choice(words("choose-latest"), "orders"),))
    at = min(max(number, 1), len(found))
    notice = found[at - 1]
    about = words("missed", number=at, n=len(found), kind=words(f"kind-{notice.kind}"), time=notice.at)
    older = (Choice(words("choose-older"), f"missed {at + 1}"),) if at < len(found) else ()
    newer = (Choice(words("choose-newer"), f"missed {at - 1}"),) if at > 1 else ()
    shown = replace(notice.message, text=(about, *notice.message.paragraphs), card=None)
    return replace(shown, choices=(*notice.message.choices, *older, *newer))
