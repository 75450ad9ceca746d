"""Groups and channels: who is in them, who comes and goes, and who speaks in whose name."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from doubles.telegram_bots import Bot
from doubles.telegram_chats import Chat, Shown
from doubles.telegram_people import Person, written

if TYPE_CHECKING:
    from doubles.telegram_world import World

# Accounts of Telegram's own that speak for somebody else
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


class Group:
    """A group or supergroup."""

    def __init__(self, api: World, chat: Chat, owner: Person) -> None:
        self.api = api
        self.chat = chat
        self.owner = owner

    @property
    def id(self) -> int:
        return self.chat.id

    def adds(self, who: Person | Bot, *, admin: bool = False, by: Person | None = None) -> None:
        """Somebody or a bot comes in, maybe as an administrator."""
        user, inviter = told(who), (by or self.owner).user
        if self.chat.status(user["id"]) not in ("member", "administrator", "restricted"):
            self.api.moves(self.chat, user, "member", by=inviter)
            self._service({"from": inviter, "new_chat_members": [user]})
        if admin:
            self.promotes(who, by=by)

    def joins(self, person: Person) -> None:
        """Somebody comes in of their own will."""
        self.adds(person, by=person)

    def promotes(self, who: Person | Bot, *, by: Person | None = None, anonymous: bool = False) -> None:
        self.api.moves(self.chat, told(who), "administrator", by=(by or self.owner).user, anonymous=anonymous)

    def demotes(self, who: Person | Bot, *, by: Person | None = None) -> None:
        self.api.moves(self.chat, told(who), "member", by=(by or self.owner).user)

    def mutes(self, who: Person | Bot, *, by: Person | None = None) -> None:
        """They may read and not write."""
        self.api.moves(self.chat, told(who), "restricted", by=(by or self.owner).user)

    def removes(self, who: Person | Bot, *, by: Person | None = None, banned: bool = True) -> None:
        """Somebody or a bot is put out. A bot is told, but hears nothing more from here."""
        user, remover = told(who), (by or self.owner).user
        self._service({"from": remover, "left_chat_member": user})
        self.api.moves(self.chat, user, "kicked" if banned else "left", by=remover)

    def leaves(self, person: Person) -> None:
        self.removes(person, by=person, banned=False)

    def renames(self, title: str) -> None:
        self.chat.about["title"] = title
        self._service({"from": self.owner.user, "new_chat_title": title})

    def opens_topic(self, name: str) -> int:
        """A thread of a forum; its id."""
        shown = self._service({"from": self.owner.user, "forum_topic_created": {"name": name, "icon_color": 7322096}})
        shown.body |= {"message_thread_id": shown.id, "is_topic_message": True}
        self.chat.threads[shown.id] = name
        return shown.id

    def deletes_topic(self, thread: int) -> None:
        """It goes with all that was said in it."""
        del self.chat.threads[thread]
        for shown in self.chat.messages:
            shown.deleted = shown.deleted or shown.body.get("message_thread_id") == thread
        self.chat.changed()

    def speaks_anonymously(self, text: str, **how: Any) -> Shown:
        """An administrator who hides behind the group writes: nobody is told who."""
        return self._in_the_name_of(self.chat, ANONYMOUS, text, how)

    def speaks_as(self, channel: Channel, text: str, **how: Any) -> Shown:
        """Somebody writes in the name of a channel of theirs."""
        return self._in_the_name_of(channel.chat, CHANNEL_BOT, text, how)

    def _in_the_name_of(self, chat: Chat, user: dict[str, Any], text: str, how: dict[str, Any]) -> Shown:
        body = {"from": user, "sender_chat": chat.told()} | written(text)
        if replied := how.get("reply_to"):
            body["reply_to_message"] = {k: v for k, v in replied.body.items() if k != "reply_to_message"}
        return self.api.hear(self.chat, body)

    def upgrades(self) -> int:
        """The group becomes a supergroup with another id, which it returns. Everybody stays."""
        old = self.chat
        if old.kind != "group":
            raise ValueError("it is a supergroup already")
        id = old.id - 1_000_000_000_000
        new = Chat(id, "supergroup", dict(old.about), itertools.count(1).__next__, members=dict(old.members))
        self.api.chats[id] = new
        self._service({"from": self.owner.user, "migrate_to_chat_id": id})
        old.moved_to, self.chat = id, new
        self._service({"from": ANONYMOUS, "sender_chat": new.told(), "migrate_from_chat_id": old.id})
        return id

    def _service(self, body: dict[str, Any]) -> Shown:
        return self.api.hear(self.chat, body, service=True)


class Channel:
    """A channel; what it posts appears in its linked group too."""

    def __init__(self, api: World, chat: Chat, owner: Person) -> None:
        self.api = api
        self.chat = chat
        self.owner = owner
        self.group: Group | None = None

    @property
    def id(self) -> int:
        return self.chat.id

    def adds(self, bot: Bot) -> None:
        """As in every channel, a bot comes in as an administrator."""
        self.api.moves(self.chat, bot.told(), "administrator", by=self.owner.user)

    def removes(self, bot: Bot) -> None:
        self.api.moves(self.chat, bot.told(), "kicked", by=self.owner.user)

    def links(self, group: Group) -> None:
        """Its posts are discussed there from now on."""
        self.group = group

    def posts(self, text: str) -> Shown:
        shown = self.api.hear(self.chat, {"sender_chat": self.chat.told()} | written(text))
        if self.group:
            origin = {"type": "channel", "chat": self.chat.told(), "message_id": shown.id, "date": shown.body["date"]}
            forwarded = {"sender_chat": self.chat.told(), "is_automatic_forward": True, "forward_origin": origin}
            self.api.hear(self.group.chat, {"from": TELEGRAM} | forwarded | written(text))
        return shown

    def edits(self, shown: Shown, text: str) -> None:
        rest = {name: value for name, value in shown.body.items() if name not in ("text", "entities")}
        shown.body = rest | written(text) | {"edit_date": int(self.api.now())}
        self.api.tell(shown, "edited_channel_post")


def told(who: Person | Bot) -> dict[str, Any]:
    return who.told() if isinstance(who, Bot) else who.user
