"""Words at a steady pace, answered within the call: by a shop at rest, by one whose database is slow, by one too many.

Measured is from the moment a word was meant to be said until its answer is shown.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from doubles.wechat_delivery import Exchange
from doubles.wechat_people import Person
from mika.serving import keep_what_is_loaded
from proofs import shop
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.latency import IDLE
from proofs.storming.town import share
from proofs.storming.wechat_buyers import BUY_ONE
from proofs.storming.wechat_town import WeChatTown, wechat_town

BRANDS = 6
WAY = ("你好", "货架", "product", "buy", "订单", "product")  # what one says, in turn
TARGET = 300.0  # ms, 99 answers in 100
PATIENCE = 5000.0  # ms that WeChat waits
WORDS = 2  # that each says to a slow shop
QUEUED = 0.2  # seconds for each writing, one after the other: no more than five in a second
CROWDED = 25.0  # seconds that this lasts
TOLERATED = 0.1  # of its calls it hears of too late to say in time that they must come again, which they do anyway
WORDS_AFTER = 6  # until everything has come along


@dataclass(frozen=True)
class Word:
    """Something said, and what came of it."""

    person: Person
    text: str
    after: int  # messages in the chat before it
    ms: float
    exchange: Exchange

    def answered(self, here: WeChatTown) -> bool:
        """Whether the product that was asked for has been shown since, in the call or later."""
        name = self.text.removeprefix("product ").title()
        chat = self.person.chat(here.account)
        return any(name in one.text for one in chat.all[self.after :] if one.via != "person")


async def answers(run: Run, place: Premises) -> Figures:
    """So many words a second, each by somebody else, who has had time to read."""
    before = os.getloadavg()[0]
    async with wechat_town(run, place) as here:
        await furnished(here)
        here.settle(run.size["people"], "calls")
        await here.opens()
        words = await paced(run, here, run.size["words_per_second"], run.size["word_seconds"])
        figures = {**measured(words), "target_ms_p99": TARGET, "load_before": round(before, 2)}
        judging = bool(run.size["judged"]) and before < IDLE * (os.cpu_count() or 1)
        figures["judged"] = "yes" if judging else "no: the machine is busy" if run.size["judged"] else "no: too small"
        if judging and figures["reply_ms_p99"] > TARGET:
            raise Broken(f"99 answers in 100 came within {figures['reply_ms_p99']} ms only", **figures)
        return figures | await nothing_lost(here, words, figures)


async def slow(run: Run, place: Premises) -> Figures:
    """Few people, and a database that takes its time: the answer comes in the call, by itself, or with the next word.

    Half of them can't be pushed to.
    """
    figures: dict[str, Any] = {}
    async with wechat_town(run, place) as here:
        await furnished(here)
        for ms in sorted({run.size["slow_ms"], run.size["slower_ms"]}):
            here.settle(run.size["slow_people"], f"slow-{ms}")
            await here.opens(slow=ms / 1000)
            said = await asyncio.gather(*(patiently(here, number) for number in range(len(here.people))))
            words = [word for some in said for word in some]
            tries = [one for word in words for one in word.exchange.tries]
            found = measured(words) | {"brought_again": len(tries) - len(words)}
            if late := sum(one.status != 200 or one.ms > PATIENCE for one in tries):
                raise Broken("a call was not answered in time", **found, late=late)
            figures[f"{ms}_ms_a_call"] = found | await nothing_lost(here, words, found)
            await here.dies()
    return figures


async def overloaded(run: Run, place: Premises) -> Figures:
    """More people at once than can be written down: each call is answered in time, if only that it must come again.

    What was acknowledged is answered in the end.
    """
    async with wechat_town(run, place) as here:
        await furnished(here)
        here.settle(run.size["crowd"], "crowd")
        await here.opens(slow=QUEUED, slow_for=CROWDED, queues=True)
        await word(here, here.people[0], "product brand-1")  # what is used is loaded
        await here.calms_down("is warm")
        words = await asyncio.gather(
            *(word(here, person, f"product brand-{number % BRANDS}") for number, person in enumerate(here.people))
        )
        tries = [one for word in words for one in word.exchange.tries]
        figures = measured(words) | {
            "calls": len(tries),
            "not_kept_503": sum(one.status == 503 for one in tries),
            "told_out_of_order": sum(word.exchange.noticed for word in words),
        }
        figures["late"] = sum(one.status not in (200, 503) or one.ms > PATIENCE for one in tries)
        if figures["late"] > TOLERATED * len(tries):
            raise Broken("calls were not answered in time", **figures)
        return figures | await nothing_lost(here, words, figures)


async def furnished(here: WeChatTown) -> None:
    for number in range(BRANDS):
        await shop.stocked(here.db, f"brand-{number}", 50)


async def paced(run: Run, here: WeChatTown, rate: int, seconds: int) -> list[Word]:
    keep_what_is_loaded()  # the double and its people live here: their garbage is not the shop's pause
    await asyncio.gather(*(word(here, person, "你好") for person in here.people[:BRANDS]))  # what is used is loaded
    began = time.monotonic()
    every = len(here.people) / rate

    async def talks(number: int, person: Person) -> list[Word]:
        said: list[Word] = []
        for turn in range(max(1, int(seconds / every))):
            due = began + turn * every + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            said.append(await word(here, person, to_say(number, turn, said), due))
        return said

    found = await asyncio.gather(*(talks(number, person) for number, person in enumerate(here.people)))
    return [word for some in found for word in some]


def to_say(number: int, turn: int, before: Sequence[Word]) -> str:
    what = WAY[(number + turn) % len(WAY)]
    shown = BUY_ONE.search(before[-1].exchange.text) if before else None
    if what == "buy" and shown:
        return shown[0]
    return f"product brand-{(number + turn) % BRANDS}" if what in ("product", "buy") else what


async def word(here: WeChatTown, person: Person, text: str, due: float | None = None) -> Word:
    due, after = due or time.monotonic(), len(person.chat(here.account).all)
    exchange = await person.says(here.account, text)
    return Word(person, text, after, (time.monotonic() - due) * 1000, exchange)


async def patiently(here: WeChatTown, number: int) -> list[Word]:
    """One after the other, each about another product; half of them lose WeChat's leave to be spoken to at once."""
    person, said = here.people[number], list[Word]()
    for turn in range(WORDS):
        saying = asyncio.create_task(word(here, person, f"product brand-{(number + turn) % BRANDS}"))
        await asyncio.sleep(0.1)
        if number % 2:
            here.account.follower(person.openid).rights.end()
        said.append(await saying)
    return said


