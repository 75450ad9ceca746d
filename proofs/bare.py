"""From a bare server to a sale: python3 and git are there, and nothing else.

The checkout's HEAD is cloned, `make install`, `mika init` answered from a file, `mika run`; then somebody buys through
the shop's page, and somebody else in Telegram. Telegram and the test rail's provider are doubles on this machine.
`--leg home` plays it in an empty home even where Debian's tree can be made.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from doubles.sandbox import Sandbox
from doubles.telegram import Telegram, served_telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from mika.browsing import visiting
from mika.telegraph import TelegramVisitor
from mika.visitors import Heard, Visitor
from proofs.bare_tree import ROOT, Machine, machine, ran
from proofs.proof import Broken, Figures, Proof, Run
from tests.ports import free_port

API_KEY, SECRET = "the shop's key", "the provider's secret"
CODES = [f"BARE{number}-7K2M4-94QFX" for number in range(5)]
PATIENCE = 60.0  # seconds for whatever takes one
READS = 2.5  # seconds: whoever orders faster than people do is looked at
PICKS = ("Browse", "Steam", "Steam 10 USD")

ANSWERS = """\
languages = "en"
shop_name = "Kiosk"
zone = "Europe/Berlin"
port = {port}
key_copy = "key-on-paper.txt"
owner = "Chen"
wait = {patience:.0f}
codes = "codes.txt"

[telegram]
api = "{telegram}"
buyers = "{buyers}"
staff = "{staff}"

[rails.sandbox]
url = "{provider}"
api_key = "{api_key}"
secret = "{secret}"
permit = ["browser", "telegram"]

[product]
category = "Gift cards"
brand = "Steam"
name = "Steam 10 USD"
face_value = "10 USD"
region = "US"
prices = "68"
"""


@dataclass
class Clock:
    """Seconds, by what they went into."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, run: Run, name: str) -> Iterator[None]:
        run.progress(name)
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 1)


def play(run: Run) -> Figures:
    """Raises Broken where a step ends badly, or something else arrives than a code."""
    clock = Clock()
    with clock.step(run, "the machine"):
        bare = machine(run.folder, tree="home" not in run.parts)
    with clock.step(run, "git clone"):
        shop = cloned(run.folder, bare)
    with clock.step(run, "make install"):
        bare.run("make", "--silent", "install", at=shop)
    told = asyncio.run(sold(run, clock, bare, shop))
    return {"machine": bare.kind, "python": bare.run("python3", "-V").split()[1], **told, "steps": clock.seconds}


def repository(folder: Path) -> Path:
    """This one; where the program lies as it was unpacked, one that is made of it."""
    if (ROOT / ".git").exists():
        return ROOT
    made = folder / "repository"
    shutil.copytree(ROOT, made, ignore=shutil.ignore_patterns(".venv", "__pycache__", "data", "site", ".*_cache"))
    who = ["-c", "user.name=bare", "-c", "user.email=bare@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message=unpacked"]):
        ran(["git", "-C", str(made), *command], "git")
    return made


def cloned(folder: Path, bare: Machine) -> Path:
    """By the machine's own git, from a bundle of what is committed here."""
    bundle = bare.home / "mika.bundle"
    ran(["git", "-C", str(repository(folder)), "bundle", "create", "--quiet", str(bundle), "HEAD"], "git bundle")
    bare.run("git", "clone", "--quiet", bare.inside(bundle), "mika")
    bundle.unlink()
    return bare.home / "mika"


async def sold(run: Run, clock: Clock, bare: Machine, shop: Path) -> Figures:
    provider = Sandbox(run.folder / "provider.db", api_key=API_KEY, secret=SECRET)
    async with provider.served() as paid_at, served_telegram(budgets=Budgets.none()) as telegram:
        buyers, staff = telegram.add_bot("kiosk_bot"), telegram.add_bot("kiosk_staff_bot")
        address = written(shop, telegram, buyers, staff, paid_at)
        with clock.step(run, "mika init"):
            said = await set_up(bare, shop, telegram, staff)
        with clock.step(run, "mika run"):
            async with running(bare, shop, address):
                clock.seconds["until it is open"] = round(await opened(address), 1)
                with clock.step(run, "a purchase on the page"):
                    async with visiting(address, "en") as lin:
                        first = await bought(lin)
                with clock.step(run, "a purchase in Telegram"):
                    second = await bought(TelegramVisitor(telegram.person(5, "Wang", language="en"), buyers))
        if first == second:
            raise Broken("both were given the same code")
        with clock.step(run, "mika invariants"):
            holds = bare.run(".venv/bin/mika", "invariants", at=shop).strip().splitlines()[-1]
    return {"rehearsed": said.count(" arrives in the "), "purchases": 2, "invariants": holds}


