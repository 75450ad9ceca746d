"""The staff room: opened by a code that is posted in the group, and moved when an owner confirms its new id."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import staff as people
from core.authority import Right
from core.customers import Person
from core.ground.messages import Message, words
from core.shop import Shop

opening = Conversation("room", Right.PEOPLE)
staff.talks(opening)


@opening.opens("here")
async def here(talk: Talk, *code: str) -> Message:
    """Said in a group that is no room yet, with the code of `mika telegram group`."""
    if talk.said.room is None:
        return talk.end("room-in-group")
    room = await talk.shop.db.write(people.open_room, "".join(code), talk.said.room, talk.person.id)
    return talk.end("room-opened" if room else "room-code-wrong")


@staff.hears("room-moved", right=Right.OWN)
async def moved(shop: Shop, person: Person, old: str, new: str) -> Message:
    await shop.db.write(people.confirm_move, old, new, person.id)
    return Message(words("room-moved"), staff.choices)
