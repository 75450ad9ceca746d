"""Calls that are not WeChat's, or not as WeChat makes them: none is kept, none breaks the shop, nor fills it up."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from multidict import MultiDict
from sqlalchemy import select

import core.schema  # noqa: F401  every table
from bot.chats.wechat.callback import PATH, READ_WITHIN
from bot.chats.wechat.sealing import TRIES
from core.ground.columns import metadata
from core.ground.db import Tx
from doubles.wechat_replies import understood
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.town import share
from proofs.storming.wechat_forgeries import WAYS, Given, Posted, made, mutated, true
from proofs.storming.wechat_latency import furnished
from proofs.storming.wechat_town import WeChatTown, wechat_town

CHUNK = 100  # calls on their way at the same time
MOST_GROWTH = 50.0  # MB
REPLAYS = 50
SLOW_ONES = 8
LEEWAY = 2.0  # seconds


@dataclass
class Brought:
    """What came of the calls."""

    answers: Counter[int] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)  # answered as they may not be
    times: list[float] = field(default_factory=list)


async def forged(run: Run, place: Premises) -> Figures:
    async with wechat_town(run, place) as here:
        await furnished(here)
        here.settle(2, "true")
        await here.opens()
        dice, came = run.dice("forged"), Brought()
        lin, wang = here.people
        for person in here.people:
            await person.says(here.account, "你好")
        await brings(here, [made(way, given(here, dice)) for way in WAYS], came)  # what is used is loaded
        await brings(here, [mutated(given(here, dice)) for _ in range(CHUNK)], came)
        replayed = await replays(here, dice)
        await here.calms_down("calms down")
        before, weighed, began = await here.db.read(state), megabytes(here), time.monotonic()
        many, changed = run.size["forged"], run.size["mutated"]
        for first in range(0, many, CHUNK):
            ways = [list(WAYS)[number % len(WAYS)] for number in range(first, min(first + CHUNK, many))]
            await brings(here, [made(way, given(here, dice)) for way in ways], came)
            run.progress(f"{place.store}: forged", first, many)
        for first in range(0, changed, CHUNK):
            await brings(here, [mutated(given(here, dice)) for _ in range(first, min(first + CHUNK, changed))], came)
            run.progress(f"{place.store}: mutated", first, changed)
        slow = await slowly(here, dice)
        took = time.monotonic() - began
        after = await here.db.read(state)
        grown = megabytes(here) - weighed
        figures: dict[str, Any] = {
            "forged": many,
            "ways": len(WAYS),
            "mutated": changed,
            "answers": {str(status): times for status, times in sorted(came.answers.items())},
            "answers_of_5xx": sum(times for status, times in came.answers.items() if status >= 500),
            "answered_wrongly": came.wrong.total(),
            "state_changes": sum(before[table] != after[table] for table in before),
            "tables": len(before),
            "replays": REPLAYS,
            "replays_answered": replayed,
            "slow_bodies_refused": slow,
            "mb_before": round(weighed, 1),
            "mb_grown": round(grown, 1),
            "per_second": round((many + changed) / took),
            "answer_ms_p99": round(share(came.times, 0.99), 1),
        }
        if figures["state_changes"] or came.wrong or figures["answers_of_5xx"]:
            tables = [table for table in before if before[table] != after[table]]
            raise Broken(f"answered wrongly: {dict(came.wrong)}; changed: {tables}", **figures)
        if grown > MOST_GROWTH:
            raise Broken(f"it has grown by {grown:.0f} MB", **figures)
        answers = [await person.says(here.account, "货架") for person in (lin, wang)]
        if not all(answer.text for answer in answers):
            raise Broken("a true word is not answered any more", **figures)
        return figures


numbers = iter(range(10**9))


def given(here: WeChatTown, dice: Random) -> Given:
    return Given(here.account, dice, int(here.api.now()), next(numbers))


async def brings(here: WeChatTown, some: Iterable[Posted], came: Brought) -> None:
    async def one(posted: Posted) -> None:
        began = time.monotonic()
        status, _ = await bring(here, posted)
        came.times.append((time.monotonic() - began) * 1000)
        came.answers[status] += 1
        if status not in posted.answers:
            came.wrong[f"{posted.what}: {status}"] += 1

    await asyncio.gather(*map(one, some))


async def bring(here: WeChatTown, posted: Posted) -> tuple[int, bytes]:
    """Its status, and what was said; 0 where the connection ended first."""
    query = MultiDict(posted.query)
    query.extend(posted.twice or {})
    try:
        address = f"{here.till.url}{PATH}"
        async with here.web.request(posted.method, address, params=query, data=posted.body) as answer:
            return answer.status, await answer.read()
    except (aiohttp.ClientConnectionError, ConnectionError):
        return 0, b""


async def replays(here: WeChatTown, dice: Random) -> int:
    """A true call that somebody has overheard: answered as often as WeChat tries, each time the same. Raises Broken."""
    here.api.person((word := given(here, dice)).fields["FromUserName"]).follows(here.account, quietly=True)
    posted = true(word)
    first = await bring(here, posted)
    await here.calms_down("answers the true one")
    before = await here.db.read(state)
    found = [first, *[await bring(here, posted) for _ in range(REPLAYS - 1)]]
    texts = {
        understood(here.account, word.fields["FromUserName"], said).text for status, said in found if status == 200
    }
    statuses = Counter(status for status, _ in found)
    if statuses != Counter({200: TRIES, 403: REPLAYS - TRIES}) or len(texts) != 1 or not texts.pop():
        raise Broken(f"a call that was brought again and again was answered {dict(statuses)}")
    if await here.db.read(state) != before:
        raise Broken("a call that was brought again has changed something")
    return statuses[200]


async def slowly(here: WeChatTown, dice: Random) -> int:
    """Calls whose bytes don't come: each is ended after a while, and keeps nobody waiting. Raises Broken."""

    async def one(hangs_up: bool) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", here.till.port)
        try:
            query = "&".join(f"{name}={value}" for name, value in true(given(here, dice)).query.items())
            head = f"POST {PATH}?{query} HTTP/1.1\r\nHost: shop\r\nContent-Length: 900\r\n\r\n<xml>"
            writer.write(head.encode())
            await writer.drain()
            if hangs_up:
                return True
            status = await asyncio.wait_for(reader.readline(), READ_WITHIN + LEEWAY)
            return b" 400 " in status
        except TimeoutError:
            return False
        finally:
            writer.close()

    found = await asyncio.gather(*(one(number % 4 == 3) for number in range(SLOW_ONES)))
    if not all(found):
        raise Broken("a call whose bytes don't come is waited for without end")
    return len(found)


def state(tx: Tx) -> dict[str, str]:
    """All there is, one word for each table."""
    found = {}
    for table in metadata.sorted_tables:
        rows = sorted(repr(tuple(plain(one) for one in row)) for row in tx.all(select(table)))
        found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def megabytes(here: WeChatTown) -> float:
    """What the till's process takes of the machine's memory."""
    lines = Path(f"/proc/{here.open[-1].pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
