"""What an account tells people of its own accord: customer service messages, and templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from doubles.wechat_accounts import Account, Follower, Template
from doubles.wechat_calls import Given, call
from doubles.wechat_chats import Article, Item, Kind
from doubles.wechat_refused import Refused
from doubles.wechat_replies import LONGEST

if TYPE_CHECKING:
    from doubles.wechat_world import World

RULES = {  # what may stand in a template's field, by the field's name without its number
    "thing": re.compile(r".{1,20}", re.DOTALL),
    "number": re.compile(r"[0-9.]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[\x20-\x7e]{1,32}"),
    "time": re.compile(
        r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}([-/.])\d{1,2}\1\d{1,2})(?: \d{1,2}:\d{2}(?::\d{2})?)?"
        r"|\d{1,2}:\d{2}(?::\d{2})?"
    ),
    "date": re.compile(r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}([-/.])\d{1,2}\1\d{1,2})(?: \d{1,2}:\d{2}(?::\d{2})?)?"),
    "amount": re.compile(r"[^\d\s]?\d{1,10}(?:\.\d{1,2})?元?"),
    "phone_number": re.compile(r"[0-9+\-() ]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "name": re.compile(r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .]{1,20}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
}


def addressed(account: Account, body: dict[str, Any]) -> Follower:
    """Whom it is for. Raises Refused 40003 for somebody it never met, 43004 for one who doesn't follow."""
    openid = body.get("touser")
    follower = account.followers.get(openid) if isinstance(openid, str) else None
    if follower is None:
        raise Refused(40003)
    if not follower.following:
        raise Refused(43004)
    return follower


# Customer service messages


@call("POST", "message/custom/send", "verified")
def custom_send(api: World, account: Account, given: Given) -> dict[str, Any]:
    body = given.body()
    follower = addressed(account, body)
    kind: Kind | None = next((one for one in CUSTOM if one == body.get("msgtype")), None)
    if kind is None:
        raise Refused(40008)
    told = body.get(kind)
    if not isinstance(told, dict):
        raise Refused(44004)
    text, more = CUSTOM[kind](account, told)
    follower.rights.take(api.now())
    follower.chat.show(kind, text, "push", api.now(), **more)
    return {}


def readable(value: Any) -> str:
    """A text that can be sent. Raises Refused 44004 if it is empty, 45002 if it is too long."""
    if not isinstance(value, str) or not value:
        raise Refused(44004)
    if len(value.encode()) > LONGEST:
        raise Refused(45002)
    return value


def text(account: Account, told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return readable(told.get("content")), {}


def image(account: Account, told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "", {"image": account.file(str(told.get("media_id"))).data}


def msgmenu(account: Account, told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    lines = told.get("list")
    if not isinstance(lines, list) or not lines:
        raise Refused(40035)
    items = []
    for line in lines:
        if not isinstance(line, dict) or not line.get("id") or not line.get("content"):
            raise Refused(40035)
        items.append(Item(str(line["id"]), str(line["content"])))
    parts = (told.get("head_content"), *(one.content for one in items), told.get("tail_content"))
    return readable("\n".join(part for part in parts if part)), {"items": tuple(items), "menu": account.api.drawn(12)}


def news(account: Account, told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """One article, which opens a page."""
    articles = told.get("articles")
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        raise Refused(45002)
    one = Article(*(str(articles[0].get(name, "")) for name in ("title", "description", "picurl", "url")))
    return readable(f"{one.title}\n{one.description}".strip()), {"articles": (one,), "url": one.url}


Read = Callable[[Account, dict[str, Any]], tuple[str, dict[str, Any]]]  # its text, and what else is shown
CUSTOM: dict[Kind, Read] = {"text": text, "image": image, "msgmenu": msgmenu, "news": news}


# Templates


@call("POST", "message/template/send", "service")
def template_send(api: World, account: Account, given: Given) -> dict[str, Any]:
    body = given.body()
    template = account.templates.get(str(body.get("template_id")))
    if template is None:
        raise Refused(40037)
    follower = addressed(account, body)
    data = filled(template, body.get("data"))
    follower.chat.show(
        "template",
        "\n".join([template.title, *data.values()]).strip(),
        "template",
        api.now(),
        url=str(body.get("url") or ""),
        template=template.id,
        data=data,
    )
    msg_id = api.msg_id()
    if account.tells_template_ends:
        api.person(body["touser"]).event(account, "TEMPLATESENDJOBFINISH", MsgID=msg_id, Status="success")
    return {"msgid": msg_id}


def filled(template: Template, given: Any) -> dict[str, str]:
    """The template's fields. Raises Refused 47003 if one is missing, empty or not as its kind must be."""
    values = given if isinstance(given, dict) else {}
    told = {}
    for name in template.fields:
        value = values.get(name, {}).get("value") if isinstance(values.get(name), dict) else None
        text = "" if value is None else str(value)
        if not text:
            raise Refused(47003, f"data.{name}.value is emtpy")  # spelled so by the platform
        rule = RULES.get(name.rstrip("0123456789"))
        if rule and not rule.fullmatch(text):
            raise Refused(47003, f"data.{name}.value invalid")
        told[name] = text
    return told
