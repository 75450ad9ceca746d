"""What goes along in an answer: all that waits for somebody, as far as it fits into one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.chats.wechat import render
from bot.chats.wechat.render import Pages
from core import composing, delivery, speaking
from core.delivery import Parcel
from core.ground import outbox
from core.ground.db import Tx
from core.ground.messages import Spoken, unpack
from core.ground.outbox import OutboxRow

HELD = timedelta(seconds=5)  # what answers a word waits so long for the call that brought it


@dataclass(frozen=True)
class Taken:
    """Something that waits, taken along into a call, or out of it again."""

    row: OutboxRow
    spoken: Spoken
    parcel: Parcel | None = None


def gather(tx: Tx, person: str, event: str) -> tuple[list[Spoken] | None, list[Taken]]:
    """What was said in the call that brought this first; else all that waits, taken for this one, the answer last."""
    before = speaking.again(tx, event)
    if before is not None:
        return [composing.compose(tx, person, message) for message in before], []
    rows = sorted(outbox.claim_to(tx, person), key=lambda row: (_answers(row, event), row.id))
    taken = [one for row in rows if (one := _taken(tx, row))]
    newest = {card: one for one in taken if (card := one.spoken.source.card)}
    old = [one for one in taken if one.parcel is None and newest.get(one.spoken.source.card or "", one) is not one]
    for one in old:  # how it stood then is nobody's concern
        outbox.done(tx, one.row.id)
    return None, [one for one in taken if one not in old]


def _answers(row: OutboxRow, event: str) -> bool:
    return row.effect_key == f"say {event}"


def _taken(tx: Tx, row: OutboxRow) -> Taken | None:
    """Made ready; None for what there is nothing of any more, which is done."""
    if row.kind == "deliver":
        packed = delivery.packed(tx, row.payload["order"], row.payload.get("units"), offers=False)
        if packed is None:
            outbox.done(tx, row.id)
            return None
        parcel, _, spoken = packed
        return Taken(row, spoken, parcel)
    return Taken(row, composing.address(tx, row.payload["person"], unpack(row.payload["message"]), offers=False))


def fitting(taken: Sequence[Taken], pages: Pages) -> tuple[list[Taken], list[Taken]]:
    """What goes into one text, and what stays for another: codes first, then the answer, then the newest words.

    Pictures stay: a call takes one thing.
    """
    words_only = [one for one in taken if one.spoken.text]
    stays = [one for one in taken if not one.spoken.text]
    goes: list[Taken] = []
    for one in sorted(words_only, key=lambda one: (one.parcel is None, -words_only.index(one))):
        wider = sorted((*goes, one), key=words_only.index)
        if not goes or render.text([each.spoken for each in wider], pages) is not None:
            goes = wider
        else:
            stays.append(one)
    return goes, sorted(stays, key=lambda one: one.row.id)


def settled(tx: Tx, person: str, event: str, goes: Sequence[Taken], stays: Sequence[Taken]) -> None:
    """What went along is done, and remembered in case the call is brought again; the rest is anybody's."""
    for one in goes:
        if outbox.done(tx, one.row.id) and one.parcel:
            delivery.sent(tx, one.parcel.order.id, one.parcel.units, f"reply to {event}"[:60])
    for one in stays:
        outbox.give_back(tx, one.row)
    if goes:
        composing.bind(tx, person, goes[-1].spoken)
        speaking.answered(tx, event, person, [one.spoken.source for one in goes])
