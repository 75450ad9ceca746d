"""Of the entries that were offered none was taken: the question goes to staff like one without an answer."""

from __future__ import annotations

from core import questions
from core.shop import Shop
from jobs.chunks import one_by_one


async def unchosen(shop: Shop) -> None:
    await one_by_one(shop, questions.unchosen, questions.hand_on)
