"""Reading questions with what staff of this shop taught: kept up to date, and read beside the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from core import faq
from core.faq_reading import Learned, Reader, Reading, reader
from core.ground.db import Database
from core.shop import Shop

if TYPE_CHECKING:
    from numpy import ndarray


@dataclass
class Known:
    """What was taught, as of a mark, with the vectors of its phrasings by their numbers."""

    mark: tuple[int, int] = (0, 0)
    slugs: dict[int, str] = field(default_factory=dict)
    vectors: dict[int, ndarray] = field(default_factory=dict)


_known: WeakKeyDictionary[Database, Known] = WeakKeyDictionary()


async def read(shop: Shop, question: str) -> tuple[Reading, bytes]:
    """What a question may mean, as taught up to this moment; and its vector, as it is kept."""
    known = await _up_to_date(shop)
    return await asyncio.to_thread(_read, question, known)


async def _up_to_date(shop: Shop) -> Known:
    known = _known.setdefault(shop.db, Known())
    mark = await shop.db.read(faq.mark)
    if mark != known.mark:
        live, fresh = await shop.db.read(faq.taught, frozenset(known.vectors))
        made = await asyncio.to_thread(_vectors, [each.text for each in fresh])
        known.vectors.update(zip((each.id for each in fresh), made, strict=True))
        known.slugs, known.mark = dict(live), mark
    return known


def _vectors(texts: list[str]) -> list[ndarray]:
    return [reader().vector(text) for text in texts]


def _read(question: str, known: Known) -> tuple[Reading, bytes]:
    import numpy  # with the reader, on the first question

    reads: Reader = reader()
    slugs = dict(known.slugs)
    learned = None
    if slugs:
        learned = Learned(tuple(slugs.values()), numpy.stack([known.vectors[number] for number in slugs]))
    return reads.read(question, learned), reads.vector(question).astype(numpy.float16).tobytes()
