"""`mika import`: an old shop is looked at, brought over, and counted again; then its owner puts it on sale."""

from __future__ import annotations

import asyncio
import csv
import getpass
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID, TextColumn

import oldshops
from core import moved, moving_in, old_credit
from core.ground.vault import Secret, Vault
from core.moving_in import Ways
from core.old_shops import Check, OldShop
from core.shop import Shop
from mika import import_report, moving
from mika.import_report import Report
from mika.moving import Scope, Step
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import key_ring, opened
from oldshops.refused import Unreadable

PASSWORD = "MIKA_OLD_PASSWORD"  # noqa: S105  where it is read from
NOT_ALL = 1
LINKS = 200  # links worked out in one transaction
Say = Callable[[str], None]


@dataclass(frozen=True)
class Told:
    """What was said on the command line."""

    kind: str
    source: str
    only: str | None = None
    dry_run: bool = False
    yes: bool = False
    open: bool = False
    report: Path | None = None
    uses: tuple[str, ...] = ()
    separators: tuple[str, ...] = ()
    acknowledged: bool = False
    old_zone: str | None = None
    source_name: str | None = None
    another_shop: bool = False
    although_it_differs: bool = False


async def run(settings: Settings, told: Told, say: Say) -> int:
    """Returns the status to end with. Raises Refusal S011, S035-S039."""
    async with opened(settings) as house:
        if told.kind == "claims":
            return await claims(house.shop, Path(told.source), say)
        if told.kind == "release":
            return await release(house.shop, told.source, say)
        old = await asyncio.to_thread(_open, told, Vault(key_ring(settings)))
        try:
            return await moved_in(house.shop, old, told, told.report or settings.data / "moving-in.md", say)
        finally:
            await asyncio.to_thread(old.close)


def _open(told: Told, vault: Vault) -> OldShop:
    password = _password() if "://" in told.source else None
    about = {"only": told.only, "old_zone": told.old_zone, "acknowledged": told.acknowledged}
    try:
        return oldshops.open(told.kind, told.source, password=password, draw=_drawn_by(vault), **about)
    except Unreadable as refused:
        raise Refusal(refused.code, **refused.facts) from None


def _drawn_by(vault: Vault) -> Callable[[str], str]:
    """Numbers for codes that have none, of which nobody without the key can work a short code out."""
    return lambda text: vault.fingerprint(text, "code without a number").hex()[:32]


def _password() -> Secret | None:
    """From the environment, or asked for where somebody sits."""
    said = os.environ.get(PASSWORD)
    if said is None and sys.stdin.isatty():
        said = getpass.getpass("Password of the old database: ")
    return Secret(said) if said else None


async def moved_in(shop: Shop, old: OldShop, told: Told, file: Path, say: Say) -> int:
    """The checks; then, unless it is a dry run, all of it, and the count side by side."""
    if told.source_name:
        old.source = told.source_name.replace("\\", "")  # the report's markup
    what = await asyncio.to_thread(_scope, old, told.only)
    ways = Ways(_uses(what, told.uses), _by_product(what, told.separators, "--separator"))
    checks = await asyncio.to_thread(old.checks)
    _say_checks(checks, say)
    fresh = await moving.would_be_new(shop, old, what)
    say(f"New since an earlier run: {import_report.counts(fresh)}.")
    report = Report(old, what, checks, fresh)
    stops = [check for check in checks if check.level == "stop"]
    if told.dry_run:
        _write(file, report, say)
        return NOT_ALL if stops else 0
    _must_not_stop(stops)
    if not told.another_shop and await shop.db.read(moved.only_from_others, moving.source_of(old)):
        raise _known_by_another_name(old)
    if not told.yes and not _agreed("Bring this over?"):
        say("Nothing was changed. Say --yes where nobody can be asked.")
        return NOT_ALL
    with _progress() as step:
        report.came = await moving.bring(shop, old, what, ways, step)
    report.lines = await import_report.compared(shop, old, what, report.came)
    for line in report.lines:
        say(line.text)
    if told.open and not (report.adds_up or told.although_it_differs):
        say("Nothing is put on sale: what is here differs from there. Put it right, or say --although-it-differs.")
    elif told.open or (report.adds_up and _agreed("Put it on sale now?")):
        report.on_sale = await moving.open_up(shop, old, what)
        say(f"{sum(report.on_sale.values()):,} codes are on sale.")
    else:
        say("Nothing new is on sale yet. When you have read the report: the same command with --open.")
    _write(file, report, say)
    return 0 if report.adds_up else NOT_ALL


