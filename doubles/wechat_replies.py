"""What an account may answer when it is told something: nothing, or one message for the person."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from doubles import wechat_xml as xml
from doubles.wechat_chats import Article, Kind
from doubles.wechat_crypto import signature
from doubles.wechat_refused import Refused

if TYPE_CHECKING:
    from doubles.wechat_accounts import Account

LONGEST = 2048  # bytes of a text
ARTICLES = 8  # 1 in an answer to a message, 8 to an event; nobody here counts so closely


@dataclass(frozen=True, slots=True)
class Reply:
    kind: Kind | None = None  # None: nothing is to be shown
    text: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    too_long: bool = False


NOTHING = Reply()


def understood(account: Account, openid: str, said: bytes) -> Reply:
    """Raises ValueError where the platform can't make anything of it."""
    if not said or said == b"success":
        return NOTHING
    root = xml.read(said)
    plain = True
    if sealed := xml.text(root, "Encrypt"):
        signed = signature(account.token, xml.text(root, "TimeStamp"), xml.text(root, "Nonce"), sealed)
        if not hmac.compare_digest(signed, xml.text(root, "MsgSignature")):
            raise ValueError("the answer's MsgSignature is wrong")
        root, plain = xml.read(account.seal.open(sealed)), False
    if (xml.text(root, "ToUserName"), xml.text(root, "FromUserName")) != (openid, account.original_id):
        raise ValueError("the answer is not from this account to this person")
    if not xml.text(root, "CreateTime").isdigit():
        raise ValueError("the answer has no CreateTime")
    return shown(account, root, {"plain": plain and account.mode == "safe"})


def shown(account: Account, root: Element, more: dict[str, Any]) -> Reply:
    match xml.text(root, "MsgType"):
        case "text":
            content = xml.text(root, "Content")
            if not content:
                raise ValueError("the answer is an empty text")
            return Reply("text", content, more, len(content.encode()) > LONGEST)
        case "image":
            try:
                media = account.file(xml.text(root, "Image/MediaId"))
            except Refused as refused:
                raise ValueError(str(refused)) from None
            return Reply("image", "", more | {"image": media.data})
        case "news":
            articles = tuple(article(item) for item in root.iterfind("Articles/item"))
            if not articles or str(len(articles)) != xml.text(root, "ArticleCount") or len(articles) > ARTICLES:
                raise ValueError("the answer's articles are not as many as it says")
            text = "\n".join(f"{one.title}\n{one.description}".strip() for one in articles)
            return Reply("news", text, more | {"articles": articles, "url": articles[0].url})
        case other:
            raise ValueError(f"the answer is of type {other!r}")


def article(item: Element) -> Article:
    return Article(*(xml.text(item, name) for name in ("Title", "Description", "PicUrl", "Url")))
