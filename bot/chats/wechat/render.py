"""Spoken messages as WeChat takes them: one text, its choices as numbered lines, its links as links.

A text may have 2,048 bytes (被动回复用户消息, 客服消息); what buyers read is 600 characters at most, so that it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.ground.messages import Spoken, SpokenChoice, words
from core.ground.vault import Secret
from core.ground.words import Hearer, render

BYTES = 2048
MARKUP = re.compile(r"<(?=/?[aA]\b)")  # what WeChat would make a link
BREAK = "\u2060"  # a word joiner: nothing to see, and no link

Parts = Sequence[str | Secret]
Page = Callable[[str], str]  # an order's number becomes the address of its page


@dataclass(frozen=True)
class Pages:
    """Where the shop's pages for one person are: of an order, and of paying it."""

    order: Page
    pay: Page


def text(spoken: Sequence[Spoken], pages: Pages) -> Secret | None:
    """Several messages in one text: the last one's choices alone are numbered. None where they don't fit together.

    One alone always fits: codes that don't are on the order's page, and what else is too long is cut.
    """
    *before, last = spoken
    together = [part for one in before for part in (*_body(one, pages), "\n\n")]
    whole = Secret("".join(map(_shown, (*together, *_with_choices(last, pages)))))
    if _size(whole) <= BYTES:
        return whole
    return None if before else _alone(last, pages)


def _alone(spoken: Spoken, pages: Pages) -> Secret:
    if spoken.codes and (number := number_of(spoken)):
        to = Hearer(spoken.locale, datetime.now(UTC))
        elsewhere = render(words("wechat-codes-on-page", n=len(spoken.codes)), to)
        link = f"{elsewhere}\n{anchor(pages.order(number), render(words('wechat-open-order'), to))}"
        made = _Made(link)
        around = [made if isinstance(part, Secret) and _are_codes(part, spoken) else part for part in spoken.text]
        shown = Secret("".join((*map(_shown, around), _choices(spoken, pages))))
        if _size(shown) <= BYTES:
            return shown
        return Secret(link)
    parts = _body(spoken, pages)
    kept = "".join(part for part in parts if isinstance(part, _Made)) + _choices(spoken, pages)
    room = BYTES - len(f"…{kept}".encode())
    body = "".join(_shown(part) for part in parts if not isinstance(part, _Made))
    return Secret(f"{body.encode()[: max(room, 0)].decode(errors='ignore').rstrip()}…{kept}")


def _with_choices(spoken: Spoken, pages: Pages) -> Parts:
    return (*_body(spoken, pages), _Made(_choices(spoken, pages)))


class _Made(str):
    """Text that is ours, links and all."""


def _body(spoken: Spoken, pages: Pages) -> Parts:
    """What a message says; where it holds a picture to scan, the page that shows it."""
    number = number_of(spoken)
    if spoken.source.qr and number:
        to = Hearer(spoken.locale, datetime.now(UTC))
        return (*spoken.text, _Made(f"\n{anchor(pages.pay(number), render(words('wechat-pay-page'), to))}"))
    return spoken.text


def _choices(spoken: Spoken, pages: Pages) -> str:
    """A line for each choice, numbered as it is remembered; what only opens an address is a link."""
    lines = [_line(number, choice, spoken) for number, choice in enumerate(spoken.answerable, 1)]
    return "".join(("\n\n", "\n".join(lines))) if lines else ""


def _line(number: int, choice: SpokenChoice, spoken: Spoken) -> str:
    label = _shown(choice.label)
    if choice.link and choice.link.startswith(("https://", "http://")):
        label = anchor(choice.link, label)
    return f"{number}. {label}" if spoken.source.numbered and choice.says else f"· {label}"


def anchor(address: str, label: str) -> str:
    return f'<a href="{address.replace(chr(34), "%22")}">{label}</a>'


def number_of(spoken: Spoken) -> str | None:
    """The order whose card a message is."""
    kind, _, number = (spoken.source.card or "").partition(" ")
    if kind == "order" and number:
        return number
    return None


def _are_codes(secret: Secret, spoken: Spoken) -> bool:
    """Whether that is where the codes stand: a pick-up phrase is a secret too."""
    return all(field in secret.reveal() for field in spoken.codes[0].reveal().split())


def _shown(part: str | Secret) -> str:
    """Foreign text makes no link; a code stays as it is."""
    if isinstance(part, Secret):
        return part.reveal()
    return part if isinstance(part, _Made) else MARKUP.sub(f"<{BREAK}", part)


def _size(text: Secret) -> int:
    return len(text.reveal().encode())
