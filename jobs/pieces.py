"""What takes long is done piece by piece, each in a transaction of its own, so that no sale waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Concatenate, ParamSpec

from core.ground.db import Tx
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import nothing, put_off

P = ParamSpec("P")

STRETCH = 20.0  # seconds in one go, well below a lease; then the row is taken up again, by whoever has a hand free
AT_ONCE = timedelta(milliseconds=1)


async def piece_by_piece(
    shop: Shop, row: OutboxRow, go_on: Callable[Concatenate[Tx, P], bool], *args: P.args, **facts: P.kwargs
) -> bool:
    """Until `go_on` says that nothing is left. False where that takes longer than a stretch: the row is put off."""
    began = time.monotonic()
    while await shop.db.write(go_on, *args, **facts):
        if time.monotonic() - began > STRETCH:
            await shop.db.write(put_off, row, "it goes on", AT_ONCE, nothing)
            return False
    return True
