"""A webhook set anew while updates are being posted: none of a lane is left behind."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from doubles.telegram_faults import Faults
from doubles.telegram_updates import Updates, Waiting, Webhook


async def test_a_webhook_set_anew_in_between_leaves_no_update_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    posted, tries = list[int](), Counter[int]()

    async def taken(updates: Updates, one: Waiting) -> bool:
        """Each but the first is refused once."""
        await asyncio.sleep(0.01)
        tries[one.id] += 1
        if tries[one.id] == 1 and one.id != ids[0]:
            return False
        posted.append(one.id)
        return True

    async def nothing(said: object) -> None: ...

    monkeypatch.setattr(Updates, "_try", taken)
    updates = Updates(Faults(), lambda: 0.0, nothing)
    updates.pauses = (0.01, 0.01)
    updates.set(Webhook("http://shop.example"))
    ids = [updates.add("message", {"text": str(number)}, 1) for number in range(5)]
    updates.set(Webhook("http://shop.example"))  # the first is about to be posted, and now is once more
    async with asyncio.timeout(30):
        while updates.waiting:  # noqa: ASYNC110  it sets no event
            await asyncio.sleep(0.01)
    assert list(dict.fromkeys(posted)) == ids
