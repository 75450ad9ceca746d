"""A mail made of what is said: text first, HTML beside it, a code on a line of its own, nothing private on the outside.

The outside is the subject and what programs show of a mail before it is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from html import escape

from core.ground.messages import Spoken, SpokenChoice
from core.ground.vault import Secret

LONGEST_TITLE = 120  # characters
WEB = ("https://", "http://")
# Programs show the beginning of a mail in their lists: after the title comes nothing that can be seen.
FILLER = "&#847;&zwnj;&nbsp;" * 100
PAGE = "margin:0;padding:24px;background:#f5f5f4;color:#1c1917;font:16px/1.55 system-ui,'PingFang SC',sans-serif"
SHEET = "max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:12px"
CODE = "font:18px/1.6 ui-monospace,Menlo,Consolas,monospace;word-break:break-all"
BLOCK = f"margin:12px 0;padding:12px 16px;background:#f5f5f4;border-radius:8px;{CODE}"
BUTTON = (
    "display:inline-block;margin:4px 8px 4px 0;padding:10px 18px;background:#1c1917;color:#fff;border-radius:8px;"
    "text-decoration:none"
)


def letter(sender: Address, recipient: Address, shop: str, said: Spoken, at: datetime) -> EmailMessage:
    """The whole mail. Addresses are in a form that goes through mail: see notifiers/email.py."""
    ascii_only = recipient.addr_spec.isascii()
    made = EmailMessage(policy=SMTP if ascii_only else SMTPUTF8)
    made["From"] = Address(one_line(shop), sender.username, sender.domain)
    made["To"] = Address("", recipient.username, recipient.domain)
    made["Subject"] = one_line(said.title or shop)[:LONGEST_TITLE]
    made["Date"] = format_datetime(at)
    made["Message-ID"] = message_id(said.key, sender.domain)
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"  # as Exchange calls it: no "I am away" to a machine
    made.set_content(text(said), cte="quoted-printable" if said.locale == "en" else "base64")
    made.add_alternative(html(shop, said), subtype="html", cte="base64")
    made["Content-Language"] = said.locale  # of both
    return made


def message_id(key: str, domain: str) -> str:
    """The same for the same key, so that whoever gets a mail twice can know it for one; tells nothing of the key."""
    return f"<{hashlib.sha256(f'{domain} {key}'.encode()).hexdigest()[:40]}@{domain}>"


def one_line(words: str) -> str:
    """Words that stand in a header: nothing in them ends it."""
    return " ".join("".join(char if char.isprintable() else " " for char in words).split())


def text(said: Spoken) -> str:
    """What is read where no HTML is."""
    links = (f"{choice.label}:\n{choice.link}" for choice in linked(said))
    return "\n\n".join((said.revealed().strip(), *links)) + "\n"


def linked(said: Spoken) -> Iterator[SpokenChoice]:
    """The choices that open an address: a mail has no other buttons."""
    return (choice for choice in said.choices if choice.link and choice.link.startswith(WEB))


def html(shop: str, said: Spoken) -> str:
    """The same, as a page. Everything in it is escaped, and nothing in it is fetched from anywhere."""
    title = escape(one_line(said.title or shop))
    links = "".join(
        f'<a style="{BUTTON}" href="{escape(choice.link or "")}">{escape(choice.label)}</a>' for choice in linked(said)
    )
    return (
        f'<!doctype html><html lang="{escape(said.locale)}"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body style="{PAGE}"><div style="display:none;max-height:0;overflow:hidden">{title}{FILLER}</div>'
        f'<div style="{SHEET}"><p style="margin:0 0 16px;font-weight:600">{escape(shop)}</p>'
        f'<div style="white-space:pre-line">{"".join(_parts(said))}</div>'
        f'<p style="margin:16px 0 0">{links}</p></div></body></html>\n'
    )


def _parts(said: Spoken) -> Iterator[str]:
    """What is secret stands by itself in a box where it has its own lines, else it is only set in monospace."""
    before, parts = "\n", [part for part in said.text if part]
    for part, after in zip(parts, [*parts[1:], "\n"], strict=True):
        if isinstance(part, Secret):
            alone = before.endswith("\n") and (isinstance(after, Secret) or after.startswith("\n"))
            kind, style = ("div", BLOCK) if alone else ("span", CODE)
            yield f'<{kind} style="{style}">{escape(part.reveal())}</{kind}>'
            before = ""
        else:
            yield escape(part)
            before = part
