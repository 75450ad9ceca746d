"""The platforms that chats live on, as they see the shop: who we are there, where they bring what is said, what waits.

A webhook's address holds a secret, and so does every address of the Bot API: of the first only the host is told, of
the second nothing.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import httpx

from core import rooms
from core.findings import Finding
from core.ground import points, shown
from core.ground.db import Tx
from mika.chat_settings import BotSettings
from mika.doctor_place import Check, Place, Said, Unseen, unseen
from mika.parts import STAFF_BOT
from mika.telegram import CHATS, Denied, Which, bot_of

WAITING = 100  # updates; the shop takes them within seconds
LATELY = 1800.0  # seconds: an error that is older is over
UNANSWERED = (httpx.HTTPError, ValueError)


async def telegram(place: Place) -> Said:
    """Both bots. That Telegram is away is said once."""
    told: dict[Which, BotSettings] = {which: bot for which in CHATS if (bot := bot_of(place.settings, which))}
    if not told:
        return ["telegram: no bot is set"]
    said: list[Finding | Unseen | str] = []
    left = dict(told)
    try:
        for which, bot in told.items():
            said += await _bot(place, which, bot)
            del left[which]
    except UNANSWERED as error:
        said.append(Finding("D046", facts={"why": type(error).__name__, "api": place.settings.telegram.api}))
        said += [_blind(which, "D040") for which in left]
    return said


def _blind(which: Which, *more: str) -> Unseen:
    """Without an answer about a bot, nothing is known of it, nor of the room that it is in."""
    own = (f"{code} {which}" for code in (*more, "D041", "D042", "D043", "D047"))
    return unseen(*own, *(("D044", "D045") if which == "staff" else ()))


async def _bot(place: Place, which: Which, bot: BotSettings) -> Said:
    try:
        me = await _ask(place, bot, "getMe")
        hook = await _ask(place, bot, "getWebhookInfo")
    except Denied as no:
        return [Finding("D040", which, {"why": str(no)}), _blind(which)]
    found: list[Finding | Unseen | str] = []
    if place.shop is not None and await place.shop.db.read(shown.bot_of, CHATS[which]) not in (None, bot.id):
        found.append(Finding("D047", which))
    found += _hook(place, which, hook)
    if which == "staff" and place.shop is not None:
        found += await _room(place, bot)
    return found or [f"telegram: @{me.get('username')}, {hook.get('pending_update_count', 0)} updates wait"]


def _hook(place: Place, which: Which, hook: dict[str, Any]) -> list[Finding | str]:
    url, settings = urlsplit(str(hook.get("url") or "")), place.settings
    there = f"{url.scheme}://{url.netloc}" if url.netloc else ""
    wanted = settings.address if settings.receive == "webhook" else ""
    found: list[Finding | str] = []
    if there != wanted:
        facts = {"there": there or "nowhere", "wanted": wanted or "whoever asks (polling)"}
        found.append(Finding("D041", which, facts))
    if (waits := int(hook.get("pending_update_count") or 0)) > WAITING:
        found.append(Finding("D042", which, {"count": waits}))
    recent = time.time() - float(hook.get("last_error_date") or 0) < LATELY
    if wanted and recent and (why := hook.get("last_error_message")):
        found.append(Finding("D043", which, {"why": str(why)[:150]}))
    return found


async def _room(place: Place, bot: BotSettings) -> list[Finding | Unseen]:
    """Whether the staff's group hears the bot, and the bot the group."""
    room = await place.shop.db.read(_staff_room) if place.shop else None
    if room is None or room.moves_to:
        return []
    group = int(rooms.parts(room.id)[1])
    try:
        await _ask(place, bot, "getChat", chat_id=group)
        member = await _ask(place, bot, "getChatMember", chat_id=group, user_id=bot.id)
    except Denied as no:
        return [Finding("D045", facts={"why": str(no)}), unseen("D044")]
    return [] if member.get("status") in ("administrator", "creator") else [Finding("D044")]


def _staff_room(tx: Tx) -> rooms.Room | None:
    return rooms.of_chat(tx, STAFF_BOT)


async def _ask(place: Place, bot: BotSettings, method: str, **given: Any) -> dict[str, Any]:
    """One call of the Bot API; by its answer's date the clocks are compared. Raises Denied, and UNANSWERED."""
    address = f"{place.settings.telegram.api}/bot{bot.token.get_secret_value()}/{method}"
    with points.around("telegram.look"):
        answer = await place.http.post(address, json=given)
    said = answer.json()
    if not isinstance(said, dict):
        raise ValueError("no object")
    if date := answer.headers.get("date"):
        place.clocks["Telegram"] = parsedate_to_datetime(date).timestamp() + 0.5 - time.time()
    if not said.get("ok"):
        raise Denied(str(said.get("description", "no reason given"))[:150])
    return said.get("result") or {}


async def wechat(place: Place) -> Said:
    """Its library is imported where an account is set, as it takes seconds."""
    if place.settings.wechat is None:
        return ["wechat: no account is set"]
    return await import_module("mika.doctor_wechat").look(place.settings, place.settings.wechat)


CHECKS = (
    Check(
        "telegram",
        ("D040", "D041", "D042", "D043", "D044", "D045", "D046", "D047"),
        telegram,
        opens=False,
        outside=True,
        seconds=60.0,
    ),
    Check("wechat", ("D048", "D049"), wechat, opens=False, outside=True, seconds=60.0),
)
