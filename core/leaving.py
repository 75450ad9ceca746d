"""Leaving: all that somebody held, planned or was to be told ends in one transaction, and is listed once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from core import customers, exports, hiring, pricecards, quiet, repricing, staff
from core.ground import audit, outbox, presses
from core.ground.db import Tx
from core.ground.messages import Lines, Message, Words, words
from core.quiet import Kind


@dataclass(frozen=True)
class Gone:
    """Who left, and what ended with them."""

    name: str
    accounts: list[str] = field(default_factory=list)
    invites: int = 0
    buttons: int = 0
    talks: int = 0
    notices: int = 0  # that waited for them
    exports: int = 0
    prices: list[int] = field(default_factory=list)  # changes they had planned

    def changes(self, tx: Tx) -> Iterator[Words]:
        """The price changes that don't come, each in a line."""
        return (pricecards.row(tx, repricing.one(tx, number)) for number in self.prices)


def leave(tx: Tx, colleague: int, by: str, key: str) -> Gone:
    """They don't work here any more, from this moment: every account, button, conversation, invitation and file.

    What waits to be told to them is not told. Prices they planned to change stay as they are, which the others are
    told: each is one press to plan again, and nothing comes in the name of somebody who is gone. One may leave oneself.
    A repeat of the key finds what ended; a second time by another raises LeftAlready; otherwise as hiring.give.
    """
    known = hiring.goes(tx, colleague, by, key)
    if known is None:
        return Gone(**hiring.left_what(tx, colleague, key) or {})
    accounts = hiring.accounts(tx, colleague)
    gone = Gone(
        known.name,
        accounts,
        invites=sum(hiring.end_invites(tx, person) for person in accounts),
        buttons=sum(presses.end(tx, person) for person in accounts),
        talks=sum(_silenced(tx, person) for person in accounts),
        notices=sum(_unheard(tx, person) for person in accounts),
        exports=exports.stop_all(tx, colleague, by, known.name),
        prices=[change.id for change in repricing.call_off_all(tx, accounts, staff.called(tx, by))],
    )
    hiring.keep_what_left(tx, colleague, asdict(gone))
    audit.write(tx, by, "leave", known.name, roles=sorted(known.roles))
    _tell(tx, colleague, gone)
    return gone


def _silenced(tx: Tx, person: str) -> bool:
    running = customers.talking(tx, person)
    customers.drop_talk(tx, person)
    return running


def _unheard(tx: Tx, person: str) -> int:
    """What was to be said to them as staff; codes they bought for themselves are theirs (kind deliver)."""
    return outbox.call_off(tx, "say", person, "they left") + quiet.drop(tx, person)


def _tell(tx: Tx, colleague: int, gone: Gone) -> None:
    lines = [words("told-left", name=gone.name)]
    if gone.prices:
        lines += [words("told-left-prices"), *gone.changes(tx)]
    staff.tell(tx, f"left {colleague} {tx.now.isoformat()}", Message(Lines(tuple(lines))), Kind.SECURITY)


def checklist(tx: Tx, gone: Gone) -> Message:
    """What ended, and what the shop can't end: in one message."""
    counts = {name: getattr(gone, name) for name in ("invites", "buttons", "talks", "notices", "exports")}
    ended = [words(f"leaver-{name}", n=many) for name, many in counts.items() if many]
    accounts = words("leaver-accounts", n=len(gone.accounts), accounts=", ".join(gone.accounts))
    prices = [words("leaver-prices", n=len(gone.prices)), *gone.changes(tx)] if gone.prices else []
    elsewhere = [words("leaver-yours"), words("leaver-group"), words("leaver-providers"), words("leaver-server")]
    return Message(Lines((words("leaver-gone", name=gone.name), accounts, *ended, *prices, *elsewhere)))
