"""Answering a buyer who asked for a person, in their own chat."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import customers, enquiries, pasted, threads
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words

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


@replying.answers_card("thread")
async def on_the_card(talk: Talk, thread: str, note: str) -> Message:
    """Written as a reply to the card of what a buyer asked: it is the answer to that."""
    talk.answers["buyer"] = (await talk.read(threads.get, int(thread))).buyer
    return await answer(talk)


@replying.free_step
async def answer(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", staff.choices)
    if not talk.answers.get("sure") and len(pasted.read(talk.text.splitlines()).codes) >= STOCK:
        return _ask_whether_stock(talk)
    try:
        return await talk.write(_reply, talk.answers["buyer"], talk.person.id, talk.text)
    except enquiries.NoteTooLong as refusal:
        return talk.ask(answer, "note-too-long", (LEAVE,), numbered=False, **refusal.facts)


def _ask_whether_stock(talk: Talk) -> Message:
    """Several lines at once may be codes pasted into the wrong conversation: they are not sent unless sent again."""
    talk.answers["sure"] = True
    return talk.ask(answer, "reply-sure", (LEAVE,), numbered=False)


def _reply(tx: Tx, buyer: str, colleague: str, text: str, *, request_key: str) -> Message:
    """The answer goes to the buyer's chat, once, and stands on the card."""
    card = threads.card(tx, threads.answer(tx, buyer, text, colleague, request_key))
    return replace(card, text=(words("reply-done"), *card.paragraphs))
