"""From keys and facts to sentences: Fluent, three languages, made at the moment of sending."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import category

from fluent.runtime import FluentBundle, FluentResource

from core.ground.messages import (
    Answer,
    Choice,
    Codes,
    Fact,
    Invitation,
    Lines,
    Local,
    Message,
    Note,
    OneTime,
    Phrase,
    Revealed,
    Sealed,
    Spoken,
    SpokenChoice,
    Text,
    Words,
)
from core.ground.money import Money
from core.ground.vault import Secret

LOCALES = ("zh-CN", "en", "ru")
SENTENCES = Path(__file__).resolve().parents[2] / "locales"

# Secrets travel through Fluent as these private-use characters, so that no formatter ever holds a plaintext.
OPENS, CLOSES = "\ue000", "\ue001"


@cache
def bundle(locale: str) -> FluentBundle:
    """All sentences of one language. Without isolating marks: they would end up inside copied codes."""
    made = FluentBundle([locale], use_isolating=False)
    for file in sorted((SENTENCES / locale).glob("*.ftl")):
        made.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return made


def spoken_here(locale: str | None) -> str:
    """The nearest language we speak: "zh-TW" is zh-CN, "ru-KZ" is ru, anything unknown is English."""
    base = (locale or "").replace("_", "-").split("-")[0].lower()
    return next((name for name in LOCALES if name.split("-")[0] == base), "en")


@dataclass(frozen=True)
class Hearer:
    """Whom a sentence is made for: the language, and the zone of clock times (`zone_known`: their own)."""

    locale: str
    now: datetime
    zone: tzinfo = UTC
    zone_known: bool = False


def render(text: Text, to: Hearer, secrets: list[Secret] | None = None) -> str:
    """One sentence in the hearer's language.

    Secrets among the facts are put into `secrets` and stand in the sentence as placeholders (see `parts`).
    Raises KeyError for a key no language has, ValueError for a sentence whose variables are not all given.
    """
    if isinstance(text, str):
        return text
    if isinstance(text, Local):
        return text.in_(to.locale)
    if isinstance(text, Lines):
        return "\n".join(render(line, to, secrets) for line in text.texts)
    if not text.facts:
        return sentence(to.locale, text.key)
    kept: list[Secret] = [] if secrets is None else secrets
    return _formatted(to.locale, text.key, {name: _said(fact, to, kept) for name, fact in text.facts.items()})


def _formatted(among: str, key: str, facts: Mapping[str, Any]) -> str:
    for locale in (among, "en"):
        sentences = bundle(locale)
        if sentences.has_message(key):
            pattern = sentences.get_message(key).value
            made, errors = sentences.format_pattern(pattern, facts)  # type: ignore[arg-type]
            if errors:
                raise ValueError(f"{key} ({locale}): {errors[0]}")
            return str(made)
    raise KeyError(key)


def _said(fact: Fact, to: Hearer, secrets: list[Secret]) -> Any:
    match fact:
        case Money():
            return fact.shown(to.locale)
        case datetime():
            return clock_time(fact, to)
        case Local() | Words():
            return render(fact, to, secrets)
        case Secret():
            secrets.append(fact)
            return f"{OPENS}{len(secrets) - 1}{CLOSES}"
        case Codes() | Phrase() | Note() | Answer() | Invitation() | OneTime() | Revealed():
            raise TypeError(f"{type(fact).__name__} must be opened before it is said")
        case None:
            return ""
        case str():
            return tame(fact)
    return fact


def tame(text: str) -> str:
    """Foreign text without control and direction-changing characters, so that it can't dress up as our words."""
    return "".join(
        char for char in text if char == "\n" or not (category(char) == "Cc" or char in BIDI or OPENS <= char <= CLOSES)
    )


BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")


def clock_time(moment: datetime, to: Hearer) -> str:
    """ "14:35", with the date when it is not today, with the zone when it may not be the hearer's own."""
    there, today = moment.astimezone(to.zone), to.now.astimezone(to.zone)
    made = f"{there:%H:%M}"
    if there.date() != today.date():
        month_first = not to.locale.startswith("ru")
        date = (
            f"{there:%Y-%m-%d}" if there.year != today.year else f"{there:%m-%d}" if month_first else f"{there:%d.%m}"
        )
        made = f"{date} {made}"
    return made if to.zone_known else f"{made} {_zone_name(there)}"


def _zone_name(there: datetime) -> str:
    hours = there.strftime("%z")
    return (
        "UTC"
        if hours == "+0000"
        else f"UTC{hours[0]}{int(hours[1:3])}" + (f":{hours[3:]}" if hours[3:] != "00" else "")
    )


def parts(made: str, secrets: list[Secret]) -> tuple[str | Secret, ...]:
    """A rendered sentence cut at its placeholders: strings and secrets in order."""
    found: list[str | Secret] = []
    for piece in made.split(OPENS):
        index, closed, rest = piece.partition(CLOSES)
        if closed:
            found.append(secrets[int(index)])
            piece = rest
        if piece:
            found.append(piece)
    return tuple(found)


@dataclass(frozen=True)
class Opened:
    """One opened code: as it stands in the message (fields on labelled lines), and bare, as it is copied."""

    shown: Secret
    bare: Secret


def speak(message: Message, to: Hearer, opens: Callable[[Sealed], Sequence[Opened]]) -> Spoken:
    """The message in the hearer's language, its codes opened by `opens`, each alone on its line."""
    secrets: list[Secret] = []
    codes: list[Secret] = []

    def fill(text: Text) -> Text:
        if isinstance(text, Lines):
            return Lines(tuple(map(fill, text.texts)))
        return filled(text) if isinstance(text, Words) else text

    def filled(text: Words) -> Words:
        return Words(text.key, {name: open_one(fact) for name, fact in text.facts.items()})

    def open_one(fact: Fact) -> Fact:
        if isinstance(fact, Words):
            return filled(fact)
        if not isinstance(fact, Sealed):
            return fact
        found = opens(fact)
        if isinstance(fact, Codes | Revealed):
            codes.extend(one.bare for one in found)
        return Secret("\n".join(one.shown.reveal() for one in found))

    made = "\n\n".join(render(fill(part), to, secrets) for part in message.paragraphs)
    return Spoken(
        text=parts(made, secrets),
        choices=tuple(_spoken(choice, to) for choice in message.choices),
        locale=to.locale,
        source=message,
        codes=tuple(codes),
    )


def _spoken(choice: Choice, to: Hearer) -> SpokenChoice:
    return SpokenChoice(render(choice.label, to), choice.says, choice.link, choice.copies, choice.main)


def known(key: str) -> bool:
    """Whether there is such a sentence."""
    return bundle("en").has_message(key)


@cache
def sentence(locale: str, key: str) -> str:
    """A text of locales/ that has no variables. Raises as render."""
    return _formatted(locale, key, {})


@cache
def heard(prefix: str = "hears-") -> Mapping[str, str]:
    """Every word people may type for a verb, in any language, to that verb: {"货架": "shelf", "shop": "shelf", ...}."""
    found: dict[str, str] = {}
    for locale in LOCALES:
        sentences = bundle(locale)
        for key in sentences._messages:
            if key.startswith(prefix):
                said = sentence(locale, key).split("|")
                found.update({word.strip().casefold(): key.removeprefix(prefix) for word in said})
    return found
