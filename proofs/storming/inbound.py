"""Updates come in a storm, and the shop is killed in the middle: each is answered, none twice but under a kill."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from core.ground import inbox, outbox
from doubles.telegram_people import Person
from doubles.telegram_updates import Updates, Waiting
from jobs import lanes
from proofs import shop
from proofs.guards import replaced
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.town import BUYERS, LEFT_TO_HEAR, LEFT_TO_SAY, Town, only, share, town, within

SAID = ("/help", "/terms", "/paysupport", "/orders")  # each with an answer of its own, which never changes
AT_ONCE = 2 * lanes.AT_ONCE - 1  # messages under way when the process dies: so many may come again
CLOSED = 0.5  # seconds from the kill until it is opened again
STUCK = 60.0


async def inbound(run: Run, place: Premises) -> Figures:
    """So many updates a second for so many seconds; killed in the middle, and opened again."""
    lease = timedelta(seconds=run.size["lease_seconds"])
    async with town(run, place, leases=(lease, lease) if lease else (inbox.LEASE, outbox.LEASE)) as here:
        only(here, BUYERS)
        people, each = run.size["callers"], len(SAID)
        here.settle(people + 1)
        await here.opens()
        answers = await asked(here, here.people.pop())
        before = here.bot.updates.posted
        with acknowledged() as times:
            many = run.size["updates_per_second"] * run.size["update_seconds"]
            began = time.monotonic()
            killing = asyncio.create_task(killed(here, run.size["update_seconds"] / 2))
            for number in range(many):
                await asyncio.sleep(began + number / run.size["updates_per_second"] - time.monotonic())
                turn = number // people + number % people  # so that nobody says the same thing twice running
                here.people[number % people].writes(SAID[turn % each], here.bot)
            await killing
            taken = await brought(here)
            taken_after = time.monotonic() - began
        ended = taken and await here.until(LEFT_TO_HEAR, STUCK, f"{place.store}: answered", many)
        ended = ended and await here.until(LEFT_TO_SAY, STUCK, f"{place.store}: said", many)
        await asyncio.sleep(0.2)
        figures = {
            "updates": many,
            "updates_per_second": run.size["updates_per_second"],
            "acknowledged_in_ms_p50": round(share(times, 0.5) * 1000, 1),
            "acknowledged_in_ms_p99": round(share(times, 0.99) * 1000, 1),
            "all_acknowledged_after_s": round(taken_after, 1),
            "all_answered_after_s": round(time.monotonic() - began, 1),
            "kills": 1,
            "brought_again": here.bot.updates.posted - before - many,
            "not_taken_at_first": here.bot.updates.refused,
        }
        figures |= judged(here, answers, many)
        figures["left_in_the_inbox"] = await shop.count(here.db, UNDONE)
        if not ended or any(figures[name] for name in WRONG):
            raise Broken("not every update was answered once", **figures)
        await here.dies()
        await shop.holds(here.db, **figures)
    return figures


UNDONE = "SELECT COUNT(*) FROM inbox WHERE state <> 'done'"
WRONG = ("lost", "out_of_order", "repeats_without_cause", "left_in_the_inbox")


async def asked(here: Town, stranger: Person) -> dict[str, str]:
    """What each of the things that are said is answered."""
    found = {}
    for text in SAID:
        chat = stranger.chat(here.bot)
        newest = max(chat.all, default=0) + 1
        stranger.writes(text, here.bot)
        async with within(STUCK, f"the answer to {text}"):
            found[text] = (await chat.next(newest, STUCK)).text
    if len(set(found.values())) < len(SAID):
        raise RuntimeError(f"two of these are answered alike: {found}")
    return found


@contextmanager
def acknowledged() -> Iterator[list[float]]:
    """How many seconds each update took until it was acknowledged, those that weren't aside."""
    times: list[float] = []
    once = Updates._try

    async def timed(updates: Updates, one: Waiting) -> bool:
        began = time.monotonic()
        taken = await once(updates, one)
        if taken:
            times.append(time.monotonic() - began)
        return taken

    with replaced(Updates, "_try", timed):
        yield times


async def killed(here: Town, after: float) -> None:
    await asyncio.sleep(after)
    await here.dies()
    await asyncio.sleep(CLOSED)
    await here.opens()


async def brought(here: Town) -> bool:
    """Telegram has brought everything."""
    until = time.monotonic() + STUCK
    while here.bot.updates.waiting and time.monotonic() < until:  # noqa: ASYNC110  it sets no event
        await asyncio.sleep(0.05)
    return not here.bot.updates.waiting


def judged(here: Town, answers: dict[str, str], many: int) -> dict[str, Any]:
    """What everybody said, beside what they were answered."""
    found = {"lost": 0, "repeats": 0, "out_of_order": 0}
    for person in here.people:
        chat = person.chat(here.bot)
        wanted = [answers[one.text] for one in chat.messages if one.bot is None]
        heard = [one.text for one in chat.said()]
        once = [text for at, text in enumerate(heard) if not at or heard[at - 1] != text]
        found["repeats"] += len(heard) - len(once)
        found["lost"] += max(0, len(wanted) - len(once))
        found["out_of_order"] += once != wanted
    return found | {"repeats_without_cause": max(0, found["repeats"] - AT_ONCE)}
