"""What `mika backup`, `mika restore` and `mika reconcile` print."""

from __future__ import annotations

from pathlib import Path

from mika.backup import backup
from mika.reconcile import Stock, reconcile
from mika.restore import restore
from mika.settings import Settings


async def back_up(settings: Settings, file: Path) -> None:
    made = await backup(settings, file)
    print(f"{file} is the shop as of {made.at:%Y-%m-%d %H:%M:%S} UTC, {made.size:,} bytes, sha256 {made.sha256[:16]}…")
    print(f"It holds no key: keep copies of {settings.key_path} and of {settings.journal_path} apart from it.")


async def put_back(settings: Settings, file: Path, *, replace: bool) -> None:
    made = await restore(settings, file, replace=replace)
    print(f"The shop is as of {made.at:%Y-%m-%d %H:%M:%S} UTC again. It shows what was bought and sells nothing")
    print("until `mika reconcile` has found out what was sold since.")


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
        print(f"  {many:,} payments by {rail} that were unknown here; each is settled, or owed by staff.")
    for rail in made.unlisted:
        print(f"  {rail} could not be listed for all of that time: where it can be asked, it was asked about payments")
        print("  that the backup knows. Look there for all others.")
    if made.set_aside:
        print(f"  {made.set_aside:,} codes set aside unsold.")
    if told.by_hand:
        print(f"  Made by hand since the backup, look before you make it again: {', '.join(sorted(told.by_hand))}.")
    print("The shop sells again.")
