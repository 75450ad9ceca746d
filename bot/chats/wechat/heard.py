"""What came in a call: who, the key that tells it from all others, and what it means to us."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import xmltodict
from wechatpy.events import ClickEvent, ScanEvent, SubscribeEvent, SubscribeScanEvent, UnsubscribeEvent
from wechatpy.messages import TextMessage, UnknownMessage, VoiceMessage
from wechatpy.parser import parse_message

from bot.said import Said
from core.ground.words import heard
from core.links import PAYLOAD

OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")
UNSUPPORTED = "[收到不支持的消息类型"  # what stands for a sticker and the like
STOPS = "。．.!！?？ "  # what voice recognition puts behind a word
GIFT = "g-"  # a gift's link carries what opens it behind this
LONGEST = 4000  # characters of a text that are read; WeChat's own limit is below it


TYPED = tuple("0123456789>")  # what begins so on the menu is said as if typed: "1", ">下一页"


class Means(StrEnum):
    """What is done about it."""

    SAID = "said"  # answered by the router
    WORDLESS = "wordless"  # a picture, a voice: answered kindly, and nothing else
    LEFT = "left"  # they follow no more
    NOTHING = "nothing"  # thanks, and no more


@dataclass(frozen=True)
class Lent:
    """The right to speak that a word lends us: so many messages for so long, counted with a margin."""

    kind: str
    messages: int
    lasts: timedelta


# Since 12 June 2023 (the platform's notice): 5 messages in 48 hours after a message, 3 in a minute after a click on
# the menu, a new follower or a scan; a payment gives none.
AFTER_A_WORD = Lent("word", 5, timedelta(hours=47, minutes=55))
AFTER_A_TAP = Lent("tap", 3, timedelta(seconds=50))


@dataclass(frozen=True)
class Heard:
    """One call's content. `to` is the account's own name, from which an answer must come."""

    openid: str
    to: str
    key: str
    means: Means
    text: str = ""
    pressed: bool = False  # on the account's menu, or by a scan: never the answer to a question
    lends: Lent | None = None

    def packed(self) -> str:
        return json.dumps({"means": self.means, "text": self.text, "pressed": self.pressed}, ensure_ascii=False)


def said(chat: str, address: str, key: str, packed: str) -> tuple[Means, Said]:
    """What was kept of a call, as every chat says it."""
    kept = json.loads(packed)
    text, press = ("", kept["text"]) if kept["pressed"] else (kept["text"], None)
    return Means(kept["means"]), Said(chat, address, key, text, press, locale=_written_in(text), zone="Asia/Shanghai")


def _written_in(text: str) -> str:
    """A guess for whom we have not met: WeChat doesn't say what language somebody speaks."""
    letters = re.findall(r"[^\W\d_]", text)
    if any("\u0400" <= letter <= "\u04ff" for letter in letters):
        return "ru"
    return "en" if letters and text.isascii() and text.strip().casefold() in heard() else "zh-CN"  # "steam" is no word


def hear(fields: Mapping[str, str]) -> Heard | None:
    """What a call says. None for what names nobody, or has no form we know: thanks is all it gets.

    A message is told apart by its MsgId; an event by who, when and what, for it has none, and two may come in one
    second.
    """
    openid, to = fields.get("FromUserName", ""), fields.get("ToUserName", "")
    if not OPENID.fullmatch(openid) or not fields.get("MsgType"):
        return None
    if fields["MsgType"].lower() == "event":
        return _event(fields, openid, to)
    number = fields.get("MsgId", "")
    if not re.fullmatch(r"[0-9]{1,24}", number):
        return None
    message = parse_message(_xml(fields))
    text = (fields.get("Content") or fields.get("Recognition", "").rstrip(STOPS)) if _speaks(message) else ""
    if text.strip() and not text.startswith(UNSUPPORTED):
        return Heard(openid, to, number, Means.SAID, text[:LONGEST], lends=AFTER_A_WORD)
    return Heard(
        openid, to, number, Means.WORDLESS, lends=None if isinstance(message, UnknownMessage) else AFTER_A_WORD
    )


def _speaks(message: object) -> bool:
    """A text, or a voice: WeChat writes down what it heard, where the account has that switched on."""
    return isinstance(message, TextMessage | VoiceMessage)


def _event(fields: Mapping[str, str], openid: str, to: str) -> Heard | None:
    name, about = fields.get("Event", ""), fields.get("EventKey", "") or ""
    at = fields.get("CreateTime", "")
    if not re.fullmatch(r"[0-9]{1,11}", at):
        return None
    key = f"{openid}:{at}:{name.lower()}:{_told_apart(about)}"[:190]
    match parse_message(_xml(fields)):
        case SubscribeScanEvent() | ScanEvent():
            return Heard(openid, to, key, Means.SAID, _arriving(about), True, AFTER_A_TAP)
        case SubscribeEvent():
            return Heard(openid, to, key, Means.SAID, "start", True, AFTER_A_TAP)
        case UnsubscribeEvent():
            return Heard(openid, to, key, Means.LEFT)
        case ClickEvent():  # a number on the menu means what it means when it is typed
            said = about[:LONGEST]
            typed = said.startswith(TYPED)
            return Heard(openid, to, key, Means.SAID, said.removeprefix(">"), not typed, AFTER_A_TAP)
    return Heard(openid, to, key, Means.NOTHING)


def _told_apart(about: str) -> str:
    """What the event was about, for its key; what a gift's link carries opens it, and is in no key."""
    return hashlib.sha256(about.encode()).hexdigest()[:32] if GIFT in about else about


def _arriving(scene: str | None) -> str:
    """The words of a deep link; a scene that is none of ours is a mere hello."""
    payload = (scene or "").removeprefix("qrscene_")
    return f"start {payload}" if PAYLOAD.fullmatch(payload) else "start"


def _xml(fields: Mapping[str, str]) -> str:
    """The fields as wechatpy reads them: what stands deeper in a call is none of our business."""
    return xmltodict.unparse({"xml": dict(fields)})
