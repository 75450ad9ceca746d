"""`mika rehearse`: a purchase from the first word to the code, through a real chat, on a copy of the shop."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from mika import follower, serving, telegraph
from mika.browsing import visiting
from mika.play import Play, WentWrong
from mika.scratch import CantRehearse, shop_copy
from mika.settings import Settings
from mika.visitors import TerminalVisitor, Visitor
from mika.wiring import House, opened


@dataclass
class Report:
    """How it went; its last line is for machines."""

    ok: bool = False
    figures: dict[str, float] = field(default_factory=dict)
    why: str = ""

    def as_json(self) -> str:
        why = {"why": self.why} if self.why else {}
        return json.dumps({"name": "rehearse", "ok": self.ok, "figures": self.figures, **why}, ensure_ascii=False)


async def rehearse(
    source: Settings | None, chat: str, locale: str, slug: str | None, write: Callable[[str], None]
) -> Report:
    """Plays it and writes the conversation. `ok` only if exactly the code that was set aside arrived.

    Without a source the demo shop is played in. Raises Refusal when the shop can't be opened.
    """
    report = Report()
    begun = time.monotonic()
    try:
        async with (
            shop_copy(source, slug) as (settings, listening, product),
            _open_for(settings, listening, chat, locale) as (house, visitor),
        ):
            report.figures["open_seconds"] = round(time.monotonic() - begun, 3)
            write(f"--- {product}, in the {chat} chat, {locale} ---")
            await Play(house, visitor, locale, write, report.figures).buy(product)
            report.ok = True
    except (CantRehearse, WentWrong) as error:
        report.why = str(error)
    except (httpx.HTTPError, TimeoutError, ValueError) as error:  # their texts may quote what was said
        report.why = f"{type(error).__name__} where there should be an answer"
    return report


@asynccontextmanager
async def _open_for(
    settings: Settings, listening: serving.socket.socket, chat: str, locale: str
) -> AsyncIterator[tuple[House, Visitor]]:
    """The copy, open and at work, with a visitor in it."""
    if chat == "telegram":
        async with telegraph.visiting(settings, listening, locale) as made:
            yield made
            return
    if chat == "wechat":
        async with follower.visiting(settings, listening, locale) as made:
            yield made
            return
    terminal = TerminalVisitor(locale)
    async with opened(settings, *([terminal.chat] if chat == "terminal" else [])) as house:
        terminal.shop = house.shop
        async with serving.at_work(house, listening):
            if chat == "terminal":
                yield house, terminal
                return
            async with visiting(settings.address, locale) as browser:
                yield house, browser
