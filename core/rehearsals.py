"""Rehearsals that staff ask for: a purchase, or one with an odd end, played on a copy of the shop, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from core import catalog, customers, staff
from core.authority import Right
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Lines, Message, Text, words

PLAIN = "purchase"
SCENARIOS = ("paid-after-sold-out", "late-payment", "held", "wrong-amount", "buyer-blocked-bot", "supplier-down")
PLAYS = (PLAIN, *SCENARIOS)
KIND = "rehearse"
LONGEST = 3000  # characters of a conversation, from its end: a message of every chat of staff's holds them
DOES = ("pays", "pays-open-page", "blocks", "comes-back", "approves", "releases", "by-hand", "later", "other-buys")
WHYS = ("wrong", "too-long", "broken")

rows = outbox.outbox.c
LAST = select(rows.id).where(rows.kind == KIND).order_by(rows.id.desc()).limit(1)
PLAYED = select(rows.id).where(rows.kind == KIND, rows.state == "new").limit(1)


class BeingRehearsed(ShopError):
    """Another rehearsal is under way: one is played at a time."""


class NoSuchPlay(ShopError):
    """There is no rehearsal of that name."""


@dataclass(frozen=True)
class Rehearsed:
    """How a rehearsal went. Of each line who and what they said, or which of DOES; codes in it are masked.

    `why`, one of WHYS, says why not; `detail` is the command's own word for it, in English.
    """

    ok: bool
    lines: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    why: str = "wrong"
    detail: str = ""


def ask(tx: Tx, person: str, play: str, slug: str | None, chats: Sequence[str]) -> int:
    """Have it played, and told where this one is told things, in that language. One at a time.

    A plain purchase is played in each of `chats`, one after the other and each told when it is over; any other once,
    in the chat that suits it. Returns how many there will be.
    Raises NotStaff, NotAllowed, NoSuchPlay, UnknownProduct and BeingRehearsed.
    """
    staff.may(tx, person, Right.STOCK)
    if play not in PLAYS:
        raise NoSuchPlay()
    if slug:
        catalog.product(tx, slug)
    if tx.first(PLAYED):
        raise BeingRehearsed()
    after = tx.value(LAST) or 0  # two who ask at once name the same one before them, and one key is put once
    board = staff.board_of(tx, person)
    about = {"play": play, "slug": slug, "locale": customers.person(tx, board).locale, "board": board}
    first, *then = (chats if play == PLAIN else ()) or (None,)
    if not outbox.put(tx, KIND, f"rehearse after {after}", **about, chat=first, then=then):
        raise BeingRehearsed()
    audit.write(tx, person, "rehearse", play, product=slug or "-")
    return 1 + len(then)


def tell(tx: Tx, row: int, asked: Mapping[str, Any], found: Rehearsed) -> None:
    """The board reads how it went, once; then it is the next chat's turn, if it is to be played in another."""
    called = words(f"rehearsal-{asked['play']}")
    if chat := asked.get("chat"):
        called = words("rehearsed-in", what=called, chat=words(f"chat-{chat}"))
    end: Text = words("rehearsed-ok", what=called)
    if not found.ok:
        end = words(
            "rehearsed-not-ok", what=called, why=words(f"rehearsed-why-{found.why}"), detail=found.detail or "-"
        )
    said = Lines(tuple(_shown(found.lines)))
    staff.tell_one(tx, f"rehearsed {row}", asked["board"], Message((end, said) if said.texts else end))
    if asked.get("then"):
        following, *then = asked["then"]
        outbox.put(tx, KIND, f"rehearse behind {row}", **{**asked, "chat": following, "then": then})


def _shown(lines: Sequence[Mapping[str, Any]]) -> list[Text]:
    """The end of the conversation, as much as one message holds."""
    shown: list[Text] = []
    left = LONGEST
    for line in reversed(lines):
        left -= len(line.get("text", "")) + 20
        if left < 0:
            return [words("rehearsed-before", n=len(lines) - len(shown)), *reversed(shown)]
        shown.append(_line(line))
    return list(reversed(shown))


def _line(line: Mapping[str, Any]) -> Text:
    if (does := line.get("does")) in DOES:
        return words(f"rehearsed-{does}", n=int(line.get("n", 0)))
    who = line["who"] if line.get("who") in ("buyer", "shop", "staff") else "shop"
    return words(f"rehearsed-said-{who}", text=str(line.get("text", "")))
