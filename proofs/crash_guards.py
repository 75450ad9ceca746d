"""The guards without which a crash loses something or does it twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from bot.conversation import Talk
from core import aftersales, delivery
from core.aftersales import RefundCall
from core.ground import inbox, outbox
from core.ground.db import Tx
from core.ground.inbox import InboxRow
from core.ground.messages import unpack
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs import lanes
from jobs.ending import carried_out, nothing
from jobs.sending import send
from proofs.guards import guard, replaced


@guard("a notice is done only with its settlement")
def notice_done_first() -> Iterator[None]:
    settle = lanes.settle

    async def done_first(shop: Shop, row: InboxRow) -> None:
        await shop.db.write(inbox.done, row.source, row.external_id)
        await settle(shop, row)

    with replaced(lanes, "settle", done_first):
        yield


@guard("sent is said after sending")
def said_before_sending() -> Iterator[None]:
    async def deliver(shop: Shop, row: OutboxRow) -> None:
        parcel = await shop.db.read(delivery.parcel, row.payload["order"])
        if parcel is None:
            return await shop.db.write(carried_out, row, nothing)
        await shop.db.write(carried_out, row, delivery.sent, row.payload["order"], parcel.units, "sent")
        await send(shop, parcel.person, parcel.message)

    async def say(shop: Shop, row: OutboxRow) -> None:
        await shop.db.write(carried_out, row, nothing)
        await send(shop, row.payload["person"], unpack(row.payload["message"]))

    with patch.dict(lanes.EFFECTS, {"deliver": deliver, "say": say}):
        yield


@guard("a refund is tried again under its key")
def fresh_refund_keys() -> Iterator[None]:
    begins = aftersales.refund_begins

    def begins_anew(tx: Tx, refund: int) -> RefundCall | None:
        call = begins(tx, refund)
        return call and replace(call, key=f"{call.key}-{uuid4()}", ask_first=False)

    with replaced(aftersales, "refund_begins", begins_anew):
        yield


@guard("an effect is written with its decision")
def effects_written_later() -> Iterator[None]:
    settle, put = lanes.settle, outbox.put
    later: list[tuple[str, str, dict[str, Any]]] = []

    def put_later(tx: Tx, kind: str, effect_key: str, **rest: Any) -> bool:
        if kind != "weigh":
            return put(tx, kind, effect_key, **rest)
        later.append((kind, effect_key, rest))
        return True

    async def settle_then_put(shop: Shop, row: InboxRow) -> None:
        await settle(shop, row)
        while later:
            kind, effect_key, rest = later.pop()
            await shop.db.write(put, kind, effect_key, **rest)

    with replaced(outbox, "put", put_later), replaced(lanes, "settle", settle_then_put):
        yield


@guard("an event that is heard again finds its order")
def fresh_request_keys() -> Iterator[None]:
    async def write(talk: Talk, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await talk.shop.db.write(fn, *args, **kwargs, request_key=str(uuid4()))

    with replaced(Talk, "write", write):
        yield


CRASH_GUARDS = (
    "a notice is done only with its settlement",
    "sent is said after sending",
    "a refund is tried again under its key",
    "an effect is written with its decision",
    "an event that is heard again finds its order",
)
