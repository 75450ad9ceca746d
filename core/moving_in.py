"""Moving in from another shop: categories, products and codes come over, off sale until the owner has seen the report.

Every call is one short transaction that a repeat finds done (core/moved.py), so a run that was ended goes on where it
was, and a second run brings what has changed there since: a price, a new code, and codes that were sold there
meanwhile, which are not sold here any more.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update

from core import batches, catalog, catalog_changes, guides, inventory, moved, old_orders, product_fields, recovery
from core.catalog import Product, StockKind
from core.ground import audit
from core.ground.db import Tx
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.inventory import batches as our_batches
from core.inventory import codes as our_codes
from core.moved import Source
from core.old_shops import OldCategory, OldCode, OldOrder, OldProduct
from core.pasted import LABELS, PastedCode
from core.product_fields import NotTaken

CHUNK = 100  # codes a transaction, some 10 ms of work: no sale waits longer than that
BY = "command line"
IN = "zh-CN"  # what these shops are written in
HELD = ("locked", "picked")  # why a code waits in a batch of its own
KINDS = {
    "unique": StockKind.UNIQUE,
    "shared": StockKind.SHARED,
    "by-hand": StockKind.BY_HAND,
    "supplier": StockKind.ON_DEMAND,
}
NAME, PRODUCT_NAME, LABEL = 80, 80, 60  # characters

THESE = select(our_codes.c.id, our_codes.c.fingerprint, our_codes.c.batch_id).where(
    our_codes.c.fingerprint.in_(bindparam("prints", expanding=True))
)
OPEN_BATCH = select(our_batches.c.id).where(
    our_batches.c.product_id == bindparam("product"),
    our_batches.c.source == bindparam("from_source"),
    our_batches.c.state == "importing",
)
WAITING = (
    select(our_batches.c.id, our_batches.c.source)
    .where(
        our_batches.c.product_id == bindparam("product"),
        our_batches.c.source.startswith("migrated "),
        our_batches.c.state == "importing",
    )
    .order_by(our_batches.c.id)
)
STATES = select(our_codes.c.id, our_codes.c.state, our_codes.c.held, our_codes.c.uses).where(
    our_codes.c.id.in_(bindparam("ids", expanding=True))
)
CODES_OF = (
    select(func.count(moved.moved.c.our_id.distinct()))
    .join_from(moved.moved, our_codes, our_codes.c.id == moved.moved.c.our_id)
    .where(*moved.OF, moved.moved.c.parent == bindparam("of_parent"), moved.moved.c.mark.not_in(("gone", "twice")))
)
VOID = (
    update(our_codes)
    .where(
        our_codes.c.id == bindparam("code"),
        our_codes.c.held == 0,
        our_codes.c.uses == 0,
        our_codes.c.state.in_(("available", "quarantined")),
    )
    .values(state="voided")
)


class NotMovedIn(LookupError):
    """There is no such batch that waits."""


@dataclass(frozen=True)
class Ways:
    """What the owner says about products there, by their number: how many uses a shared code has, what stands
    between the fields of a code."""

    uses: Mapping[str, int]
    separators: Mapping[str, str]


@dataclass(frozen=True)
class Brought:
    """A product that is here now. `what`: new, changed or same."""

    product: Product
    what: str
    why_no_guide: bool = False


# The shelf


def category(tx: Tx, source: Source, old: OldCategory) -> int:
    """The brand that a category there is here; made once."""
    if row := moved.one(tx, source, "category", old.id):
        return row.our_id
    name = plain(old.name, NAME) or old.id
    known = {brand.slug for brand in catalog.all_brands(tx)}
    slug = _free(product_fields.slug_of(name) or "brand", known)
    made = catalog_changes.add_brand(tx, slug, _shelf(tx, source), {IN: name}, old.position)
    moved.note(tx, source, "category", old.id, made)
    audit.write(tx, BY, "move in brand", slug, of=source.named)
    return made


def _shelf(tx: Tx, source: Source) -> int:
    """The category here that all of its brands stand in."""
    if row := moved.one(tx, source, "shelf", ""):
        return row.our_id
    known = catalog.all_categories(tx)
    slug = _free("moved", {each.slug for each in known})
    made = catalog_changes.add_category(tx, slug, dict(tx.rules.shop_name.texts), len(known) + 1)
    moved.note(tx, source, "shelf", "", made)
    return made


def _free(slug: str, taken: Collection[str]) -> str:
    tries = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(taken) + 3))
    return next(each for each in tries if each not in taken)


def plain(text: str, most: int) -> str:
    """A line of text as it can be shown anywhere, cut where it is too long; empty where nothing is left."""
    tidy = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    try:
        return product_fields.plain(product_fields.TAG.sub(" ", tidy))[:most].strip()
    except NotTaken:
        return ""


def product(tx: Tx, source: Source, old: OldProduct, currency: str) -> Brought:
    """The product that one there is here: made once, off sale. A price that changed there since changes here.

    Its category came before. Raises LookupError where it did not.
    """
    row = moved.one(tx, source, "product", old.id)
    if row is None:
        return _make(tx, source, old, currency)
    now = catalog.by_id(tx, row.our_id)
    if row.mark == _mark(old):
        return Brought(now, "same")
    moved.remark(tx, row.id, _mark(old))
    steps = {**now.steps, currency: dict(old.prices)}
    if steps == now.steps or not catalog_changes.edit(tx, now, BY, {}, steps):
        return Brought(now, "same")
    audit.write(tx, BY, "move in price", now.slug, of=source.named, before=str(now.steps), after=str(steps))
    return Brought(catalog.by_id(tx, now.id), "changed")


def _make(tx: Tx, source: Source, old: OldProduct, currency: str) -> Brought:
    brand = moved.known(tx, source, "category", [old.category])[old.category].our_id
    slug = _product_slug(tx, old)
    made = catalog_changes.add_product(
        tx,
        brand,
        {currency: dict(old.prices)},
        slug=slug,
        names={IN: plain(old.name, PRODUCT_NAME) or old.id},
        region=_region(old.region),
        face_value=plain(old.face_value, product_fields.LONGEST["face"]),
        noun="code",
        measure="ge",
        kind=KINDS[old.kind],
        on_sale=False,
        most_per_order=min(max(old.most or 10, 1), 1000),
        most_per_buyer=1 if old.kind == "shared" else None,
        form=[{"name": name, "label": {IN: label}, "pattern": r".{1,100}"} for name, label in old.form],
        position=old.position,
    )
    moved.note(tx, source, "product", old.id, made, _mark(old), old.category)
    audit.write(tx, BY, "move in product", slug, of=source.named, old=old.id[:100])
    found = catalog.by_id(tx, made)
    return Brought(found, "new", why_no_guide=not _guided(tx, found, old.guide))


def _product_slug(tx: Tx, old: OldProduct) -> str:
    slug = product_fields.slug_of(old.name, old.id) or "item"
    tries = (slug if n == 1 else f"{slug}-{n}" for n in range(1, 10**6))
    return next(each for each in tries if not catalog.is_slug(tx, each))


def _region(guess: str) -> str:
    try:
        return product_fields.region(guess) if guess else "global"
    except NotTaken:
        return "global"


def _guided(tx: Tx, about: Product, text: str) -> bool:
    """Its guide, where it has one that can be shown everywhere."""
    if not text.strip():
        return True
    try:
        guides.save_by(tx, BY, BY, guides.Place.of(about), IN, text, 0, ())
    except NotTaken:
        return False
    return True


def _mark(old: OldProduct) -> str:
    """What tells that its prices have changed there."""
    return hashlib.sha256(json.dumps(sorted(old.prices.items())).encode()).hexdigest()[:32]


# Codes


def codes(tx: Tx, source: Source, old: OldProduct, ours: Product, found: Sequence[OldCode], ways: Ways) -> Counter[str]:
    """Some codes of a product come over, sealed at once, into batches of which nothing is on sale yet.

    Counts what became of them: new, held (locked, or with a surcharge, in a batch of its own), delivered (in what was
    sent before: quarantined), twice (the shop had it), uses (shared, and nobody said how often), known. A repeat
    changes nothing; what stood otherwise there before, and is not to be sold now, is taken out of sale.
    """
    before = moved.known(tx, source, "code", [each.id for each in found])
    told: Counter[str] = Counter(known=len(before))
    told["taken"] = sum(_again(tx, before[each.id], each) for each in found if each.id in before)
    fresh = [each for each in found if each.id not in before]
    if ours.kind is StockKind.SHARED and old.id not in ways.uses:
        told["uses"] = len(fresh)
        return told
    for (batch_label, cost), together in _grouped(source, old, fresh).items():
        told += _bring(tx, source, old, ours, together, (batch_label, cost), ways)
    if fresh:
        audit.write(tx, BY, "move in codes", ours.slug, of=source.named, **told)
    return told


def _grouped(source: Source, old: OldProduct, fresh: Sequence[OldCode]) -> dict[tuple[str, int | None], list[OldCode]]:
    found: dict[tuple[str, int | None], list[OldCode]] = {}
    for each in fresh:
        cost = old.unit_cost if each.unit_cost is None else each.unit_cost
        held = f" {each.why}" if each.why in HELD else ""
        label = plain(each.batch, LABEL)
        named = f"migrated {source.named}{held}" + (f" ({label})" if label else "")
        found.setdefault((named, cost), []).append(each)
    return found


def _bring(
    tx: Tx,
    source: Source,
    old: OldProduct,
    ours: Product,
    fresh: Sequence[OldCode],
    batch_of: tuple[str, int | None],
    ways: Ways,
) -> Counter[str]:
    pasted = {each.id: code_of(each, ways.separators.get(old.id)) for each in fresh}
    prints = {each: tx.vault.fingerprint(code.normal()) for each, code in pasted.items()}
    there = _these(tx, list(prints.values()))
    batch = _batch(tx, ours, *batch_of) if any(print_ not in there for print_ in prints.values()) else 0
    if batch:
        batches.add(tx, ours, batch, list(pasted.values()), max_uses=ways.uses.get(old.id, 1))
    now = _these(tx, list(prints.values()))
    told: Counter[str] = Counter()
    rows, taken = [], set(there)
    for each in fresh:
        row, first = now[prints[each.id]], prints[each.id] not in taken
        taken.add(prints[each.id])
        what = (each.why or "free") if first else "twice"
        if each.why == "delivered":
            _take_out(tx, row.id)
        rows.append((each.id, row.id, what, old.id))
        told[{"free": "new", "locked": "held", "picked": "held"}.get(what, what)] += 1
    moved.note_all(tx, source, "code", rows)
    return told


def code_of(old: OldCode, separator: str | None) -> PastedCode:
    """As it stands there, or as its fields where the owner says what stands between them."""
    values = [part.strip() for part in old.text.reveal().split(separator)] if separator else []
    labels = LABELS.get(len(values), ())
    if len(labels) > 1 and all(values):
        return PastedCode(tuple((label, Secret(value)) for label, value in zip(labels, values, strict=True)))
    return PastedCode((("code", old.text),))


def _these(tx: Tx, prints: Sequence[bytes]) -> dict[bytes, AnyRow]:
    return {row.fingerprint: row for row in tx.all(THESE, prints=list(set(prints)))}


def _batch(tx: Tx, ours: Product, named: str, cost: int | None) -> int:
    """The batch that its codes come into: one is begun anew when the owner has put the last on sale."""
    label = named if cost is None else f"{named} at {cost}"
    there = tx.value(OPEN_BATCH, product=ours.id, from_source=label[:200])
    return there or batches.open_batch(tx, ours, label, BY, unit_cost=cost)


def _again(tx: Tx, row: AnyRow, each: OldCode) -> int:
    """One that came before and may not be sold any more, as things stand there now. 1 if that is new."""
    if not each.why or row.mark in ("delivered", "gone", each.why) or (row.mark != "free" and each.why in HELD):
        return 0
    moved.remark(tx, row.id, each.why)
    return _take_out(tx, row.our_id)


def _take_out(tx: Tx, code: int) -> int:
    """It is not sold any more; whoever had it set aside is given another, or their money back."""
    if inventory.quarantine(tx, code):
        recovery.serve_again(tx)
    return 1


def gone(
    tx: Tx, source: Source, product_id: str, after: int, there: Collection[str]
) -> tuple[int | None, Counter[str]]:
    """Codes that came over and are not unsold there any more: they are not sold here either.

    Looks at the next ones behind that row; returns how far it came (None: to the end), and what became of them:
    voided, or both, where it was sold here too. A repeat changes nothing.
    """
    rows = moved.below(tx, source, "code", product_id, after, CHUNK)
    missing = [row for row in rows if row.old_id not in there and row.mark != "gone"]
    told: Counter[str] = Counter()
    states = {row.id: row for row in tx.all(STATES, ids=[row.our_id for row in missing])} if missing else {}
    for row in missing:
        moved.remark(tx, row.id, "gone")
        told[_void(tx, states[row.our_id])] += 1
    if missing:
        audit.write(tx, BY, "sold elsewhere", f"product {product_id[:100]}", of=source.named, **told)
    return (rows[-1].id if len(rows) == CHUNK else None), told


def _void(tx: Tx, code: AnyRow) -> str:
    if tx.changed(VOID, code=code.id) or code.state == "voided":
        return "voided"
    if not code.uses or code.state == "available":  # a shared one that has uses left
        _take_out(tx, code.id)
    return "both" if code.uses else "voided"


def orders(tx: Tx, source: Source, found: Sequence[OldOrder]) -> int:
    """Some finished orders come over, to be looked up. Returns how many are new; a repeat changes nothing."""
    many = old_orders.keep(tx, source, found)
    if many:
        audit.write(tx, BY, "move in orders", source.named, count=many)
    return many


# Putting it on sale


def open_up(tx: Tx, source: Source, old: OldProduct) -> int:
    """The owner has seen the report: its codes are on sale, and the product as it was there. Returns how many codes.

    What was locked there, or had a surcharge, waits for release(). A product is put on sale once: one that was
    switched off here afterwards stays off.
    """
    row = moved.one(tx, source, "product", old.id)
    if row is None:
        return 0
    ours = catalog.by_id(tx, row.our_id)
    prefix = f"migrated {source.named}"
    held = tuple(f"{prefix} {why}" for why in HELD)
    waiting = [
        each.id
        for each in tx.all(WAITING, product=ours.id)
        if each.source.startswith(prefix) and not each.source.startswith(held)
    ]
    many = sum(batches.finish_import(tx, batch) for batch in waiting)
    if moved.opened(tx, row.id) and old.on_sale and old.kind != "supplier" and old.prices:
        catalog_changes.switch(tx, ours.slug, on=True)
    if waiting:
        audit.write(tx, BY, "import", ours.slug, of=source.named, count=many)
    return many


def release(tx: Tx, batch: int) -> int:
    """A batch of codes that were held goes on sale. Returns how many. Raises NotMovedIn."""
    row = tx.first(batches.BATCH, batch=batch)
    if row is None or row.state != "importing" or not row.source.startswith("migrated "):
        raise NotMovedIn(batch)
    many = batches.finish_import(tx, batch)
    audit.write(tx, BY, "import", f"batch {batch}", count=many)
    return many


# Side by side


@dataclass(frozen=True)
class Counted:
    """What of a product there is here: rows that came over and were not sold there since, and the codes they are."""

    rows: int
    codes: int
    twice: int


def counted(tx: Tx, source: Source, product_id: str) -> Counted:
    """Counted anew, over the tables."""
    by_mark = moved.marks(tx, source, "code", product_id)
    by_mark.pop("gone", None)
    many = tx.value(CODES_OF, **source.about("code"), of_parent=product_id)
    return Counted(sum(by_mark.values()), many, by_mark.get("twice", 0))


def products_here(tx: Tx, source: Source, numbers: Sequence[str]) -> int:
    """How many of these are here, with a price or without."""
    return len(moved.known(tx, source, "product", numbers))
