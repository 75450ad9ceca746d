"""Handing a message over to the chat its person is in."""

from __future__ import annotations

import time
from dataclasses import replace

from core import composing
from core.customers import Person
from core.ground import points
from core.ground.errors import SendError
from core.ground.messages import Message, Spoken
from core.shop import Shop


async def send(shop: Shop, person_id: str, message: Message, on: str | None = None, topic: str | None = None) -> str:
    """Compose it in the person's language and send it; returns the chat's id of it. Raises SendError.

    `on` is what it answers, `topic` where it belongs, see Spoken.
    """
    offers = person_id.partition(":")[0] not in shop.may_refuse
    person, spoken = await shop.db.write(composing.addressed, person_id, message, shop.whose, offers=offers)
    return await hand(shop, person, replace(spoken, on=on, topic=topic))


async def hand(shop: Shop, person: Person, spoken: Spoken) -> str:
    """Send what was composed for the person; returns the chat's id of it. Raises SendError.

    Codes are in the journal before they leave.
    """
    sender = shop.senders.get(person.chat)
    if sender is None:
        raise SendError(f"this process has no chat {person.chat}")
    await shop.handing_over(spoken.source)
    began, outcome = time.monotonic(), "failed"
    try:
        with points.around("send"):
            sent_as = await sender(person.address, spoken)
        outcome = "sent"
        return sent_as
    finally:
        shop.meter.sent(person.chat, time.monotonic() - began, outcome)
