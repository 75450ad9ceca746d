"""Telegram's Bot API as a real server, with the people who talk to its bots.

    async with served_telegram() as api:
        shop, lin = api.add_bot("mika_shop_bot"), api.person(1, "Lin")
        ...                                      # a bot that calls api.url with shop.token
        lin.starts("p42")
        card = await lin.chat(shop).next()       # what the bot answered, as Lin sees it
        lin.presses("Buy")

`/bot<token>/<method>` and `/file/bot<token>/<path>`. Every call is kept in `api.calls`. What it lets through and how
it refuses is in telegram_rules.py, what can go wrong in telegram_faults.py, what people do in telegram_people.py and
telegram_groups.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import string
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doubles import telegram_sends  # noqa: F401  its methods join METHODS
from doubles.sandbox import Lost, gone
from doubles.serving import Served
from doubles.telegram_bots import Bot, Charge
from doubles.telegram_chats import Chat, Shown, member
from doubles.telegram_faults import BEFORE, Budgets, Faults, Trouble
from doubles.telegram_groups import Channel, Group
from doubles.telegram_http import answer, brought, refusal
from doubles.telegram_methods import METHODS
from doubles.telegram_people import Person, Press, hears
from doubles.telegram_rules import Params, Refused, bad, forbidden
from doubles.telegram_stars import Checkout
from doubles.telegram_updates import Updates

SENDS = frozenset(name for name in METHODS if name.startswith("send") and name != "sendchataction")


@dataclass(slots=True)
class Call:
    """One call of a bot's."""

    at: float  # time.monotonic()
    bot: Bot
    method: str  # in lower case
    given: Params
    status: int = 0  # 0 is no answer
    description: str = ""
    trouble: Trouble | None = None
    done: bool = False  # it had its effect, whatever was answered
    chat: int = 0
    by_webhook: bool = False  # asked for in the answer to an update


def now() -> datetime:
    return datetime.now(UTC)


