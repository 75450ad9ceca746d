"""What `mika vault` prints: a bar while it works, then what it did. Keys by their numbers, never themselves."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mika import vault
from mika.settings import Settings

SHOWN = 5


async def rotate(settings: Settings) -> int:
    """Returns the status to end with."""
    columns = (TextColumn("Sealing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=None)
        made = await vault.rotate(settings, lambda done, of: progress.update(task, completed=done, total=of))
    begun = "is new on the ring" if made.fresh else "was put on the ring before"
    print(f"Key {made.key} {begun}; {made.resealed:,} values were sealed by it anew, and all that comes in is.")
    print(f"Back {settings.key_path} up again now. The older keys are still in it: older backups need them.")
    if made.broken:
        named = ", ".join(made.broken[:SHOWN]) + " ..." * (len(made.broken) > SHOWN)
        print(f"{len(made.broken)} values open by no key and were left as they are: {named}")
    return 1 if made.broken else 0


async def keys(settings: Settings) -> None:
    current = vault.key_ring(settings).current
    for key, many in (await vault.keys(settings)).items():
        print(f"key {key:<5} {many:>12,} values{'   seals what comes in' if key == current else ''}")


async def retire(settings: Settings, key: int) -> int:
    """Returns the status to end with."""
    try:
        await vault.retire(settings, key)
    except vault.KeyInUse as error:
        print(f"mika: nothing was changed: {error}", file=sys.stderr)
        return 1
    print(f"Key {key} is off the ring. Keep the older copy of the key file as long as backups of its time.")
    return 0
