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
from mika.scenarios import SCENARIOS, Scenario
from mika.scene import Scene
from mika.scratch import CantRehearse, Stage, shop_copy
from mika.settings import Settings
from mika.visitors import TerminalVisitor, Visitor
from mika.wiring import House, opened


@dataclass
class Report:
    """How it went; its last line is for machines."""

    ok: bool = False
    figures: dict[str, float] = field(default_factory=dict)
    why: str = ""
    scenario: str = ""

    def as_json(self) -> str:
        return json.dumps(self.as_object(), ensure_ascii=False)

    def as_object(self) -> dict[str, object]:
        more = {"scenario": self.scenario, "why": self.why}
        told = {name: text for name, text in more.items() if text}
        return {"name": "rehearse", "ok": self.ok, "figures": self.figures, **told}


async def rehearse(
    source: Settings | None,
    chat: str | None,
    locale: str,
    slug: str | None,
    write: Callable[[str], None],
    scenario: str | None = None,
) -> Report:
    """Plays it and writes the conversation. `ok` only if exactly the code that was set aside arrived.

    With a scenario, one of SCENARIOS: if it came to its right end. Without a source the demo shop is played in,
    without a chat the one that suits. Raises Refusal when the shop can't be opened.
    """
    report = Report(scenario=scenario or "")
    told = SCENARIOS[scenario] if scenario else None
    stage = told.stage() if told else Stage()
    chat = chat or (told.chat if told else "browser")
    begun = time.monotonic()
    try:
        async with (
            shop_copy(source, slug, stage) as (settings, listening, product),
            _open_for(settings, listening, chat, locale, stage) as (house, visitor),
        ):
            report.figures["open_seconds"] = round(time.monotonic() - begun, 3)
            write(f"--- {scenario or 'a purchase'}: {product}, in the {chat} chat, {locale} ---")
            if told:
                scene = Scene(house, visitor, locale, write, report.figures, stage=stage)
                await _played(scene, told, product)
            else:
                await Play(house, visitor, locale, write, report.figures).buy(product)
            report.ok = True
    except (CantRehearse, WentWrong) as error:
        report.why = str(error)
    except (httpx.HTTPError, TimeoutError, ValueError) as error:  # their texts may quote what was said
        report.why = f"{type(error).__name__} where there should be an answer"
    return report


async def _played(scene: Scene, told: Scenario, product: str) -> None:
    begun = time.monotonic()
    await scene.begins(product)
    await told.plays(scene, product)
    scene.figures["seconds"] = round(time.monotonic() - begun, 3)


@asynccontextmanager
async def _open_for(
    settings: Settings, listening: serving.socket.socket, chat: str, locale: str, stage: Stage
) -> AsyncIterator[tuple[House, Visitor]]:
    """The copy, open and at work, with a visitor in it."""
    if chat == "telegram":
        async with telegraph.visiting(settings, listening, locale, stage.clock) as made:
            yield made
            return
    if chat == "wechat":
        async with follower.visiting(settings, listening, locale, stage.clock) as made:
            yield made
            return
    terminal = TerminalVisitor(locale)
    async with opened(settings, *([terminal.chat] if chat == "terminal" else []), clock=stage.clock) as house:
        terminal.shop = house.shop
        async with serving.at_work(house, listening):
            if chat == "terminal":
                yield house, terminal
                return
            async with visiting(settings.address, locale) as browser:
                yield house, browser