class Telegram:
    """The server. `app` is its ASGI app, `served()` runs it on this machine."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = now,
        budgets: Budgets | None = None,
        faults: Faults | None = None,
        seed: int = 1,
    ) -> None:
        self.url = ""  # where it is served
        self.clock = clock
        self.budgets = budgets or Budgets()
        self.faults = faults or Faults(random.Random(seed))
        self.query_seconds = 60.0  # how long a press can be answered; nobody says how long it is
        self.checkout_seconds = 10.0
        self.bots: list[Bot] = []
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}  # groups and channels, by id
        self.calls: list[Call] = []
        self.hasty = 0  # calls for a chat before the wait of a 429 was over
        self.presses: dict[str, Press] = {}
        self.checkouts: dict[str, Checkout] = {}
        self.web: dict[str, bytes] = {}  # addresses that pictures and documents can be sent by
        self._dice = random.Random(seed)
        self._ids = itertools.count(1).__next__
        self._tokens: dict[str, Bot] = {}
        self._private: dict[tuple[int, int], Chat] = {}
        self._not_before: dict[tuple[int, str], float] = {}
        calls = ["GET", "POST"]
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._called, methods=calls),
                Route("/file/bot{token}/{path:path}", self._fetched),
                Route("/{path:path}", self._nothing, methods=calls),
            ],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = server.url
            yield server.url

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for bot in self.bots:
                await bot.updates.close()

    def now(self) -> float:
        """Seconds since 1970 by its clock."""
        return self.clock().timestamp()

    def drawn(self, length: int) -> str:
        """An id that nobody could guess, the same in every run with this seed."""
        return str(self._ids()) + "".join(self._dice.choices(string.digits, k=length))

    # Who there is

    def add_bot(self, username: str, name: str = "", *, token: str = "", privacy: bool = True) -> Bot:
        """A bot's account. Without a token one is made up: it is in `.token`."""
        token = token or f"{7_000_000_001 + len(self.bots)}:AA{username.ljust(33, '0')[:33]}"
        holder: list[Bot] = []
        updates = Updates(self.faults, self.now, lambda said: self._asked(holder[0], said))
        bot = Bot(token, username, name or username, updates, privacy)
        holder.append(bot)
        self.bots.append(bot)
        self._tokens[token] = bot
        return bot

    def new_token(self, bot: Bot, token: str) -> None:
        """The old token answers 401 from now on; the id stays."""
        del self._tokens[bot.token]
        bot.token = token
        self._tokens[token] = bot

    def ban(self, bot: Bot) -> None:
        """Its token answers 401 from now on, and it hears nothing more."""
        self._tokens.pop(bot.token, None)
        self.bots.remove(bot)

    def person(self, id: int, first_name: str = "", *, username: str = "", language: str = "en") -> Person:
        """Somebody by their Telegram id; new ones appear when they are first named."""
        if id not in self.people:
            self.people[id] = Person(self, id, first_name or f"Person {id}", username, language)
        return self.people[id]

    def group(self, title: str, owner: Person, *, supergroup: bool = True, forum: bool = False) -> Group:
        number = self._ids()
        id = -1_000_000_000_000 - 1_000_000 - number if supergroup else -4_000_000 - number
        chat = Chat(id, "supergroup" if supergroup else "group", {"title": title}, itertools.count(1).__next__, forum)
        self.chats[id] = chat
        chat.members[owner.id] = member(owner.user, "creator")
        return Group(self, chat, owner)

    def channel(self, title: str, owner: Person, *, username: str = "") -> Channel:
        id = -1_000_000_000_000 - 2_000_000 - self._ids()
        about = {"title": title} | ({"username": username} if username else {})
        chat = self.chats[id] = Chat(id, "channel", about, itertools.count(1).__next__)
        chat.members[owner.id] = member(owner.user, "creator")
        return Channel(self, chat, owner)

    def private(self, bot: Bot, person: int) -> Chat:
        """The chat of a person with a bot."""
        chat = self._private.get((bot.id, person))
        if chat is None:
            user = self.people[person].user
            about = {name: user[name] for name in ("first_name", "last_name", "username") if name in user}
            chat = self._private[bot.id, person] = Chat(person, "private", about, bot.number)
        return chat

    def user(self, id: int) -> dict[str, Any]:
        """A person or a bot as a Bot API User."""
        return self.people[id].user if id in self.people else next(bot.told() for bot in self.bots if bot.id == id)

    # What happens in chats

    def show(self, chat: Chat, told: dict[str, Any], bot: Bot | None = None) -> Shown:
        """A new message in a chat. Who is to hear of it, hear() says."""
        shown = Shown(chat, {"message_id": chat.number(), "date": int(self.now()), "chat": chat.told()} | told, bot)
        chat.all[shown.id] = shown
        chat.changed()
        return shown

    def hear(self, chat: Chat, told: dict[str, Any], *, only: Bot | None = None, service: bool = False) -> Shown:
        """A new message that isn't a bot's: shown, and told to the bots that may hear it."""
        shown = self.show(chat, told)
        self.tell(shown, "channel_post" if chat.kind == "channel" else "message", only=only, service=service)
        return shown

    def tell(self, shown: Shown, kind: str, *, only: Bot | None = None, service: bool = False) -> None:
        for bot in self.bots if only is None else (only,):
            if only is not None or hears(bot, shown, service):
                bot.updates.add(kind, shown.body, shown.chat.id)

    def moves(self, chat: Chat, user: dict[str, Any], status: str, *, by: dict[str, Any], **how: bool) -> None:
        """Somebody's membership changes, and the bots that may know are told."""
        old = chat.members.get(user["id"]) or member(user, "left")
        new = member(user, status, channel=chat.kind == "channel", **how)
        chat.members[user["id"]] = new
        told = {"chat": chat.told(), "from": by, "date": int(self.now())}
        told |= {"old_chat_member": old, "new_chat_member": new}
        for bot in self.bots:
            if bot.id == user["id"]:
                bot.updates.add("my_chat_member", told, chat.id)
            elif chat.status(bot.id) == "administrator":
                bot.updates.add("chat_member", told, chat.id)

    def hands_back(self, bot: Bot, charge: Charge) -> None:
        """The service message of a refund."""
        told = {
            "currency": "XTR",
            "total_amount": charge.amount,
            "invoice_payload": charge.payload,
            "telegram_payment_charge_id": charge.id,
        }
        self.hear(self.private(bot, charge.payer["id"]), {"from": bot.told(), "refunded_payment": told}, only=bot)

    # Which chat a call means

    def seen(self, bot: Bot, given: Params) -> Chat:
        """The chat of a call, if this bot has ever met it."""
        named = given.text("chat_id")
        if named.startswith("@"):
            chats = (chat for chat in self.chats.values() if chat.about.get("username") == named[1:])
            return next(chats, None) or bad("chat not found")
        id = given.number("chat_id")
        if not id:
            bad("chat_id is empty")
        if id > 0:
            if any(one.id == id for one in self.bots):
                forbidden("bot can't send messages to bots")
            return self.private(bot, id) if id in self.people else bad("chat not found")
        chat = self.chats.get(id)
        if chat is None or bot.id not in chat.members:
            bad("chat not found")
        if chat.moved_to:
            bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.moved_to)
        if (status := chat.status(bot.id)) == "kicked":
            forbidden(f"bot was kicked from the {chat.name}")
        if status == "left":
            forbidden(f"bot is not a member of the {chat.name}")
        return chat

    def open(self, bot: Bot, given: Params) -> Chat:
        """The chat of a call, if this bot may write there."""
        chat = self.seen(bot, given)
        if chat.kind == "private":
            if self.people[chat.id].gone:
                forbidden("user is deactivated")
            if chat.id in bot.blocked:
                forbidden("bot was blocked by the user")
            if chat.id not in bot.started:
                forbidden("bot can't initiate conversation with a user")
        elif chat.kind == "channel" and chat.status(bot.id) != "administrator":
            bad("need administrator rights in the channel chat")
        elif chat.status(bot.id) == "restricted":
            bad("not enough rights to send text messages to the chat")
        return chat

    def charge_budget(self, bot: Bot, chat: Chat) -> None:
        """Counts one more message against the budgets, or refuses it."""
        wait = self.budgets.over(bot.id, chat.id)
        if wait is not None:
            self._too_many(bot, str(chat.id), wait)

    def _too_many(self, bot: Bot, chat: str, wait: int) -> None:
        self._not_before[bot.id, chat] = time.monotonic() + wait
        raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    # Over HTTP

    async def _called(self, request: Request) -> Response:
        name = request.path_params["method"].lower()
        bot = self._tokens.get(request.path_params["token"])
        if bot is None:
            return refusal(Refused(401, "Unauthorized"))
        given = await brought(request)
        call = Call(time.monotonic(), bot, name, given)
        self.calls.append(call)
        call.trouble = self.faults.meet(name)
        if call.trouble in BEFORE:
            return await self._troubled(call, request)
        said = await self._done(call)
        if call.trouble == "slow":
            await asyncio.sleep(self.faults.slowness)
        elif call.trouble is not None:
            call.status = 0
            if call.trouble == "mute":
                await gone(request)
            return Lost()
        return said

    async def _done(self, call: Call) -> Response:
        """Does what was asked, and answers."""
        try:
            function = METHODS.get(call.method)
            if function is None:
                raise Refused(404, "Not Found: method not found")
            if chat := call.given.text("chat_id"):
                call.chat = call.given.number("chat_id")
                self.hasty += self._not_before.get((call.bot.id, chat), 0.0) > call.at
            result = function(self, call.bot, call.given)
            if asyncio.iscoroutine(result):
                result = await result
        except Refused as refused:
            call.status, call.description = refused.code, refused.description
            return refusal(refused)
        call.done, call.status = True, 200
        return answer(result)

    async def _troubled(self, call: Call, request: Request) -> Response:
        """Nothing of what was asked happens."""
        if call.trouble in ("busy", "broken"):
            refused = Refused(502, "Bad Gateway")
            if call.trouble == "busy":
                try:
                    self._too_many(call.bot, call.given.text("chat_id"), self.faults.seconds())
                except Refused as too_many:
                    refused = too_many
            call.status, call.description = refused.code, refused.description
            return refusal(refused)
        if call.trouble == "deaf":
            await gone(request)
        return Lost()

    async def _asked(self, bot: Bot, said: dict[str, Any]) -> None:
        """What an answer to a webhook asks for is done; nobody hears how it went."""
        name = str(said.pop("method")).lower()
        call = Call(time.monotonic(), bot, name, Params(said), by_webhook=True)
        self.calls.append(call)
        await self._done(call)

    async def _fetched(self, request: Request) -> Response:
        bot = self._tokens.get(request.path_params["token"])
        file = bot.at(request.path_params["path"]) if bot else None
        return Response(file.data, media_type=file.type) if file else refusal(Refused(404, "Not Found"))

    async def _nothing(self, request: Request) -> Response:
        return refusal(Refused(404, "Not Found"))

    # What can be asked afterwards

    def asked(self, method: str, bot: Bot | None = None) -> list[Call]:
        """The calls of one method, in order."""
        name = method.lower()
        return [call for call in self.calls if call.method == name and bot in (None, call.bot)]

    def peak(self, seconds: float, *, bot: Bot | None = None, chat: int | None = None) -> int:
        """The most messages that came in any stretch of so many seconds, of a bot's or into a chat."""
        sends = (call for call in self.calls if call.done and call.method in SENDS)
        return most(
            (call.at for call in sends if bot in (None, call.bot) and chat in (None, call.chat)),
            seconds,
        )


def most(moments: Iterable[float], seconds: float) -> int:
    """How many of the moments fall into the fullest stretch of so many seconds."""
    times, first, highest = sorted(moments), 0, 0
    for last, moment in enumerate(times):
        while times[first] <= moment - seconds:
            first += 1
        highest = max(highest, last - first + 1)
    return highest


@contextlib.asynccontextmanager
async def served_telegram(
    *,
    port: int = 0,
    clock: Callable[[], datetime] = now,
    budgets: Budgets | None = None,
    faults: Faults | None = None,
    seed: int = 1,
) -> AsyncIterator[Telegram]:
    """A Telegram of one's own on 127.0.0.1; its address is `.url`."""
    api = Telegram(clock=clock, budgets=budgets, faults=faults, seed=seed)
    async with api.served(port):
        yield api
