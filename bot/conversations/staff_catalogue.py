"""The catalogue as a file: sent to whoever asks, and taken back edited, after a look at what it would change."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation import Conversation, Talk
from bot.conversations.staff_product import LEAVE, below_cost, fetched, takes
from bot.handlers.staff_help import PRODUCTS
from bot.staff import staff
from core import catalogue, catalogue_drafts, margins, sheets, shelving
from core.authority import Right
from core.catalogue import Plan
from core.catalogue_drafts import Draft
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Text, Words, words
from core.margins import Loss
from core.product_fields import NotTaken
from core.sheets import NoSheet, Sheet
from core.shop import Shop

taking = Conversation("taking", Right.SHELF)
staff.talks(taking)

APPLY = Choice(words("choose-catalogue-apply"), "apply", acts=True)
ANYWAY = Choice(words("choose-below-cost"), "anyway", acts=True)
EXPORT = Choice(words("choose-catalogue-export"), "catalogue-export")
SHOWN = 8


@staff.hears("catalogue-export", right=Right.EXPORT)
async def export(shop: Shop, person: Person) -> Message:
    """Every product in one table."""
    made = await shop.db.write(_export, person.id)
    return Message(words("catalogue-here", n=made), (PRODUCTS,), document=catalogue.FILE)


def _export(tx: Tx, by: str) -> int:
    return len(catalogue.export_for(tx, by)[1])


@taking.opens("catalogue-import")
async def begin(talk: Talk) -> Message:
    return _ask(talk)


def _ask(talk: Talk, *first: Words) -> Message:
    message = Message((*first, words("catalogue-send", most=sheets.LARGEST // 2**20)), (EXPORT, LEAVE), numbered=False)
    return talk.ask_with(file, message)


@taking.file_step
async def file(talk: Talk) -> Message:
    """A file, or a table pasted as text."""
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    try:
        sheet = await _sheet(talk)
        plan = await _seen(talk, sheet)
    except (NoSheet, NotTaken) as refusal:
        return _ask(talk, words(refusal.key, **refusal.facts))
    if plan.of("wrong"):
        return _ask(talk, *_wrong(plan))
    if not (plan.of("new") or plan.of("changed")):
        return talk.end("catalogue-same", (PRODUCTS,), n=len(plan.rows))
    talk.answers["draft"] = await talk.write(_draft, talk.person.id, sheet, plan)
    losing = await talk.read(_losses, plan, takes(talk.shop))
    talk.answers["losing"] = bool(losing)
    warning = (below_cost(losing),) if losing else ()
    choices = (ANYWAY if losing else APPLY, LEAVE)
    return talk.ask_with(sure, Message((Lines((*_told(plan),)), *warning), choices))


async def _sheet(talk: Talk) -> Sheet:
    if talk.said.file is None:
        return sheets.read_text(talk.text)
    return sheets.read(await fetched(talk, sheets.LARGEST))


async def _seen(talk: Talk, sheet: Sheet) -> Plan:
    return catalogue.whole(
        [row for part in catalogue.parts(sheet) for row in (await talk.read(catalogue.look, part)).rows]
    )


async def _check(talk: Talk, number: int) -> None:
    place = await talk.read(catalogue_drafts.check, number)
    while place is not None:
        place = await talk.read(catalogue_drafts.check, number, place)


def _draft(tx: Tx, by: str, sheet: Sheet, plan: Plan, *, request_key: str) -> int:
    return catalogue_drafts.draft(tx, by, sheet, plan, request_key)


def _losses(tx: Tx, plan: Plan, taken: dict[str, frozenset[str]]) -> list[Loss]:
    return [
        loss
        for row in plan.of("changed")
        if row.product
        for loss in margins.losses(tx, row.product, _steps(row.columns.get("prices", {})), taken)
    ]


def _steps(prices: dict[str, dict[int, int]]) -> dict[str, dict[int, int]]:
    return {code: steps for code, steps in prices.items() if steps}


def _told(plan: Plan) -> Iterator[Text]:
    new, changed, same = (len(plan.of(what)) for what in ("new", "changed", "unchanged"))
    yield words("catalogue-preview", new=new, changed=changed, unchanged=same)
    for row in [*plan.of("new"), *plan.of("changed")][:SHOWN]:
        yield words("catalogue-row", row=row.number, slug=row.slug or "-", what=row.what, text=_touched(row.columns))


def _touched(columns: object) -> str:
    return ", ".join(columns) if isinstance(columns, dict) else ""


def _wrong(plan: Plan) -> Iterator[Words]:
    wrong = plan.of("wrong")
    yield words("catalogue-wrong", n=len(wrong))
    for row in wrong[:SHOWN]:
        yield words("catalogue-wrong-row", row=row.number, why=row.why)


@taking.step
async def sure(talk: Talk) -> Message:
    if talk.text == "leave":
        await talk.shop.db.write(catalogue_drafts.discard, talk.answers["draft"])
        return talk.end("talk-left", (PRODUCTS,))
    if talk.text != ("anyway" if talk.answers["losing"] else "apply"):
        choices = (ANYWAY if talk.answers["losing"] else APPLY, LEAVE)
        return talk.ask(sure, "catalogue-sure", choices)
    try:
        await _check(talk, talk.answers["draft"])
        begun = await talk.write(_take, talk.person.id, talk.answers["draft"])
    except (shelving.EditedMeanwhile, catalogue_drafts.CatalogueWrong, catalogue_drafts.DraftGone) as refusal:
        return Message((words(refusal.key, **refusal.facts), words("catalogue-nothing")), (PRODUCTS,))
    if begun is None:
        return talk.end("catalogue-done-before", (PRODUCTS,))
    return catalogue_drafts.told(begun)


def _take(tx: Tx, by: str, number: int, *, request_key: str) -> Draft | None:
    return catalogue_drafts.take(tx, by, number)
