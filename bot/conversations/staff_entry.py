"""Writing an answer of the shop's: its text in each language, a picture, a link; looked at before it is live."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.conversations.staff_product import fetched
from bot.handlers.staff_questions import ENTRIES
from bot.paging import is_number
from bot.staff import staff
from core import catalog, faq, pictures, questions
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Local, Message, words
from core.ground.words import LOCALES
from core.product_fields import NotTaken

writing = Conversation("writing", Right.ANSWER)
staff.talks(writing)

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
SAVE = Choice(words("choose-entry-save"), "save", acts=True, main=True)
LANGUAGES = tuple(Choice(words(f"language-{locale.lower()}"), f"in {locale}", acts=True) for locale in LOCALES)
PICTURE = Choice(words("choose-entry-picture"), "picture", acts=True)
LINK = Choice(words("choose-entry-link"), "link", acts=True)
NONE = Choice(words("choose-none"), "none", acts=True)


@writing.opens("entrytext", "newentry")
async def begin(talk: Talk, slug: str = "", product: str = "") -> Message:
    """`entrytext SLUG [PRODUCT]` goes on from what stands there; `newentry [GROUP]` makes one, and teaches it."""
    kept = {"slug": "", "product": None, "group": 0, "titles": {}, "texts": {}, "picture": None, "link": None}
    talk.answers |= kept
    if not slug or is_number(slug):
        talk.answers["group"] = int(slug) if slug else 0
        return talk.ask(called, "entry-called", (LEAVE,), numbered=False, most=faq.LONGEST_TITLE)
    about = await talk.read(_there, slug, product)
    talk.answers |= about
    return _look(talk)


def _there(tx: Tx, slug: str, product: str) -> dict[str, object]:
    """What is written there. A product is named by its short name, or by its number as cards do."""
    number = None
    if product:
        number = int(product) if is_number(product) else catalog.product(tx, product).id
    faq.entry(tx, slug, number)
    return {"slug": slug, "product": number, **faq.written(tx, slug, number)}


@writing.free_step
async def called(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (ENTRIES,))
    if not 0 < len(talk.text) <= faq.LONGEST_TITLE:
        return talk.ask(called, "entry-called", (LEAVE,), numbered=False, most=faq.LONGEST_TITLE)
    talk.answers["titles"] = {talk.person.locale: talk.text}
    talk.answers["writes"] = talk.person.locale
    return talk.ask(text, "entry-text", (LEAVE,), numbered=False, most=faq.LONGEST)


def _look(talk: Talk, *before: str) -> Message:
    """As buyers will read it, and what can be done about it."""
    said = talk.answers
    shown = (Local(said["texts"]),) if said["texts"] else ()
    link = (said["link"],) if said["link"] else ()
    head = tuple(words(key) for key in before)
    saves = (SAVE,) if said["texts"] else ()
    message = Message(
        (*head, words("entry-look"), *shown, *link), (*saves, *LANGUAGES, PICTURE, LINK, LEAVE), picture=said["picture"]
    )
    return talk.ask_with(what, message)


@writing.step
async def what(talk: Talk) -> Message:
    """Which part is to be written, or that it is done."""
    match talk.text.split():
        case ["in", locale] if locale in LOCALES:
            talk.answers["writes"] = locale
            return talk.ask(text, "entry-text", (LEAVE,), numbered=False, most=faq.LONGEST)
        case ["picture"]:
            return talk.ask(picture, "entry-picture", (NONE, LEAVE), numbered=False)
        case ["link"]:
            return talk.ask(link, "entry-link", (NONE, LEAVE), numbered=False)
        case ["save"] if talk.answers["texts"]:
            await talk.write(_save, dict(talk.answers), talk.person.id)
            return talk.end("entry-saved", (ENTRIES,))
        case ["leave"]:
            return talk.end("talk-left", (ENTRIES,))
    return _look(talk)


@writing.free_step
async def text(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (ENTRIES,))
    if not 0 < len(talk.text) <= faq.LONGEST:
        return talk.ask(text, "entry-text", (LEAVE,), numbered=False, most=faq.LONGEST)
    talk.answers["texts"] = {**talk.answers["texts"], talk.answers["writes"]: talk.text}
    return _look(talk)


@writing.file_step
async def picture(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (ENTRIES,))
    if talk.said.file is None:
        talk.answers["picture"] = None if talk.text == "none" else talk.answers["picture"]
        return _look(talk)
    try:
        talk.answers["picture"] = await talk.shop.keep_picture(await fetched(talk, pictures.LARGEST))
    except (pictures.BadPicture, NotTaken):
        return talk.ask(picture, "entry-picture", (NONE, LEAVE), numbered=False)
    return _look(talk)


@writing.free_step
async def link(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (ENTRIES,))
    wanted = None if talk.text == "none" else talk.text
    try:
        faq.check({}, {"en": "-"}, wanted, new=False)
    except faq.BadEntry:
        return talk.ask(link, "entry-link", (NONE, LEAVE), numbered=False)
    talk.answers["link"] = wanted
    return _look(talk)


def _save(tx: Tx, said: dict[str, object], person: str, *, request_key: str) -> str:
    """It is live at once, and what it was made for means it. Once per event."""
    parts = (said["slug"], said["product"], said["titles"], said["texts"], said["picture"], said["link"])
    slug = faq.write(tx, *parts, person, request_key)  # type: ignore[arg-type]
    if said["group"]:
        questions.teach(tx, said["group"], slug, person)  # type: ignore[arg-type]
    return slug