def written(shop: Path, telegram: Telegram, buyers: Bot, staff: Bot, provider: str) -> str:
    """The answers and the codes, as an owner has them; returns where the shop will be."""
    port = free_port()
    (shop / "codes.txt").write_text("\n".join(CODES))
    answers = ANSWERS.format(
        port=port,
        patience=PATIENCE,
        telegram=telegram.url,
        buyers=buyers.token,
        staff=staff.token,
        provider=provider,
        api_key=API_KEY,
        secret=SECRET,
    )
    (shop / "answers.toml").write_text(answers)
    return f"http://127.0.0.1:{port}"


async def set_up(bare: Machine, shop: Path, telegram: Telegram, staff: Bot) -> str:
    """`mika init`, and what its owner does meanwhile: presses Start, makes a group, posts the code. What it printed."""
    command = bare.command(".venv/bin/mika", "init", "--answers", "answers.toml", at=shop)
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout
    owner, said = telegram.person(77, "Chen", language="en"), ""
    async with asyncio.timeout(4 * PATIENCE):
        while line := (await process.stdout.readline()).decode():
            said += line
            if link := re.search(r"https://t\.me/\w+\?start=(\S+)", line):
                owner.starts(link[1], bot=staff)
            if code := re.search(r"/here (\S+)", line):
                group = telegram.group("Kiosk staff", owner)
                group.adds(staff, admin=True)
                owner.writes(f"/here {code[1]}", group)
        if status := await process.wait():
            raise Broken(f"mika init ended with {status}: {said.strip()[-600:]}")
    for wanted in ("the owner is here", "the code is here"):
        if wanted not in said:
            raise Broken(f"mika init did not say {wanted!r}")
    return said


@asynccontextmanager
async def running(bare: Machine, shop: Path, address: str) -> AsyncIterator[None]:
    """`mika run`, for as long as the block lasts; it must end well when it is told to."""
    log = shop / "run.log"
    with log.open("wb") as out:
        command = bare.command(".venv/bin/mika", "run", at=shop)
        process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out)
    try:
        yield
        if process.returncode is not None:
            raise Broken(f"mika run ended by itself: {log.read_text()[-600:]}")
    finally:
        if process.returncode is None:
            process.terminate()
        status = await process.wait()
    if status:
        raise Broken(f"mika run ended with {status}: {log.read_text()[-600:]}")


async def opened(address: str) -> float:
    """Until the shop answers; returns the seconds. Raises Broken."""
    began = time.monotonic()
    async with httpx.AsyncClient(trust_env=False) as http:
        while time.monotonic() - began < PATIENCE:
            try:
                if (await http.get(f"{address}/healthz")).status_code == 200:
                    return time.monotonic() - began
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise Broken(f"the shop did not answer within {PATIENCE:.0f} seconds")


async def bought(buyer: Visitor) -> str:
    """One code, from hello to having it; returns the code. Raises Broken."""
    await buyer.says(buyer.greeting)
    heard = await hears(buyer)
    for wanted in PICKS:
        await buyer.picks(label(heard, wanted))
        heard = await hears(buyer)
    await asyncio.sleep(READS)
    await buyer.picks(label(heard, "Buy 1"))
    await buyer.pays(label(await hears(buyer), "Pay "))
    while True:
        heard = await hears(buyer)
        if found := [code for code in CODES if code in heard.text]:
            return found[0]


async def hears(buyer: Visitor) -> Heard:
    try:
        async with asyncio.timeout(PATIENCE):
            return await buyer.hears()
    except TimeoutError:
        raise Broken(f"the shop said nothing for {PATIENCE:.0f} seconds") from None


def label(heard: Heard, wanted: str) -> str:
    found = next((each for each in heard.choices if each.startswith(wanted)), None)
    if found is None:
        raise Broken(f"the shop did not offer [{wanted}], but {list(heard.choices)}")
    return found


ONE = {"purchases": 2}
PROOF = Proof(
    name="bare",
    claim="On a bare Debian with python3 and git, four commands lead to a shop that sells on its page and in Telegram.",
    sizes={"tiny": ONE, "ci": ONE, "release": ONE},
    plays=play,
)
