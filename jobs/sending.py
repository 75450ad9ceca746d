"""Handing a message over to the chat its person is in."""

from __future__ import annotations

from core import customers, delivery
from core.ground import points
from core.ground.errors import SendError
from core.ground.messages import Message
from core.shop import Shop


async def send(shop: Shop, person_id: str, message: Message) -> str:
    """Compose it in the person's language and send it; returns the chat's id of it. Raises SendError."""
    person = await shop.db.read(customers.person, person_id)
    spoken = await shop.db.write(delivery.address, person_id, message)
    sender = shop.senders.get(person.chat)
    if sender is None:
        raise SendError(f"this process has no chat {person.chat}")
    with points.around("send"):
        return await sender(person.address, spoken)
