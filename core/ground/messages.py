"""What the shop says, as plain data: which sentence, with which facts, and what can be answered.

A Message is in no language and knows no chat. It can be stored, because it names codes instead of holding them;
`words.speak` makes it a Spoken in a person's language at the moment of sending.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.ground.money import Money
from core.ground.vault import Secret


@dataclass(frozen=True)
class Local:
    """A name or text that has a version per language, e.g. a product's name."""

    texts: Mapping[str, str]

    def in_(self, locale: str) -> str:
        """The locale's version, else the one of the same language, else English, else whatever there is."""
        base = locale.split("-")[0]
        same = next((text for name, text in self.texts.items() if name.split("-")[0] == base), None)
        return self.texts.get(locale) or same or self.texts.get("en") or next(iter(self.texts.values()), "")


@dataclass(frozen=True)
class Codes:
    """Stands for the delivered codes of an order; opened only when the message is composed for their owner.

    `units` narrows it to some units of the order; None means all that have been granted.
    """

    order: int
    units: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Phrase:
    """Stands for the pick-up phrase of an order: worked out from the order when shown, stored nowhere."""

    order: int


@dataclass(frozen=True)
class Answer:
    """Stands for what an order's buyer answered to one question of its product; opened for staff only."""

    order: int
    name: str


@dataclass(frozen=True)
class Note:
    """Stands for something a person wrote to another: kept sealed, opened for whom it is meant."""

    note: int


@dataclass(frozen=True)
class Invitation:
    """Stands for what lets somebody in to work here; opened for whoever made it: `before` it, then its token."""

    invite: int
    before: str


@dataclass(frozen=True)
class OneTime:
    """Stands for what opens one thing once ("reveal", 17); opened for whoever asked: `before` it, then its token.

    Or for what is kept sealed by its number ("listing", 17), opened for those who may read it; `piece` says which of
    several, where it is too long for one message.
    """

    what: str
    number: int
    before: str = ""
    piece: int = 0


@dataclass(frozen=True)
class Revealed:
    """Stands for codes a colleague gave a reason to see; opened for them alone, and only for minutes.

    `order` and `units` say what leaves by it, where the codes were handed over to an order: see core/handed.py.
    """

    reveal: int
    order: int | None = None
    units: tuple[int, ...] = ()


@dataclass(frozen=True)
class Words:
    """A sentence of locales/ by its key, with its variables."""

    key: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Lines:
    """Texts that belong together, one a line."""

    texts: tuple[Text, ...]


Sealed = (
    Codes | Phrase | Note | Answer | Invitation | OneTime | Revealed
)  # what is opened only when a message is composed
Fact = str | int | Money | datetime | Local | Sealed | Secret | Words | None
Text = Words | Local | Lines | str


def words(key: str, **facts: Fact) -> Words:
    return Words(key, facts)


@dataclass(frozen=True)
class Choice:
    """Something the person can answer by pressing, or by typing its number or its label.

    `says` is a verb and its arguments ("product steam-us-20"), as if typed. A choice that `acts` (buys, cancels,
    approves) is handed out as a single-use token bound to the person. A choice with a `link` opens it instead.
    A choice with `copies` puts the message's codes on the clipboard where the chat can.
    """

    label: Text
    says: str = ""
    acts: bool = False
    link: str | None = None
    copies: bool = False
    main: bool = False  # the one thing to do now; a chat may show it stronger


@dataclass(frozen=True)
class Invoice:
    """A payment that lives in the chat itself (Telegram Stars): the chat shows it, `payload` comes back."""

    title: Text
    payload: str
    total: Money
    start: str  # non-empty start parameter, so that a forwarded invoice can't be paid by someone else


@dataclass(frozen=True)
class Message:
    """What to say: one or several paragraphs, then choices. Text is the only thing every chat must show.

    `card` names what the message is the card of ("order K7M2-94QF"): a chat that can edit shows one card of a
    kind and changes it; others say it anew. `picture` is a file's name: Shop.picture has its bytes, the site shows
    it below /pictures/; `shows` says what is on it, to who doesn't see it.
    `document` is a file that goes along, by name: core/documents.py makes it; a chat that sends none shows a link.
    `qr` is what a picture to scan holds; a chat that can't show one leaves it out: the text must do without.
    `numbered` is off where a typed number is an answer itself ("how many?") and not the number of a choice.
    `stays`: a card that tells how far something is, or that it has ended: changed where it stands, it calls nobody.
    `aside` is a remark to the one who pressed: a chat that can say it without touching what stands there does so.
    """

    text: Text | tuple[Text, ...]
    choices: tuple[Choice, ...] = ()
    card: str | None = None
    picture: str | None = None
    shows: Text | None = None
    invoice: Invoice | None = None
    qr: str | None = None
    document: str | None = None
    numbered: bool = True
    aside: bool = False
    stays: bool = False

    @property
    def paragraphs(self) -> tuple[Text, ...]:
        return self.text if isinstance(self.text, tuple) else (self.text,)


@dataclass(frozen=True)
class SpokenChoice:
    label: str
    says: str = ""
    link: str | None = None
    copies: bool = False
    main: bool = False


