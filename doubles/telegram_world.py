"""Who there is at Telegram, and what happens in its chats: bots, people, groups, messages, memberships."""

from __future__ import annotations

import itertools
import random
import string
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from doubles.telegram_bots import Bot, Charge
from doubles.telegram_budgets import Budgets
from doubles.telegram_chats import Chat, Shown, member
from doubles.telegram_faults import Faults
from doubles.telegram_groups import Channel, Group
from doubles.telegram_people import Person, Press, hears
from doubles.telegram_rules import Params, Refused, bad, forbidden
from doubles.telegram_stars import Checkout
from doubles.telegram_updates import Updates


def now() -> datetime:
    return datetime.now(UTC)


class World:
    """Telegram without its HTTP server."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = now,
        budgets: Budgets | None = None,
        faults: Faults | None = None,
        seed: int = 1,
    ) -> None:
        self.clock = clock
        self.budgets = budgets or Budgets()
        self.faults = faults or Faults(random.Random(seed))
        self.query_seconds = 60.0  # how long a press can be answered; nobody says how long it is
        self.checkout_seconds = 10.0
        self.bots: list[Bot] = []
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}  # groups and channels, by id
        self.presses: dict[str, Press] = {}
        self.checkouts: dict[str, Checkout] = {}
        self.web: dict[str, bytes] = {}  # addresses that pictures and documents can be sent by
        self.hasty = 0  # calls for a chat before the wait of a 429 was over
        self._dice = random.Random(seed)
        self._ids = itertools.count(1).__next__
        self._tokens: dict[str, Bot] = {}
        self._private: dict[tuple[int, int], Chat] = {}
        self._not_before: dict[tuple[int, str], float] = {}

    async def answered(self, bot: Bot, said: dict[str, Any]) -> None:
        """A webhook answered with a method to call."""
        raise NotImplementedError

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
        updates = Updates(self.faults, self.now, lambda said: self.answered(holder[0], said))
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
            raise self.too_many(bot, str(chat.id), wait)

    def too_many(self, bot: Bot, chat: str, wait: int) -> Refused:
        """A 429; who calls for this chat again before the wait is over is hasty."""
        self._not_before[bot.id, chat] = time.monotonic() + wait
        return Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def is_hasty(self, bot: Bot, chat: str) -> bool:
        return self._not_before.get((bot.id, chat), 0.0) > time.monotonic()
