"""Draws chats as they look on a phone: moments of a conversation side by side, as HTML for Chromium to photograph."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from doubles.telegram_chats import Chat, Shown

BREAK = "\u2060"  # keeps Telegram from making links; nothing to see
TAGS = {"code": "code", "pre": "pre", "url": "a", "bot_command": "a", "spoiler": "s", "bold": "b"}

STYLE = """
* { box-sizing: border-box; margin: 0 }
body { background: #fff; font: 15px/1.38 "DejaVu Sans Condensed", "Noto Sans CJK SC", sans-serif; color: #111 }
html[lang|=zh] body { font-family: "Noto Sans CJK SC", sans-serif }
#page { display: inline-flex; gap: 18px; padding: 6px; align-items: stretch }
figure { width: 344px; display: flex; flex-direction: column }
figcaption { font-size: 14px; color: #57606a; padding: 2px 4px 8px; min-height: 30px }
.phone { flex: 1; border: 1px solid #c9d1d9; border-radius: 18px; overflow: hidden; display: flex;
  flex-direction: column; background: #dfe7ec }
header { background: #fff; padding: 9px 14px; display: flex; gap: 10px; align-items: center;
  border-bottom: 1px solid #d0d7de }
header i { width: 34px; height: 34px; border-radius: 50%; background: #4a90c4; color: #fff; font: bold 16px sans-serif;
  display: grid; place-items: center }
header b { display: block; font-size: 15px; line-height: 1.2 }
header small { color: #6b7680; font-size: 12.5px }
.chat { flex: 1; padding: 12px 10px; display: flex; flex-direction: column; justify-content: flex-end; gap: 9px }
.line { max-width: 306px; align-self: flex-start; min-width: 150px }
.mine { align-self: flex-end; min-width: 0 }
.bubble { background: #fff; border-radius: 13px; padding: 7px 11px 8px; overflow-wrap: anywhere; white-space: pre-wrap }
.mine .bubble { background: #e3f6d3 }
.who { font-weight: bold; color: #3a7ab0; font-size: 13.5px }
.service { align-self: center; background: #8fa1ad; color: #fff; border-radius: 12px; padding: 3px 11px;
  font-size: 13px }
.rows { display: grid; gap: 4px; margin-top: 4px }
.row { display: grid; gap: 4px; grid-auto-flow: column; grid-auto-columns: 1fr }
.row span { background: #fff; border: 1px solid #b7cbd9; border-radius: 9px; padding: 6px 5px; text-align: center;
  color: #1f6fab; font-size: 14px; line-height: 1.3 }
.row .pressed { background: #2f80bd; border-color: #2f80bd; color: #fff }
code, pre { font: 14px/1.45 "DejaVu Sans Mono", monospace; color: #1d5f93; white-space: pre-wrap }
a { color: #1f6fab }
s { background: #c3cad0; color: transparent; text-decoration: none; border-radius: 4px }
img { display: block; width: 284px; border-radius: 8px; margin: 2px 0 7px }
.file { display: flex; gap: 10px; align-items: center; margin-bottom: 6px }
.file i { width: 38px; height: 38px; border-radius: 50%; background: #4a90c4; color: #fff; display: grid;
  place-items: center; font: bold 12px sans-serif }
.file small { color: #6b7680; display: block }
footer { background: #fff; border-top: 1px solid #d0d7de; padding: 10px 15px; color: #8b949e; font-size: 14px }
footer.closed { text-align: center; color: #1f6fab }
"""


@dataclass(frozen=True)
class Moment:
    """A phone as it looks at one moment: what stands in its chat, and which button is being pressed."""

    caption: str
    title: str
    about: str
    body: str
    footer: str
    closed: bool = False  # nothing can be written


def moment(
    chat: Chat,
    me: int,
    caption: str,
    title: str,
    about: str,
    footer: str,
    *,
    pressed: str = "",
    closed: bool = False,
    since: int = 0,
) -> Moment:
    """The chat as person `me` sees it now. Of a group the names of those who speak are shown."""
    newest = next((one for one in reversed(chat.messages) if pressed and offers(one, pressed)), None)
    lines = [_line(shown, me, pressed if shown is newest else "") for shown in chat.messages if shown.id >= since]
    return Moment(caption, title, about, "".join(lines), footer, closed)


def offers(shown: Shown, label: str) -> bool:
    return any(label in row for row in shown.labels)


def page(moments: Sequence[Moment], lang: str) -> str:
    phones = "".join(
        f"<figure><figcaption>{escape(one.caption)}</figcaption><div class=phone>"
        f"<header><i>{escape(one.title[:1])}</i><div><b>{escape(one.title)}</b><small>{escape(one.about)}</small></div>"
        f"</header><div class=chat>{one.body}</div>"
        f"<footer{' class=closed' if one.closed else ''}>{escape(one.footer)}</footer></div></figure>"
        for one in moments
    )
    return f"<!doctype html><html lang={lang}><meta charset=utf-8><style>{STYLE}</style><div id=page>{phones}</div>"


def _line(shown: Shown, me: int, pressed: str) -> str:
    if not shown.text and "document" not in shown.body:
        return f"<div class=service>{escape(_service(shown.body))}</div>" if _service(shown.body) else ""
    author = shown.body.get("from", {})
    mine = author.get("id") == me
    who = f"<div class=who>{escape(author['first_name'])}</div>" if shown.chat.id < 0 and not mine else ""
    rows = "".join(
        f"<div class=row>{''.join(f'<span{_pressed(label, pressed)}>{escape(label)}</span>' for label in row)}</div>"
        for row in shown.labels
    )
    bubble = f"<div class=bubble>{who}{_attached(shown)}{marked_up(shown)}</div>"
    return f"<div class='line{' mine' if mine else ''}'>{bubble}{f'<div class=rows>{rows}</div>' if rows else ''}</div>"


def _pressed(label: str, pressed: str) -> str:
    return " class=pressed" if label == pressed else ""


def _service(body: dict[str, Any]) -> str:
    if added := body.get("new_chat_members"):
        return f"{body['from']['first_name']} added {', '.join(one['first_name'] for one in added)}"
    return ""


def _attached(shown: Shown) -> str:
    """Its file, or its picture."""
    if document := shown.body.get("document"):
        size = f"{document['file_size'] / 1000:.1f} kB"
        return f"<div class=file><i>TXT</i><div>{escape(document['file_name'])}<small>{size}</small></div></div>"
    if (photo := shown.body.get("photo")) and shown.bot:
        data = shown.bot.file(photo[-1]["file_id"]).data
        return f"<img src='data:image/png;base64,{base64.b64encode(data).decode()}'>"
    return ""


def marked_up(shown: Shown) -> str:
    """Its text with what is marked in it, as HTML."""
    units, end, made = shown.text.encode("utf-16-le"), 0, ""

    def text(start: int, stop: int) -> str:
        return escape(units[2 * start : 2 * stop].decode("utf-16-le").replace(BREAK, ""))

    for one in shown.entities:
        if one["offset"] < end or one["type"] not in TAGS:
            continue
        tag, stop = TAGS[one["type"]], one["offset"] + one["length"]
        made += f"{text(end, one['offset'])}<{tag}>{text(one['offset'], stop)}</{tag}>"
        end = stop
    return made + text(end, len(units) // 2)
