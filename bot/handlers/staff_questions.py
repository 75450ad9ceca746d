"""Questions nobody had an answer to, and what the shop answers: one tap teaches, and is live at once."""

from __future__ import annotations

from bot.paging import is_number, page_of, ways, which
from bot.staff import staff
from core import answers, catalog, faq, questions
from core import staff as people
from core.authority import Right
from core.customers import Person
from core.faq import Entry
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Note, words
from core.shop import Shop

LIST = Choice(words("choose-questions"), "questions")
ENTRIES = Choice(words("choose-entries"), "entries")
TAUGHT = 6  # phrasings shown of an entry


@staff.hears("questions", right=Right.LOOK)
async def waiting(shop: Shop, person: Person, group: str = "") -> Message:
    """What was asked and not answered, the most asked first; with a number, that one."""
    if is_number(group):
        return await shop.db.read(_card, int(group))
    return await shop.db.read(_waiting)


def _card(tx: Tx, group: int) -> Message:
    return questions.card(tx, questions.get(tx, group))


def _waiting(tx: Tx) -> Message:
    found = questions.waiting(tx)
    if not found:
        return Message(words("questions-none"), (ENTRIES,))
    newest = {one.id: Note(questions.newest_note(tx, one.id)) for one in found}
    rows = (words("questions-row", n=at, count=one.times, text=newest[one.id]) for at, one in enumerate(found, 1))
    each = (Choice(words("choose-questions-one", n=at), f"questions {one.id}") for at, one in enumerate(found, 1))
    return Message(Lines((words("questions-list", n=len(found)), *rows)), (*each, ENTRIES))


@staff.hears("teach", right=Right.ANSWER)
async def teach(shop: Shop, person: Person, group: str, slug: str) -> Message:
    """These questions mean this entry."""
    return await shop.db.write(_teach, _number(group), slug, person.id)


def _teach(tx: Tx, group: int, slug: str, person: str) -> Message:
    return questions.card(tx, questions.teach(tx, group, slug, person))


@staff.hears("unasked", right=Right.ANSWER)
async def leave(shop: Shop, person: Person, group: str) -> Message:
    """Nothing is answered to these."""
    return await shop.db.write(_leave, _number(group), person.id)


def _leave(tx: Tx, group: int, person: str) -> Message:
    return questions.card(tx, questions.leave(tx, group, person))


@staff.hears("means", right=Right.ANSWER)
async def another_entry(shop: Shop, person: Person, group: str, page: str = "1") -> Message:
    """Every entry, to pick the one that these questions mean."""
    return await shop.db.read(_means, _number(group), page)


def _means(tx: Tx, group: int, page: str) -> Message:
    questions.get(tx, group)
    there = [one for one in faq.everything(tx) if one.product is None]
    at = which(page, len(there))
    choices = (Choice(one.title, f"teach {group} {one.slug}", acts=True) for one in page_of(there, at))
    back = Choice(words("choose-back"), f"questions {group}")
    return Message(words("questions-means"), (*choices, *ways(f"means {group}", at, len(there)), back))


@staff.hears("entries", right=Right.LOOK)
async def entries(shop: Shop, person: Person, page: str = "1") -> Message:
    """All that the shop answers by itself."""
    return await shop.db.read(_entries, page)


def _entries(tx: Tx, page: str) -> Message:
    there = faq.everything(tx)
    at = which(page, len(there))
    choices = (Choice(one.title, _named(one)) for one in page_of(there, at))
    new = Choice(words("choose-new-entry"), "newentry")
    return Message(words("entries", n=len(there)), (*choices, *ways("entries", at, len(there)), new, LIST))


def _named(one: Entry) -> str:
    return f"entry {one.slug} {one.product or ''}".strip()


@staff.hears("entry", right=Right.LOOK)
async def entry(shop: Shop, person: Person, slug: str, product: str = "") -> Message:
    """One of them as buyers read it, and what was taught to mean it."""
    return await shop.db.read(_entry, person, slug, int(product) if is_number(product) else None)


def _entry(tx: Tx, person: Person, slug: str, product: int | None) -> Message:
    one = faq.entry(tx, slug, product)
    of = answers.About(product=catalog.by_id(tx, one.product)) if one.product else answers.About()
    shown = answers.answer(tx, person, slug, of)
    taught = faq.phrasings_of(tx, slug, TAUGHT)
    rows = tuple(words("entry-phrasing", n=at, text=Note(note)) for at, (_, note) in enumerate(taught, 1))
    forget = (
        Choice(words("choose-forget", n=at), f"unteach {number}", acts=True) for at, (number, _) in enumerate(taught, 1)
    )
    text = (words("entry", title=one.title), *shown.paragraphs, *([Lines(rows)] if rows else []))
    write = Choice(words("choose-edit-entry"), f"entrytext {slug} {product or ''}".strip())
    return Message(text, (write, *forget, ENTRIES), picture=shown.picture, shows=shown.shows)


@staff.hears("unteach", right=Right.ANSWER)
async def unteach(shop: Shop, person: Person, phrasing: str) -> Message:
    """A phrasing means nothing any more."""
    return await shop.db.write(_unteach, _number(phrasing), person)


def _unteach(tx: Tx, phrasing: int, person: Person) -> Message:
    people.may(tx, person.id, Right.ANSWER)
    return _entry(tx, person, faq.retire(tx, phrasing, person.id), None)


def _number(said: str) -> int:
    return int(said) if is_number(said) and len(said) < 15 else 0