def measured(words: Sequence[Word]) -> dict[str, Any]:
    times = [word.ms for word in words]
    in_call = sum(word.exchange.reply is not None for word in words)
    return {
        "words": len(words),
        "answered_in_the_call": in_call,
        "reply_ms_p50": round(share(times, 0.5), 1),
        "reply_ms_p99": round(share(times, 0.99), 1),
        "reply_ms_max": round(max(times, default=0.0), 1),
        "call_ms_max": round(max((one.ms for word in words for one in word.exchange.tries), default=0.0), 1),
    }


async def nothing_lost(here: WeChatTown, words: Sequence[Word], figures: Figures) -> dict[str, Any]:
    """What was acknowledged is answered in the end: by itself, or along with a word more. Raises Broken."""
    asked = [word for word in words if word.exchange.taken and word.text.startswith("product ")]
    await here.calms_down("answers what it has heard")
    found = {"asked": len(asked), "by_itself_or_in_the_call": sum(one.answered(here) for one in asked)}
    for after in range(WORDS_AFTER):
        missing = [one for one in asked if not one.answered(here)]
        if not missing:
            return found | {"words_more": after}
        people = {one.person.openid: one.person for one in missing}
        await asyncio.gather(*(word(here, person, "你好") for person in people.values()))
        await here.calms_down("answers what it has heard")
    lost = sum(not one.answered(here) for one in asked)
    raise Broken("what was said in a call to us is lost", **figures, **found, lost=lost)
