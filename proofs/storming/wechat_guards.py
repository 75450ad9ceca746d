"""What the shop can't do without on WeChat, and how it is switched off; and which leg of the storm is about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, or_, select
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from bot.chats.wechat import callback
from bot.chats.wechat.sealing import Seal
from core import delivery, speaking
from core.ground import outbox
from core.ground.db import Tx
from core.ground.messages import Message
from core.ground.outbox import OutboxRow
from proofs.guards import guard, replaced

WECHAT_LEGS = {
    "WeChat alone is heard": "forged",
    "answered within WeChat's patience": "slow",
    "brought again, answered the same": "purchases",
    "taken along by one alone": "purchases",
    "counted before it is sent": "purchases",
    "what can't be said waits for a word": "purchases",
    "only what is theirs goes along": "purchases",
}


@guard("WeChat alone is heard")
def whoever_calls() -> Iterator[None]:
    """A call is taken whoever has signed it, and when."""

    def looks_away(seal: Seal, query: Mapping[str, str], given: str, *more: str) -> None:
        """All of it is WeChat's."""

    def opens(crypto: Any, message: Mapping[str, str], signature: str, timestamp: str, nonce: str) -> Any:
        return PrpCrypto(crypto.key).decrypt(message["Encrypt"], crypto.app_id)

    with replaced(Seal, "_look", looks_away), replaced(WeChatCrypto, "decrypt_message", opens):
        yield


@guard("answered within WeChat's patience")
def in_no_hurry() -> Iterator[None]:
    """A call waits for its answer however long that takes."""
    with replaced(callback, "WAIT", 60.0), replaced(callback, "ANSWER_BEFORE", 60.0):
        yield


@guard("brought again, answered the same")
def forgetful() -> Iterator[None]:
    """What was answered in a call isn't known any more when WeChat brings it again."""

    def again(tx: Tx, event: str) -> list[Message] | None:
        return None

    with replaced(speaking, "again", again):
        yield


@guard("taken along by one alone")
def whoever_has_it() -> Iterator[None]:
    """What goes along in a call may be on its way already, and isn't kept from others."""
    rows = outbox.outbox.c
    of_one = (
        select(rows.id, rows.effect_key, rows.kind, rows.payload, rows.tries, rows.via)
        .where(rows.recipient == bindparam("to"), rows.state == "new")
        .order_by(rows.id)
        .limit(bindparam("most"))
    )

    def claim_to(tx: Tx, to: str, most: int = 16) -> list[OutboxRow]:
        return [OutboxRow(*row) for row in tx.all(of_one, to=to, most=most)]

    with replaced(outbox, "claim_to", claim_to):
        yield


@guard("counted before it is sent")
def talkative() -> Iterator[None]:
    """We speak whenever we have something to say."""
    with replaced(speaking, "spend", lambda tx, person: tx.value(speaking.KNOWN, of=person) or tx.now):
        yield


@guard("what can't be said waits for a word")
def said_to_nobody() -> Iterator[None]:
    """Codes that WeChat didn't take count as sent."""

    def unreachable(tx: Tx, order: int, units: Sequence[int], why: str, **how: bool) -> None:
        delivery.sent(tx, order, units, "said")

    with replaced(delivery, "unreachable", unreachable):
        yield


@guard("only what is theirs goes along")
def everybodys() -> Iterator[None]:
    """In a call goes along what waits for anybody."""
    rows = outbox.outbox.c
    of_anybody = (
        select(rows.id, rows.effect_key, rows.kind, rows.payload, rows.tries, rows.via)
        .where(
            or_(rows.recipient == bindparam("to"), rows.recipient.is_not(None)),
            rows.state == "new",
            or_(rows.leased_until.is_(None), rows.leased_until <= bindparam("now")),
        )
        .order_by(rows.id)
        .limit(bindparam("most"))
    )
    with replaced(outbox, "TO_ONE", of_anybody):
        yield
