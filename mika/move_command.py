"""What `mika move` prints."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from mika.move import Moved, move
from mika.progress import progress
from mika.settings import Settings

SHORT = 12  # letters of a checksum that are shown


async def carry(settings: Settings, to: str) -> None:
    with progress() as step:
        moved = await move(settings, to, step)
    if moved.tables:
        _show(moved)
    else:
        print("This shop was moved there before, whole. Nothing was changed.")
    print(f"The new shop: {moved.to}")
    print("What to do now:")
    print(f'  1. In mika.toml: database = "{moved.to}"')
    print("     *** stands for the password that you gave; without one, PGPASSWORD or ~/.pgpass gives it.")
    print("  2. `mika invariants`, then `mika run`. Key, journal and pictures stay where they are.")
    print(f"  3. {moved.source} is as it was. Keep it as a backup, and never open it to sell again: what it still has")
    print("     in stock is sold from the new database. Best put it where no setting finds it.")


def _show(moved: Moved) -> None:
    table = Table("table", "rows", "seconds", "checksum, the same on both sides", box=None)
    for name, checked in moved.tables.items():
        if checked.rows:
            took = f"{moved.seconds[name]:.1f}"
            table.add_row(name, f"{checked.rows:,}", took, checked.checksum[:SHORT])
    console = Console(width=max(Console().width, 80))
    console.print(table)
    empty = sum(not checked.rows for checked in moved.tables.values())
    total = sum(checked.rows for checked in moved.tables.values())
    print(f"{total:,} rows of {len(moved.tables)} tables, {empty} of them empty, are the same on both sides.")
    for sentence in moved.broken:
        print(f"There as here does not hold: {sentence}")
