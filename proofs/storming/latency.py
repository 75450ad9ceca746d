"""From a press to its answer in the chat, the shop in one process and Telegram in another."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from doubles.telegram_chats import Chat, Shown
from doubles.telegram_people import Person
from mika.serving import keep_what_is_loaded
from proofs import shop
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.town import BUYERS, Town, only, share, town, within

BRANDS = 6
WAY = ("Browse", "Brand", "Brand", "Back", "Back")  # there and back again, by what the buttons say
TARGET = 150.0  # ms, 99 presses in 100
TOO_LONG = 60.0  # seconds
IDLE = 0.5  # of the machine's processors busy on average: below, what is measured is the shop


async def latency(run: Run, place: Premises) -> Figures:
    """So many presses a second, each by somebody else, who has had time to read."""
    before = os.getloadavg()[0]
    async with town(run, place) as here:
        only(here, BUYERS)
        for number in range(BRANDS):
            await shop.stocked(here.db, f"brand-{number}", 50)
        here.settle(run.size["pressers"])
        await here.opens()
        await asyncio.gather(*(comes_in(here, person) for person in here.people))
        keep_what_is_loaded()  # the double and its people live here: their garbage is not the shop's pause
        began, busy = time.monotonic(), time.process_time()
        found = await asyncio.gather(*(presses(run, here, number, began) for number in range(len(here.people))))
        took = time.monotonic() - began
    times = [seconds * 1000 for some in found for seconds in some]
    figures: dict[str, Any] = {
        "presses": len(times),
        "presses_per_second": run.size["presses_per_second"],
        "reply_ms_p50": round(share(times, 0.5), 1),
        "reply_ms_p99": round(share(times, 0.99), 1),
        "reply_ms_max": round(max(times, default=0.0), 1),
        "target_ms_p99": TARGET,
        "telegram_and_people_busy": round((time.process_time() - busy) / took, 2),
        "load_before": round(before, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "processors": os.cpu_count(),
    }
    judging = bool(run.size["judged"]) and before < IDLE * (os.cpu_count() or 1)
    figures["judged"] = "yes" if judging else "no: the machine is busy" if run.size["judged"] else "no: too small"
    if judging and figures["reply_ms_p99"] > TARGET:
        raise Broken(f"99 replies in 100 came within {figures['reply_ms_p99']} ms only", **figures)
    return figures


async def comes_in(here: Town, person: Person) -> None:
    person.starts(bot=here.bot)
    async with within(TOO_LONG, f"the first answer to {person.id}, with buttons"):
        await person.chat(here.bot).until(lambda chat: any(one.buttons for one in chat.said()), TOO_LONG)


async def presses(run: Run, here: Town, number: int, began: float) -> list[float]:
    """One person's presses, each from the moment it was meant to be: who waits for us doesn't press later for it."""
    person, rate = here.people[number], run.size["presses_per_second"]
    chat, every = person.chat(here.bot), len(here.people) / rate
    shown = next(one for one in reversed(chat.said()) if one.buttons)
    times = []
    for turn in range(int(run.size["press_seconds"] / every)):
        due = began + turn * every + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        edits, newest = len(shown.before), max(chat.all)
        person.presses(button(shown, WAY[turn % len(WAY)], number), shown)

        def answered(chat: Chat, shown: Shown = shown, edits: int = edits, newest: int = newest) -> Shown | None:
            below = next((one for one in chat.said() if one.id > newest), None)
            return below or (shown if len(shown.before) > edits and not shown.deleted else None)

        async with within(TOO_LONG, f"the answer to press {turn} of {person.id}"):
            shown = await chat.until(answered, TOO_LONG)
        times.append(time.monotonic() - due)
    return times


def button(shown: Shown, word: str, number: int) -> str:
    """One of those with that word."""
    found = [label for row in shown.labels for label in row if word in label]
    if not found:
        raise Broken(f"no button {word} among {shown.labels}")
    return found[number % len(found)]
