"""The shop's answers to questions: those it comes with, and those its staff wrote, for all products or for one.

An answer the shop comes with is a sentence, faq-SLUG. What staff write under the same slug stands in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from core import enquiries, staff
from core.authority import Right
from core.faq_reading import INTENTS
from core.ground import audit
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Local, Text, Words, words
from core.ground.tx import AnyRow

OWN = "own-"  # how the slug of an entry begins that staff made
LONGEST_TITLE, LONGEST = 60, 600  # characters
LONGEST_LINK = 300


class UnknownEntry(ShopError):
    """There is no such entry."""


class BadEntry(ShopError):
    """Too long, or empty, or its link is none of https. Facts: most."""


entries = Table(
    "faq_entries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("slug", String(60), nullable=False),
    Column("product_id", BigId, ForeignKey("products.id")),  # null: for all of them
    Column("titles", Json, nullable=False),  # what it is called among choices, by language
    Column("texts", Json, nullable=False),  # by language
    Column("picture", String(40)),
    Column("link", String(300)),
    Column("version", Integer, nullable=False),
    Column("edited_by", String(160), nullable=False),
    Column("edited_at", UTC, nullable=False),
    Column("made_with", String(300), nullable=False, unique=True),  # the event it was made or changed in
    CheckConstraint("version > 0", name="version"),
    Index(
        "uq_faq_entries_slug_for_all",
        "slug",
        unique=True,
        sqlite_where=text("product_id IS NULL"),
        postgresql_where=text("product_id IS NULL"),
    ),
    Index(
        "uq_faq_entries_slug_product",
        "slug",
        "product_id",
        unique=True,
        sqlite_where=text("product_id IS NOT NULL"),
        postgresql_where=text("product_id IS NOT NULL"),
    ),
)
phrasings = Table(
    "faq_phrasings",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("slug", String(60), nullable=False),
    Column("note_id", BigId, ForeignKey("notes.id"), nullable=False, unique=True),  # as somebody wrote it, sealed
    Column("made_by", String(160), nullable=False),
    Column("made_at", UTC, nullable=False),
    Column("retired_at", UTC),
    Column("retired_by", String(160)),
    Index("ix_faq_phrasings_slug", "slug", "id"),
)


@dataclass(frozen=True)
class Entry:
    """What is answered to one kind of question."""

    slug: str
    title: Words | Local
    text: Text | None  # null: the sentence the shop comes with, made with its facts
    picture: str | None = None
    link: str | None = None
    product: int | None = None


@dataclass(frozen=True)
class Taught:
    """A phrasing that staff taught, by its number: opened for those who read with it."""

    id: int
    slug: str
    text: str


FOR = (
    select(entries)
    .where(
        entries.c.slug == bindparam("of_slug"),
        or_(entries.c.product_id.is_(None), entries.c.product_id == bindparam("product")),
    )
    .order_by(entries.c.product_id.is_(None))
    .limit(1)
)
ALL = select(entries).order_by(entries.c.slug, entries.c.product_id)
ONE = select(entries).where(
    entries.c.slug == bindparam("of_slug"), func.coalesce(entries.c.product_id, 0) == bindparam("product")
)
MADE = select(entries.c.id).where(entries.c.made_with == bindparam("key"))
NEW = insert(entries)
EDIT = (
    update(entries)
    .where(entries.c.id == bindparam("entry"))
    .values(
        titles=bindparam("new_titles", type_=Json),
        texts=bindparam("new_texts", type_=Json),
        picture=bindparam("new_picture"),
        link=bindparam("new_link"),
        version=entries.c.version + 1,
        edited_by=bindparam("person"),
        edited_at=bindparam("now"),
        made_with=bindparam("key"),
    )
)
MARK = select(
    func.max(phrasings.c.id).label("newest"), func.count(phrasings.c.retired_at).label("retired")
)  # changes whenever what is taught does
LIVE = select(phrasings).where(phrasings.c.retired_at.is_(None)).order_by(phrasings.c.id)
LIVE_OF = (
    LIVE.where(phrasings.c.slug == bindparam("of_slug"))
    .order_by(None)
    .order_by(phrasings.c.id.desc())
    .limit(bindparam("most"))
)
TEACH = insert(phrasings)
KEPT = select(phrasings.c.note_id).where(phrasings.c.note_id.in_(bindparam("notes", expanding=True)))
OF_NOTE = select(phrasings.c.id).where(phrasings.c.note_id == bindparam("note"))
RETIRE = (
    update(phrasings)
    .where(phrasings.c.id == bindparam("phrasing"), phrasings.c.retired_at.is_(None))
    .values(retired_at=bindparam("now"), retired_by=bindparam("person"))
)
PHRASING = select(phrasings).where(phrasings.c.id == bindparam("phrasing"))


def entry(tx: Tx, slug: str, product: int | None = None) -> Entry:
    """What is answered, for this product if there is such an answer. Raises UnknownEntry."""
    row = tx.first(FOR, of_slug=slug, product=product or 0)
    if row is None and slug not in INTENTS:
        raise UnknownEntry()
    if row is None:
        return Entry(slug, title(slug), None)
    return _entry(row)


def _entry(row: AnyRow) -> Entry:
    named = Local(row.titles) if row.titles else title(row.slug)
    return Entry(row.slug, named, Local(row.texts) if row.texts else None, row.picture, row.link, row.product_id)


def title(slug: str) -> Words:
    """What one of the shop's own is called among choices."""
    return words(f"faq-title-{slug}")