def _scope(old: OldShop, only: str | None) -> Scope:
    try:
        return moving.scope(old, only)
    except moving.NoSuchCategory:
        there = ", ".join(category.name for category in old.categories()[:20])
        raise Refusal("S039", what=f"a category {only}", todo=f"There are: {there}.") from None


def _uses(what: Scope, said: Sequence[str]) -> dict[str, int]:
    found = _by_product(what, said, "--uses")
    if wrong := next((each for each in found.values() if not (each.isdecimal() and 0 < int(each) <= 100_000)), None):
        raise Refusal("S039", what=f"{wrong[:20]} uses", todo="Say --uses PRODUCT=N with a number from 1 to 100000.")
    return {product: int(each) for product, each in found.items()}


def _by_product(what: Scope, said: Sequence[str], option: str) -> dict[str, str]:
    """PRODUCT=VALUE, the product by its number there or its name. Raises Refusal S039."""
    found = {}
    for each in said:
        named, _, value = each.partition("=")
        meant = [product.id for product in what.products if named in (product.id, product.name)]
        if not meant or not value:
            todo = f"Say {option} PRODUCT=VALUE, the product by its number or name as the checks show it."
            raise Refusal("S039", what=f"a product {named[:60]}", todo=todo)
        found |= dict.fromkeys(meant, value)
    return found


def _must_not_stop(stops: Sequence[Check]) -> None:
    if stops:
        names = ", ".join(f"{check.number} {check.name}" for check in stops)
        todo = 'Read what stands behind "stop" above, and put it right in the old shop, or acknowledge it.'
        raise Refusal("S038", what=f"the checks stop it ({names})", todo=todo)


def _known_by_another_name(old: OldShop) -> Refusal:
    """Brought again under a name of its own, all of its codes and balances would be here twice."""
    what = f"one of {old.name} came over before, and not from {old.source}"
    todo = (
        "If it is the same shop, say --source-name with what its first report calls it (From ...). "
        "If it is another, say --another-shop."
    )
    return Refusal("S038", what=what, todo=todo)


def _say_checks(checks: Sequence[Check], say: Say) -> None:
    for check in checks:
        say(f"{check.number:>2} {check.name}: {check.level}")
        for line in check.lines:
            say(f"     {line}")


def _agreed(question: str) -> bool:
    """Whether somebody sits there and says yes."""
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().casefold() in ("y", "yes")


@contextmanager
def _progress() -> Iterator[Step]:
    """How far it is, where somebody looks on."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"))
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        tasks: dict[str, TaskID] = {}

        def step(what: str, more: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=None)
            progress.advance(tasks[what], more)

        yield step


def _write(file: Path, report: Report, say: Say) -> None:
    _put(file, report.markdown())
    say(f"The report is {file}.")


def _put(file: Path, text: str) -> None:
    """For us alone, whole or not at all. Raises Refusal S011."""
    beside = file.with_name(f".{file.name}.new")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
            opened.write(text)
        beside.replace(file)
    except OSError as error:
        raise Refusal("S011", file=file, what=error.strerror or type(error).__name__) from None


async def claims(shop: Shop, file: Path, say: Say) -> int:
    """A table of who has a balance and by which link they claim it: for the owner to send, and to delete then."""
    text = StringIO()
    table = csv.writer(text)
    table.writerow(("member", "name", "e-mail", "phone", "amount", "currency", "link"))
    after, many = 0, 0
    while found := await shop.db.read(old_credit.waiting, after, LINKS):
        for owner, link in found:
            who = (owner.credit.member, owner.name, owner.email, owner.phone)
            total = owner.credit.total
            table.writerow((*map(_tame, who), total.plain(), total.currency, _address(shop, link)))
        after, many = found[-1][0].credit.id, many + len(found)
    _put(file, text.getvalue())
    say(f"{many} links in {file}. Each is worth its amount to whoever has it: send them, then delete the file.")
    return 0


def _address(shop: Shop, link: Secret) -> str:
    if not shop.public_url:
        return f"oldcredit {link.reveal()}"  # to be typed in any chat
    return f"{shop.public_url}/credit?t={link.reveal()}"


def _tame(text: str) -> str:
    """A table program takes it for text, whatever a member was called."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


async def release(shop: Shop, number: str, say: Say) -> int:
    """Codes that were locked there, or had a surcharge, go on sale."""
    try:
        many = await shop.db.write(moving_in.release, int(number) if number.isascii() and number.isdigit() else 0)
    except moving_in.NotMovedIn:
        todo = "The report names the batches that are held."
        raise Refusal("S039", what=f"a held batch {number[:20]}", todo=todo) from None
    say(f"{many:,} codes of batch {number} are on sale.")
    return 0
