"""Acts of the proof of crashes: somebody asks in their own words, and staff teach what nobody had an answer to."""

from __future__ import annotations

from core import faq, questions
from core.ground.tx import AnyRow, Tx
from proofs.crash_play import Play
from proofs.crash_shelf import CHEN, LIN

STRANGE = "do you have a gift box for people with seven cats"  # nobody has an answer to that
STRANGER = "is there a horoscope in every third parcel of yours"
SURE = "which ways can I pay, do you take alipay?"
HALF = "account trouble"  # may be one of several


def _question(tx: Tx, step: str) -> AnyRow:
    """By the event it was asked in: numbers may skip where a life ended."""
    return tx.one(questions.QUESTION, question=tx.value(questions.ASKED, of_key=f"chat lin {step}"))


def _phrasing(tx: Tx, step: str) -> int:
    return tx.value(faq.OF_NOTE, note=_question(tx, step).note_id)


async def _group(play: Play, step: str) -> int:
    return (await play.shop.db.read(_question, step)).group_id


async def asked_and_taught(play: Play) -> None:
    """Answered, and that isn't it; one that nobody knows is taught to mean an entry, and forgotten again."""
    sure = await play.says(LIN, "sure", SURE)
    await play.presses(LIN, "not that", "That isn't it", sure)
    await play.says(CHEN, "left", press=f"unasked {await _group(play, 'sure')}")
    await play.says(LIN, "strange", STRANGE)
    await play.says(CHEN, "taught", press=f"teach {await _group(play, 'strange')} gift")
    await play.gets(LIN, "faq-asked-before")
    taught = await play.shop.db.read(_phrasing, "strange")
    await play.says(CHEN, "forgotten", press=f"unteach {taught}")


async def offered_and_picked(play: Play) -> None:
    """Three answers are offered, and one is taken; of others none is, and staff hear of it."""
    await play.says(LIN, "half", HALF)
    await play.says(LIN, "picked", "1")
    await play.says(LIN, "half again", HALF)
    await play.later("nobody takes one", questions.PATIENCE * 2)


async def answers_written(play: Play) -> None:
    """An entry and a guide are written, in several steps."""
    await play.says(LIN, "strange", STRANGER)
    await play.says(CHEN, "new", press=f"newentry {await _group(play, 'strange')}")
    await play.says(CHEN, "called", "Horoscopes")
    look = await play.says(CHEN, "text", "There is none.")
    await play.presses(CHEN, "saved", "Save", look)
    await play.gets(LIN, "faq-asked-before")
    where = await play.says(CHEN, "guide", press="guide-write steam")
    which = await play.presses(CHEN, "of the product", "Steam", where)
    await play.presses(CHEN, "in English", "English", which)
    seen = await play.says(CHEN, "steps", "1. Open it")
    await play.presses(CHEN, "kept", "Save it", seen)
