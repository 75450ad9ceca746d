"""Answering a buyer who asked for a person, in their own chat."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import cards, customers, enquiries, pasted
from core import staff as people
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Choice, Message, Note, words

replying = Conversation("replying", Right.ANSWER)
staff.talks(replying)

STOCK = 3  # lines that look like codes
LEAVE = Choice(words("choose-leave"), "leave", acts=True)


@replying.opens("reply")
async def begin(talk: Talk, buyer: str) -> Message:
    if not await talk.read(customers.is_known, buyer):
        return talk.end("staff-not-understood", staff.choices)
    talk.answers["buyer"] = buyer
    return talk.ask(answer, "reply-what", (LEAVE,), numbered=False)


@replying.free_step
async def answer(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", staff.choices)
    if not talk.answers.get("sure") and len(pasted.read(talk.text.splitlines()).codes) >= STOCK:
        return _ask_whether_stock(talk)
    try:
        await talk.write(_reply, talk.answers["buyer"], talk.person.id, talk.text)
    except enquiries.NoteTooLong as refusal:
        return talk.ask(answer, "note-too-long", (LEAVE,), numbered=False, **refusal.facts)
    return talk.end("reply-done", staff.choices)


def _ask_whether_stock(talk: Talk) -> Message:
    """Several lines at once may be codes pasted into the wrong conversation: they are not sent unless sent again."""
    talk.answers["sure"] = True
    return talk.ask(answer, "reply-sure", (LEAVE,), numbered=False)


def _reply(tx: Tx, buyer: str, colleague: str, text: str, *, request_key: str) -> None:
    """The answer goes to the buyer's chat, once."""
    people.may(tx, colleague, Right.ANSWER)
    note = enquiries.keep(tx, request_key, buyer, colleague, text)
    back = Choice(words("choose-reply"), "human", main=True)
    people.say(tx, f"reply {note}", buyer, Message(words("human-says", text=Note(note)), (back, cards.MY_ORDERS)))
    audit.write(tx, colleague, "reply", buyer)
