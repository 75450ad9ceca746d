"""A rolling restart while people buy: every process of the shop is told to end, one after the other, and replaced.

Two web processes on one socket, two jobs, two of each bot, on a real PostgreSQL; Telegram and the provider of the test
rail are real servers. Orders come at a steady rate, on the page and on Telegram, and each is followed to its code.
Nobody may meet with an error, and nothing that was paid may be lost.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import customers, hiring
from core.ground import leases
from core.ground.db import Database
from core.ground.vault import KeyRing
from doubles.postgres import Postgres
from doubles.sandbox import Sandbox
from doubles.telegram import Telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from migrations import upgrade
from mika import serving
from mika.parts import Only
from proofs import shop
from proofs.machine import idled
from proofs.proof import Broken, Figures, Proof, Run
from proofs.restarting.people import DELIVERED, PATIENCE, Caller, Failed, Tally, Visitor
from proofs.restarting.processes import Post, Working
from proofs.restarting.wire import Wire
from proofs.shop import LETS_PASS, Premises
from proofs.storming.town import share, until, within

PARTS: tuple[Only, ...] = ("web", "jobs", "buyers-bot", "staff-bot")
SIDE_BY_SIDE = 2  # processes of each part
CHEN = 77
CONNECTED = 90.0  # seconds for the bots, on a machine that has other work
ASKS = 2.0  # seconds between two questions of Chen's to the staff's bot
UNDELIVERED = "SELECT COUNT(*) FROM orders WHERE state IN ('paid', 'fulfilling')"
LEFT_LYING = "SELECT COUNT(*) FROM proof.left_lying"
NOTES = (  # a row that is leased again was finished, set back or given back before, else its process has left it lying
    "CREATE SCHEMA proof; CREATE TABLE proof.left_lying (what text, row bigint)",
    "CREATE FUNCTION proof.note() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN INSERT INTO proof.left_lying VALUES (TG_TABLE_NAME, NEW.id); RETURN NULL; END'",
    *(
        f"CREATE TRIGGER proof_{table} AFTER UPDATE ON {table} FOR EACH ROW "
        "WHEN (OLD.leased_until IS NOT NULL AND NEW.leased_until > OLD.leased_until) EXECUTE FUNCTION proof.note()"
        for table in ("inbox", "outbox")
    ),
)
LEFT = "SELECT COUNT(*) FROM outbox WHERE state = 'new' AND kind IN ('weigh', 'deliver')"


@dataclass
class Scene:
    """The shop's processes, those who are outside of it, and what they met with."""

    run: Run
    folder: Path
    settings: Path
    db: Database
    api: Telegram
    url: str
    listening: Any
    tally: Tally = field(default_factory=Tally)
    working: list[Working] = field(default_factory=list)
    ended: list[Working] = field(default_factory=list)
    going: set[asyncio.Task[None]] = field(default_factory=set)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    closing: bool = False  # nobody begins anything more

    async def opens(self, part: Only) -> Working:
        made = Working(Post(part, self.settings, self.folder, self.listening, self.run.without))
        await made.opens()
        return made

    async def all_open(self) -> None:
        wanted: list[Only] = [part for part in PARTS for _ in range(SIDE_BY_SIDE)]
        self.working = list(await asyncio.gather(*(self.opens(part) for part in wanted)))
        async with within(CONNECTED, "the bots to connect"):
            while not all(bot.commands for bot in self.api.bots):  # noqa: ASYNC110  it sets no event
                await asyncio.sleep(0.1)

    async def replaces(self, number: int) -> float:
        """TERM, and another in its place; how many seconds the first took to end."""
        took = await (old := self.working[number]).ends()
        self.ended.append(old)
        self.working[number] = await self.opens(old.part)
        return took

    def begins(self, doing: Coroutine[Any, Any, None]) -> None:
        """Goes on by itself; what fails is counted."""
        self.going.add(task := asyncio.create_task(self._counted(doing)))
        task.add_done_callback(self.going.discard)

    async def _counted(self, doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        except Failed as failed:
            self.tally.failed[str(failed)] += 1
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self.tally.failed[f"{type(error).__name__}: {error}"[:120]] += 1


def play(run: Run) -> Figures:
    with Postgres(durable=bool(run.size["durable"]), connections=250) as server:
        return asyncio.run(_play(run, server))


async def _play(run: Run, server: Postgres) -> Figures:
    async with scene(run, server) as here:
        run.progress("the processes open")
        await here.all_open()
        load, unused, opened = asyncio.create_task(comes(here)), idled(), time.monotonic()
        run.progress("people come")
        await asyncio.sleep(run.size["before"])
        began = time.monotonic()
        ended = []
        for number in range(len(here.working)):
            ended.append(await here.replaces(number))
            part, tally = here.working[number].part, here.tally
            run.progress(f"{part} was replaced, it ended in {ended[-1]:.1f} s; {tally.orders} orders so far")
        took = time.monotonic() - began
        await asyncio.sleep(run.size["after"])
        load.cancel()
        seconds = time.monotonic() - began + run.size["before"]
        run.progress("nobody comes any more")
        _, late = await asyncio.wait(here.going, timeout=DELIVERED + PATIENCE)
        here.tally.failed["it never ended"] += len(late)
        orders = here.tally.orders
        served = await until(run, lambda: shop.count(here.db, LEFT), 40, "the rest is served")
        for one in here.working:
            await one.ends()
        worked = sum(one.worked for one in (*here.ended, *here.working))
        in_use = (time.monotonic() - opened) * (os.cpu_count() or 1) - (idled() - unused)
        figures = figures_of(here, seconds, took, ended) | {
            "orders_per_second": round(orders / seconds, 1),
            "shop_cpu_ms_an_order": round(worked / max(orders, 1) * 1000),
            "machine_cpu_ms_an_order": round(in_use / max(orders, 1) * 1000),
            "lost_notices": await shop.count(here.db, UNDELIVERED) + here.tally.paid - orders,
            "left_lying": await shop.count(here.db, LEFT_LYING),
        }
        if not served or any(figures[name] for name in WRONG):
            raise Broken("not everybody was served as if nothing had happened", **figures)
        await shop.holds(here.db, **figures)
    return figures


WRONG = ("failed_presses", "left_lying", "lost_notices", "codes_twice", "two_speak_for_one_bot", "over_the_budget")


def figures_of(here: Scene, seconds: float, took: float, ended: list[float]) -> dict[str, Any]:
    spoken = said(here.folder)
    return {
        "processes": len(here.working),
        "restarted_in_s": round(took, 1),
        "slowest_end_s": round(max(ended), 1),
        "orders": here.tally.orders,
        "wanted_per_second": here.run.size["orders_per_second"],
        "presses": here.tally.presses,
        "failed_presses": here.tally.failed.total(),
        "why": dict(here.tally.failed.most_common(5)),
        "sent_again": here.tally.broken,
        "codes_twice": sum(many > 1 for many in here.tally.codes.values()),
        "answer_s_p50": round(share(here.tally.waits, 0.5), 2),
        "answer_s_p99": round(share(here.tally.waits, 0.99), 2),
        "longest_answer_s": round(max(here.tally.waits, default=0.0), 1),
        "paid_to_code_s_p99": round(share(here.tally.delivered, 0.99), 2),
        "taken_over_s": max(taken := taken_over(here), default=None),
        "taken_over": len(taken),
        "over_the_budget": here.api.budgets.exceeded.total(),
        "two_speak_for_one_bot": sum(map(interleaved, spoken.values())) + side_by_side(here),
        "longest_silence_s": {bot: round(longest_silence(spoken[bot]), 1) for bot in sorted(spoken)},
        "load": round(os.getloadavg()[0], 1),
        "processors": os.cpu_count(),
    }


# Who comes


async def comes(here: Scene) -> None:
    """So many orders a second: who is done buys again, else somebody new comes.

    Nobody comes while as many as there is room for are in: what a machine can't carry is no fault of a restart.
    """
    size, began = here.run.size, time.monotonic()
    free: list[Visitor] = []
    for number in range(size["callers"]):
        here.begins(_calls(here, Caller(here.api.person(1000 + number, f"Lin {number}"), here.api.bots[0], here.tally)))
    here.begins(_asks(here, Caller(here.api.person(CHEN, "Chen"), here.api.bots[1], here.tally)))
    try:
        for number in itertools.count():
            await asyncio.sleep(began + number / size["orders_per_second"] - time.monotonic())
            while len(here.going) > size["callers"] + size["at_once"]:  # noqa: ASYNC110  they set no event
                await asyncio.sleep(0.02)
            here.begins(_visits(here, free.pop(0) if free else None, free))
    finally:
        here.closing = True


async def _visits(here: Scene, visitor: Visitor | None, free: list[Visitor]) -> None:
    if visitor is None:
        number = next(here.numbers)
        place = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        headers = {"X-Forwarded-For": place, "Accept-Language": "en", "Origin": here.url}
        visitor = Visitor(Wire(here.url, headers), here.tally)
        await visitor.arrives()
    try:
        await visitor.buys()
        free.append(visitor)
    except BaseException:
        visitor.leaves()
        raise


async def _calls(here: Scene, caller: Caller) -> None:
    """Buys one after the other, as fast as a chat's budget lets them."""
    while not here.closing:
        await caller.buys()


async def _asks(here: Scene, caller: Caller) -> None:
    while not here.closing:
        await caller.asks_help()
        await asyncio.sleep(ASKS)


# Who spoke


def said(folder: Path) -> dict[str, list[tuple[float, float, str]]]:
    """By bot: when each message was begun and ended, and by which process, in order."""
    found: dict[str, list[tuple[float, float, str]]] = {}
    for file in folder.glob("*.said"):
        for line in file.read_text().splitlines():
            name, began, ended = json.loads(line)
            found.setdefault(name, []).append((began, ended, file.stem))
    return {name: sorted(each) for name, each in found.items()}


def interleaved(spoken: list[tuple[float, float, str]]) -> int:
    """How often a process spoke again after another one had, or before the one before it was done."""
    wrong, done, now, ends = 0, set[str](), "", 0.0
    for began, ended, process in spoken:
        wrong += process in done or (process != now and began < ends)
        if process != now:
            done.add(now)
        now, ends = process, max(ends, ended)
    return wrong


def side_by_side(here: Scene) -> int:
    """How often a process had connected for a bot whose lease another one must still have had."""
    everyone, soon = [*here.ended, *here.working], leases.LENGTH.total_seconds() / 2
    return sum(
        one is not other and one.part == other.part and 0 <= moment - before < soon and not 0 < other.told < moment
        for one in everyone
        for moment in one.connected
        for other in everyone
        for before in other.connected
    )


def longest_silence(spoken: list[tuple[float, float, str]]) -> float:
    """Seconds between two processes' messages."""
    pairs = itertools.pairwise(spoken)
    return max((after[0] - before[1] for before, after in pairs if before[2] != after[2]), default=0.0)


def taken_over(here: Scene) -> list[float]:
    """For each process that spoke for a bot when it was told to end: seconds until another one had connected."""
    everyone, found = [*here.ended, *here.working], list[float]()
    for old in here.ended:
        spoke = any(moment < old.told for moment in old.connected)
        others = [one for one in everyone if one.part == old.part and one is not old]
        later = [moment for one in others for moment in one.connected if moment > old.told]
        if spoke and later:
            found.append(round(min(later) - old.told, 2))
    return found


# The scene


@asynccontextmanager
async def scene(run: Run, server: Postgres) -> AsyncIterator[Scene]:
    api = Telegram(budgets=Budgets(), seed=run.seed)
    secrets_of_rail = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    provider = Sandbox(run.folder / "provider.db", api_key=secrets_of_rail[0], secret=secrets_of_rail[1])
    url = server.create("shop")
    with listening() as socket:
        port = serving.port_of(socket)
        async with api.served() as telegram, provider.served() as rail:
            bots = [api.add_bot("mika_shop_bot"), api.add_bot("mika_staff_bot")]
            settings = written(run.folder, url, port, telegram, bots, rail, secrets_of_rail)
            await asyncio.to_thread(upgrade, url)
            for statement in NOTES:
                await asyncio.to_thread(server.sql, "shop", statement)
            async with Premises("postgresql", url, run.folder / "key").opened() as db:
                await furnished(db, run.size["codes"])
                (processes := run.folder / "processes").mkdir()
                here = Scene(run, processes, settings, db, api, f"http://127.0.0.1:{port}", socket)
                try:
                    yield here
                finally:
                    for task in here.going:
                        task.cancel()


async def furnished(db: Database, codes: int) -> None:
    await shop.stocked(db, "card", codes)
    await db.write(customers.meet, "telegram_staff", str(CHEN), "Chen", "en", None)
    token = await db.write(hiring.invite, "Chen")
    await db.write(hiring.enter, token, f"telegram_staff:{CHEN}")


@contextmanager
def listening() -> Iterator[Any]:
    made = serving.listen("127.0.0.1", 0)
    try:
        yield made
    finally:
        made.close()


def written(
    folder: Path, url: str, port: int, telegram: str, bots: list[Bot], rail: str, secret: tuple[str, str]
) -> Path:
    """The shop's settings, as an owner would write them."""
    KeyRing.fresh().save(folder / "key")
    (folder / "risk.toml").write_text(LETS_PASS)
    file = folder / "mika.toml"
    file.write_text(f"""
demo = true
data = "."
database = "{url}"
port = {port}
log_level = "warning"
[rails.sandbox]
url = "{rail}"
api_key = "{secret[0]}"
secret = "{secret[1]}"
[telegram]
api = "{telegram}"
receive = "polling"
[telegram.buyers]
token = "{bots[0].token}"
[telegram.staff]
token = "{bots[1].token}"
""")
    file.chmod(0o600)
    return file


PROOF = Proof(
    name="restart",
    claim="While every process of the shop is restarted, nobody's press fails and nothing that was paid is lost.",
    sizes={
        "tiny": {
            "orders_per_second": 2,
            "at_once": 3,
            "callers": 1,
            "codes": 1_000,
            "before": 2,
            "after": 1,
            "durable": 0,
        },
        "ci": {
            "orders_per_second": 5,
            "at_once": 8,
            "callers": 3,
            "codes": 2_000,
            "before": 3,
            "after": 3,
            "durable": 0,
        },
        "release": {
            "orders_per_second": 50,
            "at_once": 200,
            "callers": 6,
            "codes": 20_000,
            "before": 20,
            "after": 20,
            "durable": 1,
        },
    },
    plays=play,
    guards=("leases", "drain"),
)
