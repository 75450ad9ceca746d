"""People at Telegram: they write, press, send things, pay, block and come back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from doubles.telegram_bots import Bot
from doubles.telegram_chats import Chat, Shown, member
from doubles.telegram_links import marked
from doubles.telegram_stars import Payment, pay

if TYPE_CHECKING:
    from doubles.telegram_groups import Group
    from doubles.telegram_world import World

PICTURE = b"\xff\xd8\xff\xe0" + bytes(200)


@dataclass(eq=False)
class Press:
    """A button that was pressed. A callback waits for its answer; the others do what they do at once."""

    kind: Literal["callback", "url", "copy", "other"]
    bot: Bot
    at: float
    id: str = ""
    url: str = ""  # what it opened, or what the answer opened
    copied: str = ""
    text: str = ""  # of the answer
    alert: bool = False
    answered: bool = False
    _answer: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, text: str, alert: bool, url: str) -> None:
        self.text, self.alert, self.url, self.answered = text, alert, url, True
        self._answer.set()

    async def answer(self, seconds: float = 5.0) -> str:
        """The text it was answered with, maybe "". TimeoutError if it wasn't: the button goes on spinning."""
        async with asyncio.timeout(seconds):
            await self._answer.wait()
        return self.text


def hears(bot: Bot, shown: Shown, service: bool) -> bool:
    """Whether a bot is told of a message in a group or channel: with privacy on, only what is meant for it."""
    chat = shown.chat
    status = chat.status(bot.id)
    if status not in ("administrator", "member", "restricted"):
        return False
    if service or status == "administrator" or not bot.privacy:
        return True
    replied = chat.all.get(shown.body.get("reply_to_message", {}).get("message_id", 0))
    if replied is not None and replied.bot is bot:
        return True
    if f"@{bot.username}".lower() in (name.lower() for name in shown.marked("mention")):
        return True
    commands = shown.marked("bot_command")
    return any("@" not in one or one.lower().endswith(f"@{bot.username}".lower()) for one in commands)


