"""What `mika backup`, `mika restore` and `mika reconcile` print."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from core import backups
from core.ground import owners
from core.ground.errors import PartyError
from mika.backup import Manifest, backup
from mika.backup_drill import asked_for, drill, fetch_journal, place_of
from mika.backup_keeping import Keeping, fetch, fetch_pictures, listed, work_folder
from mika.gently import gently
from mika.reconcile import Stock, reconcile
from mika.refusals import Refusal
from mika.restore import restore
from mika.settings import Settings
from mika.wiring import opened, unreachable

HOW = {
    "restored": "It was fetched and restored into a scratch shop; every row is there, and the key opens its codes.",
    "listed": "It was fetched and read to its end. This user may create no database: restored it was not.",
}


async def back_up(settings: Settings, file: Path) -> None:
    made = await backup(settings, file)
    print(f"{file} is the shop as of {made.at:%Y-%m-%d %H:%M:%S} UTC, {made.size:,} bytes, sha256 {made.sha256[:16]}…")
    print(f"It holds no key: keep copies of {settings.key_path} and of {settings.journal_path} apart from it.")


async def put_back(settings: Settings, file: Path, *, replace: bool) -> None:
    made = await restore(settings, file, replace=replace)
    _restored(made)


def _restored(made: Manifest, says: Callable[[str], None] = print) -> None:
    says(f"The shop is as of {made.at:%Y-%m-%d %H:%M:%S} UTC again. It shows what was bought and sells nothing")
    says("until `mika reconcile` has found out what was sold since.")


async def back_up_there(settings: Settings) -> None:
    """Raises Refusal S002, S011, S031 to S034."""
    place_of(settings)
    async with opened(settings) as house:
        keeping = house.shop.backups
        assert isinstance(keeping, Keeping)  # noqa: S101  a place is set
        newest = await house.shop.db.read(backups.newest_verified)
        try:
            kept = await keeping.made(frozenset({newest} if newest else ()), says=print)
            await keeping.copy_journal(datetime.now(UTC))
        except PartyError as error:
            raise Refusal("S031", what=str(error)) from None
        except OSError as error:
            raise Refusal("S011", file=error.filename or settings.data, what=error.strerror) from None
        except SQLAlchemyError as error:
            raise unreachable(settings, error) from None
        await house.shop.db.write(backups.made, kept, None, "command line")
    print(f"{kept.name} is the shop as of {kept.at:%Y-%m-%d %H:%M:%S} UTC, {kept.size:,} bytes, sealed by the key.")
    print(HOW[kept.verified], f"It took {kept.took.total_seconds():.1f} s; {_counted(kept.kept)} there.")
    if kept.unsound:
        print(f"What does not hold in the shop does not hold in it: {kept.unsound}")
    print(f"Keep a copy of {settings.key_path} apart from it: nothing else opens it.")


async def name_them(settings: Settings) -> None:
    """Raises Refusal S031, S034."""
    place = place_of(settings)
    try:
        sizes = {one.name: one.size for one in await gently(place.files, "mika-")}
        found = await gently(listed, place)
    except PartyError as error:
        raise Refusal("S031", what=str(error)) from None
    for name, at in found:
        print(f"{name}  {at:%Y-%m-%d %H:%M:%S} UTC  {sizes[name]:,} bytes")
    print(f"{_counted(len(found))} at {place.shown}.")


def _counted(many: int) -> str:
    return f"{many} backup lies" if many == 1 else f"{many} backups lie"


async def put_back_from(settings: Settings, asked: str, *, replace: bool, says: Callable[[str], None] = print) -> None:
    """Backup, journal and pictures are here before anything changes. The journal goes beside one that is here."""
    place = place_of(settings)
    name = await asked_for(settings, place, asked)
    owners.make_folder(settings.data)
    async with work_folder(settings) as folder:
        says(f"Fetching {name} and the journal from {place.shown} ...")
        try:
            await gently(fetch, place, name, folder / name)
            size = await gently(fetch_journal, place, folder / "journal")
            shown = await gently(fetch_pictures, place, settings.data / "pictures")
        except PartyError as error:
            raise Refusal("S031", what=str(error)) from None
        except OSError as error:
            raise Refusal("S011", file=error.filename or settings.data, what=error.strerror) from None
        own = settings.journal_path
        to = own.with_name(f"{own.stem}.fetched{own.suffix}") if own.exists() else own
        if size:
            with (folder / "journal").open("rb") as lines:
                owners.give(lines.fileno(), own)
            os.replace(folder / "journal", to)  # before: a shop that was restored never lacks what was sold since
        says("Restoring ...")
        made = await restore(settings, folder / name, replace=replace)
    _restored(made, says)
    says(f"{shown.fetched:,} pictures came back that were not here.")
    for name in shown.damaged:
        says(f"{name} is damaged at {place.shown} and was left out: give that product its picture anew.")
    says(f"The journal is {to}." if size else "No journal lies there: name one, or decide what becomes of the stock.")


async def practise(settings: Settings, asked: str) -> int:
    """Returns how the command should end: 1 unless all of it went well."""
    made = await drill(settings, asked, print)
    for step, seconds in made.seconds.items():
        print(f"  {step:<11}{seconds:>9.2f} s")
    if made.reconciled:
        told = made.reconciled.journal
        print(f"{told.lines:,} lines in the journal, {told.quarantined:,} of codes that the backup would have sold.")
    for rail, many in sorted(made.would_ask.items()):
        print(f"{rail} would be asked what was paid since, and about {many:,} payments that wait.")
    print(f"{made.sold_again:,} codes would be sold again.")
    for trouble in made.troubles:
        print(f"Not well: {trouble}")
    held = made.whole.held
    print(f"The drill {'held' if held else 'DID NOT HOLD'}, {made.whole.took.total_seconds():.1f} s in all.")
    return 0 if held else 1


async def look_into(settings: Settings, journals: list[Path], stock: Stock) -> None:
    made = await reconcile(settings, journals, stock)
    if made is None:
        print("There is nothing to reconcile: the shop was not restored, or was reconciled before.")
        return
    told = made.journal
    print(f"Since {made.since:%Y-%m-%d %H:%M:%S} UTC:")
    print(f"  {told.lines:,} lines in the journal, {told.quarantined:,} of codes that had left and were for sale here.")
    print(f"  {told.foreign:,} were of codes that came in after the backup and are not here.")
    if made.unreadable:
        print(f"  {made.unreadable} lines can't be read: the machine went down while they were written.")
    for rail, many in made.payments.items():
        print(f"  {many:,} payments by {rail} that were unknown here; each is settled, kept, or owed by staff.")
    for many, amount in made.kept:
        whole = f"{amount.plain()} {amount.currency}"
        print(f"  {many:,} kept, {whole}: their orders are gone, and a code had left for each.")
    for rail in made.unlisted:
        print(f"  {rail} could not be listed for all of that time: where it can be asked, it was asked about payments")
        print("  that the backup knows. Look there for all others.")
    if made.set_aside:
        print(f"  {made.set_aside:,} codes set aside unsold.")
    if told.by_hand:
        print(f"  Made by hand since the backup, look before you make it again: {', '.join(sorted(told.by_hand))}.")
    print("The shop sells again.")
