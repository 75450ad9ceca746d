"""Setting up Telegram: whether both bots are as they should be, the staff's group, and a new bot in an old one's place.

Telegram is asked by plain HTTP here. A bot's token is part of every address: no address is ever shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from sqlalchemy import func, select

from core import orders, rooms, staff
from core.customers import people
from core.ground import shown
from core.ground.db import Tx
from core.rooms import Room
from mika.chat_settings import TOKEN, BotSettings
from mika.checklist import Report
from mika.parts import BUYERS_BOT, STAFF_BOT
from mika.refusals import Refusal
from mika.rewriting import replace_file, unwritable
from mika.settings import Settings
from mika.settings_read import FILE
from mika.wiring import House, opened

TIMEOUT = 15.0  # seconds
Which = Literal["buyers", "staff"]
CHATS: Mapping[Which, str] = {"buyers": BUYERS_BOT, "staff": STAFF_BOT}
Say = Callable[[str], None]


class Denied(Exception):
    """Telegram answered, and it was no. Its text is what Telegram gave as the reason."""


async def ask(settings: Settings, token: str, method: str, **given: Any) -> Any:
    """One call of the Bot API. Raises Denied, and Refusal S020 where there is no answer."""
    api = settings.telegram.api
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT) as http:
            answer = (await http.post(f"{api}/bot{token}/{method}", json=given)).json()
    except httpx.HTTPError as error:
        raise Refusal("S020", what=type(error).__name__, api=api) from None
    except ValueError:
        raise Refusal("S020", what="what answers there is not Telegram", api=api) from None
    if not isinstance(answer, dict) or not answer.get("ok"):
        raise Denied(str(answer.get("description", "no reason given"))[:200] if isinstance(answer, dict) else "")
    return answer.get("result")


def bot_of(settings: Settings, which: Which) -> BotSettings | None:
    return getattr(settings.telegram, which)


# Whether all is well


async def check(settings: Settings, say: Say) -> int:
    """Say of each part how it stands and what to do. Returns how the command should end: 1 if something is to do."""
    report = Report(say)
    async with opened(settings) as house:
        for which in CHATS:
            bot = bot_of(settings, which)
            if bot is None:
                report.todo(f"{which}: no bot. Set `token` under [telegram.{which}].")
            elif await _check_bot(settings, house, which, bot, report):
                await _check_hook(settings, which, bot, report)
                if which == "staff":
                    await _check_room(settings, house, bot, report)
    say(f"{report.left} to do." if report.left else "All is well.")
    return 1 if report.left else 0


async def _check_bot(settings: Settings, house: House, which: Which, bot: BotSettings, report: Report) -> bool:
    """Whether Telegram knows it. Raises Refusal S020."""
    try:
        me = await ask(settings, bot.token.get_secret_value(), "getMe")
    except Denied as no:
        report.todo(
            f"{which}: Telegram does not know this token ({no}). `mika telegram replace-bot {which}` takes another."
        )
        return False
    report.right(f"{which}: @{me.get('username')}, number {bot.id}")
    known = await house.shop.db.read(shown.bot_of, CHATS[which])
    if known not in (None, bot.id):
        report.todo(f"{which}: the shop knows bot {known} here. `mika telegram replace-bot {which}` makes it this one.")
    return True


async def _check_hook(settings: Settings, which: Which, bot: BotSettings, report: Report) -> None:
    try:
        hook = await ask(settings, bot.token.get_secret_value(), "getWebhookInfo")
    except Denied as no:
        return report.todo(f"{which}: its webhook can't be looked at ({no}).")
    url, wants = urlsplit(str(hook.get("url") or "")), settings.receive == "webhook"
    there = f"{url.scheme}://{url.netloc}" if url.netloc else ""
    if wants and there == settings.address:
        report.right(f"{which}: Telegram brings updates to {there}")
    elif wants:
        instead = f"brings updates to {there}" if there else "does not know where to bring updates"
        report.todo(f"{which}: Telegram {instead}. `mika run` tells it {settings.address} when it connects.")
    elif there:
        report.todo(
            f"{which}: Telegram brings updates to {there}. `mika run` ends that when it connects, and asks for them."
        )
    else:
        report.right(f"{which}: updates are asked for (polling)")
    if waiting := hook.get("pending_update_count"):
        report.right(f"{which}: {waiting} updates wait; they are kept for a day")
    if wants and (why := hook.get("last_error_message")):
        report.todo(f"{which}: the last update could not be brought: {str(why)[:200]}")


async def _check_room(settings: Settings, house: House, bot: BotSettings, report: Report) -> None:
    room = await house.shop.db.read(_room)
    if room is None:
        return report.todo(
            "staff: no group yet, so each is told in private. `mika telegram group` says how to open one."
        )
    if room.moves_to:
        return report.todo("staff: the group has a new id. Confirm it by the button that staff got in private.")
    token, group = bot.token.get_secret_value(), rooms.parts(room.id)[1]
    try:
        chat = await ask(settings, token, "getChat", chat_id=int(group))
        member = await ask(settings, token, "getChatMember", chat_id=int(group), user_id=bot.id)
    except Denied as no:
        return report.todo(f"staff: the group can't be reached ({no}). Add the bot to it, or open another room.")
    report.right(f"staff: the group is {chat.get('title')}")
    if member.get("status") not in ("administrator", "creator"):
        report.todo("staff: the bot is no admin of the group. Make it one, or it misses what happens there.")


def _room(tx: Tx) -> Room | None:
    return rooms.of_chat(tx, STAFF_BOT)


# The staff's group


async def group(settings: Settings, say: Say) -> None:
    """A one-time code, and what to do with it. Raises Refusal S019, S020."""
    bot = bot_of(settings, "staff")
    if bot is None:
        raise Refusal("S019", what="staff have none")
    name = await username(settings, bot)
    async with opened(settings) as house:
        code = await house.shop.db.write(staff.room_code)
    say("1. Make a private group on Telegram, with those who work here and nobody else.")
    say(f"2. Add @{name} to it, as an admin.")
    say("3. Post this there within an hour, as somebody who works here (`mika staff invite NAME` lets people in):")
    say(f"\n     /here {code}\n")
    say("Post it under your own name: turn off `Remain anonymous` if you are an admin.")


async def username(settings: Settings, bot: BotSettings) -> str:
    """Raises Refusal S020."""
    try:
        me = await ask(settings, bot.token.get_secret_value(), "getMe")
    except Denied as no:
        raise Refusal("S020", what=f"it does not know the token ({no})", api=settings.telegram.api) from None
    return str(me.get("username"))


# A new bot in an old one's place


async def replace(
    settings: Settings, which: Which, token: str, say: Say, agrees: Callable[[], bool], file: Path | None = None
) -> bool:
    """Put a new bot where one was: the same people, the same orders. False if the owner did not agree.

    Raises Refusal S020, S021, S041; nothing has changed then.
    """
    file = file or Path(os.environ.get("MIKA_CONFIG", FILE))
    now, other = bot_of(settings, which), bot_of(settings, "staff" if which == "buyers" else "buyers")
    if now is None:
        raise Refusal("S021", what=f"no token is set under [telegram.{which}], so there is none to replace")
    if not TOKEN.fullmatch(token):
        raise Refusal("S021", what="that is no bot's token")
    made = BotSettings.model_validate({"token": token})
    if other and other.id == made.id:
        raise Refusal("S021", what="that is the other bot's token, and each has its own")
    try:
        me = await ask(settings, token, "getMe")
    except Denied as no:
        raise Refusal("S021", what=f"Telegram does not know that token ({no})") from None
    async with opened(settings) as house:
        met, sold = await house.shop.db.read(_counts, CHATS[which])
        _forewarn(which, str(me.get("username")), now.id == made.id, met, sold, say)
        if not agrees():
            return False
        written = _write(file, now.token.get_secret_value(), token)
        if await house.shop.db.read(shown.bot_of, CHATS[which]) != made.id:
            await house.shop.db.write(shown.replace_bot, CHATS[which], made.id)
    if written:
        say(f"{file} has the new token. Restart `mika run`.")
    else:
        say(f"The token is not in {file}: set MIKA_TELEGRAM__{which.upper()}__TOKEN anew, and restart `mika run`.")
    return True


def _counts(tx: Tx, chat: str) -> tuple[int, int]:
    """The people of a chat, and their orders."""
    theirs = select(people.c.id).where(people.c.chat == chat)
    met = tx.value(select(func.count()).select_from(theirs.subquery()))
    return met, tx.value(select(func.count()).select_from(orders.orders).where(orders.orders.c.person_id.in_(theirs)))


def _forewarn(which: Which, name: str, same: bool, met: int, sold: int, say: Say) -> None:
    if same:
        return say(f"@{name} is the same bot with a new token: nothing changes for anybody.")
    say(f"@{name} takes over: {met:,} people and {sold:,} orders stay as they are, because Telegram's ids stay.")
    if which == "buyers":
        say(f"Buyers see nothing by themselves: no bot may write first. Tell them https://t.me/{name} where you can.")
        say("Whoever presses Start there finds every order and code of theirs in `My orders`.")
        say("Whoever does not finds theirs on the shop's site, by the number and the pick-up phrase of the order.")
        say("What is on its way to people who have not started it yet waits for them there, too.")
    else:
        say(f"Everybody who works here presses Start at https://t.me/{name} once; nobody needs a new invitation.")
        say("Add it to the staff's group as an admin, and take the old one out. The group stays the staff's room.")


def _write(file: Path, old: str, new: str) -> bool:
    """Put the new token where the old one stands in the file; False if it doesn't. Raises Refusal S041."""
    try:
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            return False
        replace_file(file, text.replace(old, new).encode())
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unwritable(file, error) from None
    return True
