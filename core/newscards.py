"""The card of a broadcast: how far it is, and the button that stops it."""

from __future__ import annotations

from core import broadcasts, rooms, staff
from core.broadcasts import Broadcast
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words


def card(tx: Tx, broadcast: int) -> Message:
    """As it stands now."""
    about, many = broadcasts.get(tx, broadcast), broadcasts.tally(tx, broadcast)
    doubtful = many.get("unknown", 0)
    said = words(
        "news-card",
        number=str(about.id),
        stands=about.state,
        sent=many.get("sent", 0),
        skipped=many.get("skipped", 0),
        doubtful=doubtful,
    )
    return Message(said, tuple(_choices(about, doubtful)), card=f"news {about.id}")


def _choices(about: Broadcast, doubtful: int) -> list[Choice]:
    choices = [Choice(words("choose-news-progress"), f"newscard {about.id}")]
    if about.state == "going":
        choices.append(Choice(words("choose-stop-news"), f"stopnews {about.id}", acts=True))
    elif doubtful:
        choices.append(Choice(words("choose-news-again", n=doubtful), f"newsagain {about.id}", acts=True))
    return choices


def keep_up(tx: Tx, broadcast: int) -> None:
    """End it when nobody is left, and change its card in the room every few seconds; where a chat can't, at the end."""
    about = broadcasts.get(tx, broadcast)
    ended = about.state == "going" and broadcasts.finish(tx, broadcast)
    if ended or (about.state == "going" and rooms.is_room(tx, about.told) and broadcasts.to_be_told(tx, broadcast)):
        staff.tell_one(tx, f"news {broadcast} {tx.now.isoformat()}", about.told, card(tx, broadcast))
