"""Asking the buyer about a claim: the question goes to their own chat, and the claim waits for the answer."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import claimcards, claiming, claims, enquiries
from core.authority import Right
from core.claims import Claim
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words

asking_about = Conversation("asking about a claim", Right.ANSWER)
staff.talks(asking_about)

LEAVE = Choice(words("choose-leave"), "leave", acts=True)


@asking_about.opens("claim-ask")
async def begin(talk: Talk, number: str) -> Message:
    claim = await talk.read(claims.numbered, number)
    if not claim.goes_on:
        return await talk.read(claimcards.card, claim)
    talk.answers["case"] = claim.number
    return talk.ask(question, "staff-claim-ask", (LEAVE,), numbered=False, case=claim.number)


@asking_about.answers_card("claim")
async def on_the_card(talk: Talk, number: str, *rest: str) -> Message:
    """Written as a reply to a claim's card: the buyer is asked that."""
    talk.answers["case"] = number
    return await question(talk)


@asking_about.free_step
async def question(talk: Talk) -> Message:
    case = talk.answers["case"]
    if talk.text == "leave":
        return talk.end("talk-left", (Choice(words("choose-back"), f"claim {case}"),))
    try:
        await talk.write(_ask, case, talk.text, talk.person.id)
    except enquiries.NoteTooLong as refusal:
        return talk.ask(question, "note-too-long", (LEAVE,), numbered=False, **refusal.facts)
    return talk.end("staff-claim-asked", (Choice(words("choose-back"), f"claim {case}"), claimcards.ALL))


def _ask(tx: Tx, number: str, written: str, person: str, *, request_key: str) -> Claim:
    return claiming.ask(tx, number, written, person, request_key)
