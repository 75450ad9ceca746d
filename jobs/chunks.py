"""Work that is done in small transactions, so that no sale waits for it."""

from __future__ import annotations

from collections.abc import Callable

from core.ground.db import Tx
from core.ground.errors import ShopError
from core.shop import Shop

MOST = 50  # in one transaction
ROUNDS = 40  # in one go; the rest waits for the next time, should a decision find the same work for ever


async def one_by_one(
    shop: Shop,
    find: Callable[[Tx, int], list[int]],
    decide: Callable[[Tx, int], object],
    *,
    unless: Callable[[Tx], object] = lambda tx: None,
    otherwise: Callable[[Tx, int], object] | None = None,
) -> None:
    """Decide each of what is found, in a transaction of its own: one that can't be decided stops no other.

    Nothing is decided while `unless` says something: a restored shop does not know what was decided already.
    `otherwise` decides what the first was refused: work that must end.
    Raises the last trouble when all the others are done, for the runner to be loud about.
    """
    if await shop.db.read(unless):
        return
    trouble: Exception | None = None
    for number in await shop.db.read(find, MOST * ROUNDS):
        try:
            await _decide(shop, decide, otherwise, number)
        except Exception as error:  # the next one may be fine
            trouble = error
    if trouble:
        raise trouble


async def _decide(
    shop: Shop, decide: Callable[[Tx, int], object], otherwise: Callable[[Tx, int], object] | None, number: int
) -> None:
    try:
        await shop.db.write(decide, number)
    except ShopError:
        if otherwise is None:
            raise
        await shop.db.write(otherwise, number)


async def in_chunks(shop: Shop, decide: Callable[[Tx, int], int]) -> None:
    """Decide again and again, until there was less to decide than MOST."""
    for _ in range(ROUNDS):
        if await shop.db.write(decide, MOST) < MOST:
            return
