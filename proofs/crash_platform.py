"""WeChat and a mail server in the proof of crashes: they are what people see, a line of a file a text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.buyers import buyers
from bot.chats.wechat.chat import Template, WeChatChat
from bot.chats.wechat.links import Links
from bot.chats.wechat.sealing import Seal
from core.ground.errors import SendError
from core.ground.messages import Spoken, Words
from core.ground.vault import Secret

if TYPE_CHECKING:
    from proofs.crash_play import Outside

NAME, LIN = "wechat", "o-lin-0123456789"
CODE = re.compile(r"[A-Z]+-\d{4}-CODE")
PUT_OFF, REFUSED = "mail is put off", "mail is refused"
DEAF = f"{LIN} can't be spoken to"
SPOKE = f"{LIN} has spoken since"


class Platform:
    """WeChat, as far as it is told something."""

    may_push = True

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def say(self, openid: str, text: Secret) -> None:
        """Raises SendError to whom we may not speak now."""
        if self._outside.mark(DEAF).exists() and not self._outside.mark(SPOKE).exists():
            raise SendError("no word of theirs lately", unheard=True)
        shows(self._outside, text.reveal())

    async def ring(self, openid: str, template: str, data: Mapping[str, str], link: str) -> None:
        shows(self._outside, " ".join(data.values()))


class NoPages:
    """Links lead somewhere."""

    def __init__(self) -> None:
        self.of = Links("http://shop.example", lambda text: hashlib.sha256(text.encode()).hexdigest()).of

    def routes(self, shop: Any) -> list[Any]:
        return []


def shows(outside: Outside, text: str) -> None:
    outside.note(f"{NAME}:{LIN}", "shown", text, CODE.findall(text))


def opened(outside: Outside) -> WeChatChat:
    """The shop's chat there, for one life."""
    seal, platform = Seal("wx-proof", "a token", "A" * 43), Platform(outside)
    template = Template("ready", {"character_string1": "{number}"})
    return WeChatChat(buyers, seal, platform, NoPages(), template)  # type: ignore[arg-type]


class Mail:
    """A mail server outside: what it takes is a line of a file at once."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def send(self, address: str, message: Spoken) -> str:
        was = self._outside.mark("mail was put off")
        if self._outside.mark(PUT_OFF).exists() and not was.exists():
            was.touch()
            raise SendError("later")
        if self._outside.mark(REFUSED).exists():
            raise SendError("no such mailbox", permanent=True)
        said = [part.key for part in message.source.paragraphs if isinstance(part, Words)]
        choices = [[choice.label, choice.says, choice.link] for choice in message.choices]
        codes = [code.reveal() for code in message.codes]
        self._outside.note(f"email:{address}", "sent", message.revealed(), codes, says=said, choices=choices)
        return message.key