@dataclass(frozen=True)
class Spoken:
    """A message in a person's language, codes opened. Lives only from composing to sending; never stored.

    `text` is str and Secret parts in order: join `str` parts with revealed secrets only in the sending call.
    `codes` are the same secrets one by one, as they go to clipboard and files: nothing but codes.
    `on` is the chat's id of the message whose button this answers: a chat that can edit shows it there.
    `topic` is where in a room it belongs ("orders"), in a chat that divides rooms; a number is one of the chat's own.
    `title` stands above it where a way of reaching people shows one before it is opened (a mail's subject): nothing
    private. `key` is the same whenever it is sent once more.
    """

    text: tuple[str | Secret, ...]
    choices: tuple[SpokenChoice, ...]
    locale: str
    source: Message
    codes: tuple[Secret, ...] = ()
    on: str | None = None
    topic: str | None = None
    title: str = ""
    key: str = ""

    @property
    def answerable(self) -> tuple[SpokenChoice, ...]:
        """The choices a chat without buttons lists and numbers: all but copying, which only a button can do.

        Those that only open an address come last, so that the numbers of the others have no gaps without them.
        """
        listed = [choice for choice in self.choices if not choice.copies]
        return tuple(sorted(listed, key=lambda choice: not choice.says))

    def plain(self) -> str:
        """The text with every secret as ***: for logs, staff, tests of wording."""
        return "".join(str(part) for part in self.text)

    def revealed(self) -> str:
        """The text as its owner sees it. Call it only to send."""
        return "".join(part.reveal() if isinstance(part, Secret) else part for part in self.text)


# To and from JSON, for what is stored: outbox rows, the browser's history, progress of conversations.


def pack(message: Message) -> dict[str, Any]:
    """A message as JSON. Raises TypeError on a Secret: plaintext is never stored."""
    packed: dict[str, Any] = {"text": [_pack(part) for part in message.paragraphs]}
    if message.choices:
        packed["choices"] = [
            {name: _pack(value) for name, value in vars(choice).items() if value not in ("", False, None)}
            for choice in message.choices
        ]
    if message.card:
        packed["card"] = message.card
    if message.picture:
        packed["picture"] = message.picture
    if message.shows is not None:
        packed["shows"] = _pack(message.shows)
    if message.qr:
        packed["qr"] = message.qr
    if message.document:
        packed["document"] = message.document
    if not message.numbered:
        packed["numbered"] = False
    if message.aside:
        packed["aside"] = True
    if message.stays:
        packed["stays"] = True
    if message.invoice:
        packed["invoice"] = {name: _pack(value) for name, value in vars(message.invoice).items()}
    return packed


def unpack(packed: Mapping[str, Any]) -> Message:
    return Message(
        text=tuple(_unpack(part) for part in packed["text"]),
        choices=tuple(
            Choice(**{name: _unpack(value) for name, value in choice.items()}) for choice in packed.get("choices", ())
        ),
        card=packed.get("card"),
        picture=packed.get("picture"),
        shows=_unpack(packed.get("shows")),
        qr=packed.get("qr"),
        document=packed.get("document"),
        numbered=packed.get("numbered", True),
        aside=packed.get("aside", False),
        stays=packed.get("stays", False),
        invoice=Invoice(**{name: _unpack(value) for name, value in packed["invoice"].items()})
        if "invoice" in packed
        else None,
    )


def pack_texts(texts: Iterable[Text]) -> list[Any]:
    return [_pack(text) for text in texts]


def unpack_texts(packed: Iterable[Any]) -> tuple[Text, ...]:
    return tuple(_unpack(text) for text in packed)


def _pack(value: Any) -> Any:
    match value:
        case str() | int() | bool() | None:
            return value
        case Money():
            return {"money": [value.amount, value.currency]}
        case datetime():
            return {"time": value.isoformat()}
        case Local():
            return {"local": dict(value.texts)}
        case Codes():
            return {"codes": value.order, "units": value.units}
        case Phrase():
            return {"phrase": value.order}
        case Note():
            return {"note": value.note}
        case Answer():
            return {"answer": value.order, "name": value.name}
        case Invitation():
            return {"invitation": value.invite, "before": value.before}
        case OneTime():
            which = {"piece": value.piece} if value.piece else {}
            return {"one_time": value.what, "number": value.number, "before": value.before, **which}
        case Revealed():
            return {"revealed": value.reveal, "order": value.order, "units": value.units}
        case Lines():
            return {"lines": pack_texts(value.texts)}
        case Words():
            return {"words": value.key, "facts": {name: _pack(fact) for name, fact in value.facts.items()}}
    raise TypeError(f"{type(value).__name__} is not stored in a message")


def _unpack(value: Any) -> Any:
    match value:
        case {"money": [amount, currency]}:
            return Money(amount, currency)
        case {"time": moment}:
            return datetime.fromisoformat(moment)
        case {"local": texts}:
            return Local(texts)
        case {"codes": order, "units": units}:
            return Codes(order, None if units is None else tuple(units))
        case {"phrase": order}:
            return Phrase(order)
        case {"note": note}:
            return Note(note)
        case {"answer": order, "name": name}:
            return Answer(order, name)
        case {"invitation": invite, "before": before}:
            return Invitation(invite, before)
        case {"one_time": what, "number": number, "before": before}:
            return OneTime(what, number, before, value.get("piece", 0))
        case {"revealed": reveal, "order": order, "units": units}:
            return Revealed(reveal, order, tuple(units))
        case {"lines": texts}:
            return Lines(unpack_texts(texts))
        case {"words": key, "facts": facts}:
            return Words(key, {name: _unpack(fact) for name, fact in facts.items()})
    return value
