"""The shop's chat on WeChat in the proof of crashes: WeChat itself is what people see, a line of a file a text."""

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
from core.ground.vault import Secret

if TYPE_CHECKING:
    from proofs.crash_play import Outside

NAME, LIN = "wechat", "o-lin-0123456789"
CODE = re.compile(r"[A-Z]+-\d{4}-CODE")
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