class Person:
    """Somebody with an account. Where nothing else is said, they talk to the first bot there is."""

    def __init__(self, api: World, id: int, first_name: str, username: str, language: str) -> None:
        self.api = api
        self.id = id
        self.gone = False  # the account was deleted
        self.user: dict[str, Any] = {"id": id, "is_bot": False, "first_name": first_name}
        if username:
            self.user["username"] = username
        if language:
            self.user["language_code"] = language

    def chat(self, where: Bot | Group | None = None) -> Chat:
        """A chat as this person sees it."""
        where = where or self.api.bots[0]
        return self.api.private(where, self.id) if isinstance(where, Bot) else where.chat

    def says(
        self,
        content: dict[str, Any],
        to: Bot | Group | None = None,
        *,
        reply_to: Shown | None = None,
        thread: int = 0,
    ) -> Shown:
        """A message of any kind. Raises ValueError where the client would not let them."""
        to = to or self.api.bots[0]
        chat, only = self.chat(to), to if isinstance(to, Bot) else None
        if only:
            if self.id in only.blocked:
                raise ValueError("they have blocked this bot")
            only.started.add(self.id)
        elif chat.status(self.id) in ("left", "kicked"):
            raise ValueError("they are not in this group")
        told = {"from": self.user} | content
        if reply_to is not None:
            told["reply_to_message"] = {k: v for k, v in reply_to.body.items() if k != "reply_to_message"}
        if thread:
            told |= {"message_thread_id": thread, "is_topic_message": True}
        return self.api.hear(chat, told, only=only)

    def writes(self, text: str, to: Bot | Group | None = None, **how: Any) -> Shown:
        return self.says(written(text), to, **how)

    def starts(self, payload: str = "", bot: Bot | None = None) -> Shown:
        """Opens the bot, maybe by a deep link, and presses Start."""
        bot = bot or self.api.bots[0]
        if self.id in bot.blocked:
            self.unblocks(bot)
        return self.writes(f"/start {payload}".strip(), bot)

    def edits(self, shown: Shown, text: str) -> None:
        """Changes an own message."""
        if shown.body.get("from", {}).get("id") != self.id:
            raise ValueError("only own messages can be edited")
        shown.before.append(shown.body)
        rest = {name: value for name, value in shown.body.items() if name not in ("text", "entities")}
        shown.body = rest | written(text) | {"edit_date": int(self.api.now())}
        shown.chat.changed()
        bot = next((one for one in self.api.bots if self.api.private(one, self.id) is shown.chat), None)
        self.api.tell(shown, "edited_message", only=bot)

    def forwards(self, shown: Shown, to: Bot | Group | None = None) -> Shown:
        """Sends a message on, from whichever chat."""
        if shown.wishes.get("protect_content"):
            raise ValueError("it is protected from being forwarded")
        body, date = shown.body, shown.body["date"]
        if shown.chat.kind == "channel":
            origin = {"type": "channel", "chat": shown.chat.told(), "message_id": shown.id, "date": date}
        else:
            origin = {"type": "user", "sender_user": body["from"], "date": date}
        kept = ["text", "entities", "caption", "caption_entities", "photo", "document", "sticker", "voice", "invoice"]
        return self.says({"forward_origin": origin} | {name: body[name] for name in kept if name in body}, to)

    # What isn't text

    def sends_photo(self, caption: str = "", to: Bot | Group | None = None, data: bytes = PICTURE) -> Shown:
        size = self._file(to, data, "photo.jpg", "image/jpeg", "photos") | {"width": 90, "height": 60}
        return self.says({"photo": [size]} | written(caption, "caption"), to)

    def sends_document(
        self, data: bytes = b"hello", name: str = "file.txt", to: Bot | Group | None = None, caption: str = ""
    ) -> Shown:
        told = self._file(to, data, name, "text/plain", "documents") | {"file_name": name, "mime_type": "text/plain"}
        return self.says({"document": told} | written(caption, "caption"), to)

    def sends_voice(self, to: Bot | Group | None = None) -> Shown:
        told = self._file(to, b"OggS", "voice.oga", "audio/ogg", "voice")
        return self.says({"voice": told | {"duration": 2, "mime_type": "audio/ogg"}}, to)

    def sends_sticker(self, to: Bot | Group | None = None) -> Shown:
        told = self._file(to, b"RIFF", "sticker.webp", "image/webp", "stickers")
        kind = {"type": "regular", "is_animated": False, "is_video": False, "emoji": "😀"}
        return self.says({"sticker": told | kind | {"width": 512, "height": 512}}, to)

    def sends_contact(self, to: Bot | Group | None = None) -> Shown:
        contact = {"phone_number": "+12025550123", "first_name": self.user["first_name"], "user_id": self.id}
        return self.says({"contact": contact}, to)

    def sends_location(self, to: Bot | Group | None = None) -> Shown:
        return self.says({"location": {"latitude": 31.23, "longitude": 121.47}}, to)

    def asks_inline(self, query: str, bot: Bot | None = None) -> None:
        """Types @bot and something into any chat."""
        told = {"id": self.api.drawn(16), "from": self.user, "query": query, "offset": "", "chat_type": "private"}
        (bot or self.api.bots[0]).updates.add("inline_query", told, self.id)

    def _file(self, to: Bot | Group | None, data: bytes, name: str, type: str, folder: str) -> dict[str, Any]:
        owner = to if isinstance(to, Bot) else self.api.bots[0]
        return owner.keep(data, name, type, folder).told()

    # Buttons and payments

    def presses(
        self,
        button: str | int,
        on: Shown | None = None,
        at: Bot | Group | None = None,
        *,
        inaccessible: bool = False,
    ) -> Press:
        """Presses a button by what it says or by its place from 0, on the newest message that has any or on this one.

        `inaccessible`: the message is so old that the bot is told no more than its id. Raises ValueError if there
        is no such button.
        """
        shown = on or self._newest(self.chat(at), "reply_markup")
        buttons = shown.buttons
        if isinstance(button, int):
            pressed = buttons[button] if button < len(buttons) else None
        else:
            pressed = next((one for one in buttons if one["text"] == button), None)
        if pressed is None or shown.bot is None or shown.deleted:
            raise ValueError(f"no button {button!r} among {shown.labels}")
        bot, when = shown.bot, self.api.now()
        if "url" in pressed:
            return Press("url", bot, when, url=pressed["url"])
        if "copy_text" in pressed:
            return Press("copy", bot, when, copied=pressed["copy_text"]["text"])
        if "callback_data" not in pressed:
            return Press("other", bot, when)
        return self._calls_back(shown, bot, pressed["callback_data"], inaccessible)

    def _calls_back(self, shown: Shown, bot: Bot, data: str, inaccessible: bool) -> Press:
        press = Press("callback", bot, self.api.now(), self.api.drawn(18))
        self.api.presses[press.id] = press
        chat = shown.chat
        message = {"chat": chat.told(), "message_id": shown.id, "date": 0} if inaccessible else shown.body
        told = {"id": press.id, "from": self.user, "message": message, "chat_instance": str(chat.id), "data": data}
        bot.updates.add("callback_query", told, self.id)
        return press

    async def pays(self, on: Shown | None = None, at: Bot | Group | None = None) -> Payment:
        """Pays an invoice with Stars, the newest or this one; returns when it is over, after ten seconds at most."""
        chat = self.chat(at)
        shown = on or self._newest(chat, "invoice")
        return await pay(self.api, self.user, chat, shown)

    def opens_copy(self, shown: Shown) -> Shown:
        """Presses the button of a forwarded copy of an invoice, which opens the bot. ValueError if it is one to pay."""
        if shown.bot is None or not (start := shown.body.get("invoice", {}).get("start_parameter")):
            raise ValueError("a copy of this has no link")
        return self.starts(start, shown.bot)

    def _newest(self, chat: Chat, having: str) -> Shown:
        for shown in reversed(chat.all.values()):
            if having in shown.body and not shown.deleted:
                return shown
        raise ValueError(f"no message here has {having}")

    # Coming and going

    def blocks(self, bot: Bot | None = None) -> None:
        """Wants no more of a bot, which is told."""
        bot = bot or self.api.bots[0]
        bot.blocked.add(self.id)
        self._changes(bot, "member", "kicked")

    def unblocks(self, bot: Bot | None = None) -> None:
        bot = bot or self.api.bots[0]
        bot.blocked.discard(self.id)
        self._changes(bot, "kicked", "member")

    def _changes(self, bot: Bot, old: str, new: str) -> None:
        told = {"chat": self.chat(bot).told(), "from": self.user, "date": int(self.api.now())}
        told |= {"old_chat_member": member(bot.told(), old), "new_chat_member": member(bot.told(), new)}
        bot.updates.add("my_chat_member", told, self.id)


def written(text: str, name: Literal["text", "caption"] = "text") -> dict[str, Any]:
    """A text as a person's client sends it: nothing is markup, links are found."""
    if not text:
        return {}
    entities = marked(text, [])
    key = "entities" if name == "text" else "caption_entities"
    return {name: text} | ({key: entities} if entities else {})