def everything(tx: Tx) -> list[Entry]:
    """Every entry there is: the shop's own in their order, each as staff changed it, then what staff made."""
    written = [_entry(row) for row in tx.all(ALL)]
    general = {one.slug: one for one in written if one.product is None}
    known = [general.get(slug) or Entry(slug, title(slug), None) for slug in INTENTS]
    return [*known, *(one for one in written if one.product is not None or one.slug not in INTENTS)]


def written(tx: Tx, slug: str, product: int | None = None) -> Mapping[str, Any]:
    """What staff wrote there: titles, texts, picture, link; empty where they wrote nothing."""
    row = tx.first(ONE, of_slug=slug, product=product or 0)
    if row is None:
        return {}
    return {"titles": row.titles, "texts": row.texts, "picture": row.picture, "link": row.link}


def write(
    tx: Tx,
    slug: str,
    product: int | None,
    titles: Mapping[str, str],
    texts: Mapping[str, str],
    picture: str | None,
    link: str | None,
    person: str,
    key: str,
) -> str:
    """Staff write an answer, live at once; returns its slug, a new one where `slug` is empty. Once per key.

    Raises NotStaff, NotAllowed, UnknownEntry, BadEntry.
    """
    staff.may(tx, person, Right.ANSWER)
    made = tx.value(MADE, key=key)
    if made is not None:
        return tx.value(select(entries.c.slug).where(entries.c.id == made))
    check(titles, texts, link, new=not slug)
    if slug and slug not in INTENTS:
        entry(tx, slug)
    slug = slug or f"{OWN}{tx.ids.token(6).lower().replace('_', 'a').replace('-', 'b')}"
    row = tx.first(ONE, of_slug=slug, product=product or 0)
    if row is None:
        columns = {"titles": dict(titles), "texts": dict(texts), "picture": picture, "link": link, "version": 1}
        tx.insert(NEW, slug=slug, product_id=product, edited_by=person, edited_at=tx.now, made_with=key, **columns)
    else:
        changed = {"new_titles": dict(titles), "new_texts": dict(texts), "new_picture": picture, "new_link": link}
        tx.changed(EDIT, entry=row.id, person=person, now=tx.now, key=key, **changed)
    audit.write(tx, person, "faq entry", slug, product=product or 0)
    return slug


def check(titles: Mapping[str, str], texts: Mapping[str, str], link: str | None, *, new: bool) -> None:
    """Raises BadEntry for what is empty, too long, or leads to no page of https."""
    if not texts or (new and not titles):
        raise BadEntry(most=LONGEST)
    if any(not 0 < len(named) <= LONGEST_TITLE for named in titles.values()):
        raise BadEntry(most=LONGEST_TITLE)
    if any(not 0 < len(said) <= LONGEST for said in texts.values()):
        raise BadEntry(most=LONGEST)
    if link and (len(link) > LONGEST_LINK or not link.startswith("https://") or not link.isprintable() or " " in link):
        raise BadEntry(most=LONGEST_LINK)


# What staff taught


def mark(tx: Tx) -> tuple[int, int]:
    """Changes whenever what is taught does: whoever reads with it asks before each question."""
    row = tx.one(MARK)
    return row.newest or 0, row.retired


def taught(tx: Tx, known: frozenset[int] = frozenset()) -> tuple[list[tuple[int, str]], list[Taught]]:
    """All that is taught now, by number and slug; and opened what is not among the `known`."""
    rows = tx.all(LIVE)
    fresh = [Taught(row.id, row.slug, _opened(tx, row.note_id)) for row in rows if row.id not in known]
    return [(row.id, row.slug) for row in rows], fresh


def _opened(tx: Tx, note: int) -> str:
    return enquiries.open_for(tx, note, "", staff=True).reveal()


def teach(tx: Tx, slug: str, note: int, person: str) -> bool:
    """What is written there means this entry from now on. A repeat changes nothing and returns False.

    Raises NotStaff, NotAllowed, UnknownEntry.
    """
    staff.may(tx, person, Right.ANSWER)
    entry(tx, slug)
    if tx.value(OF_NOTE, note=note) is not None:
        return False
    tx.insert(TEACH, slug=slug, note_id=note, made_by=person, made_at=tx.now)
    audit.write(tx, person, "faq phrasing", slug, note=note)
    return True


def kept(tx: Tx, notes: Collection[int]) -> set[int]:
    """Those of the notes that a phrasing is read from, be it retired."""
    return {row.note_id for row in tx.all(KEPT, notes=list(notes))}


def phrasings_of(tx: Tx, slug: str, most: int = 8) -> list[tuple[int, int]]:
    """What was taught to mean this entry, newest first: each by its number and its note's."""
    return [(row.id, row.note_id) for row in tx.all(LIVE_OF, of_slug=slug, most=most)]


def retire(tx: Tx, phrasing: int, person: str) -> str:
    """It means nothing any more; returns the entry's slug. A repeat changes nothing. Raises UnknownEntry, NotStaff."""
    staff.may(tx, person, Right.ANSWER)
    row = tx.first(PHRASING, phrasing=phrasing)
    if row is None:
        raise UnknownEntry()
    if tx.changed(RETIRE, phrasing=phrasing, now=tx.now, person=person):
        audit.write(tx, person, "faq phrasing retired", row.slug, note=row.note_id)
    return row.slug
