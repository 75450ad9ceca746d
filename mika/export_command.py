"""What `mika export` asks and prints."""

from __future__ import annotations

import sys
from pathlib import Path

from mika.export import export
from mika.progress import progress
from mika.refusals import Refusal
from mika.settings import Settings

WORD = "codes"
NOT_WHOLE = 1


async def run(settings: Settings, folder: Path, *, with_codes: bool, yes: bool) -> int:
    """Returns the status to end with. Raises Refusal S043, S044."""
    if with_codes and not yes and not sys.stdin.isatty():
        raise Refusal("S044", what="there is nobody to be asked")

    def agreed(many: int) -> bool:
        return yes or _confirmed(many, folder)

    with progress() as step:
        done = await export(settings, folder, agreed if with_codes else None, step)
    print(f"{done.rows.total():,} rows in {len(done.rows)} files are in {folder}.")
    print(f"They are as of {done.at:%Y-%m-%d %H:%M:%S} UTC.")
    print(f"{folder / 'README.md'} says what each file and column is.")
    if with_codes:
        print("Codes are in it in plain text. Keep it as you keep money, and delete it when you are done.")
    for name, many in done.unopened.items():
        print(f"{many} values of {name} do not open by this key: they are left empty.", file=sys.stderr)
    return NOT_WHOLE if done.unopened else 0


def _confirmed(many: int, folder: Path) -> bool:
    print(f"{many:,} codes, sold and unsold, will stand in {folder} in plain text. Owners are told.", file=sys.stderr)
    print(f"Type the word {WORD} to go on: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == WORD
