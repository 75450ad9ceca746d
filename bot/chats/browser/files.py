"""The codes of an order as a file: nothing but codes, one per line, in the order of delivery."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from core import composing, customers, delivery, orders
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Codes, Message, words
from core.ground.vault import Secret

TYPES = {
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class NothingHere(ShopError):
    """No such order, or not this person's, or no codes yet: the answer is the same."""


def codes(tx: Tx, person: str, number: str, units: tuple[int, ...] | None) -> tuple[str, Message, tuple[Secret, ...]]:
    """The order's number as it is written, what is said with its codes, and the codes. Raises NothingHere."""
    try:
        customer = customers.person(tx, person).customer
        order = orders.own(tx, number, customer, person)
        given = delivery.given(tx, order)  # as where they are shown: nothing leaves while deliveries are held
        asked = given if units is None else tuple(unit for unit in units if unit in given)
        message = Message(words("browser-codes", codes=Codes(order.id, asked)))
        spoken = composing.compose(tx, person, message)
    except (ShopError, LookupError):
        raise NothingHere from None
    if not spoken.codes:
        raise NothingHere
    return order.number, message, spoken.codes


def written(kind: str, found: Sequence[Secret]) -> bytes:
    """The file, as its kind has it."""
    rows = [" ".join(secret.reveal().splitlines()) for secret in found]
    return _sheet(rows) if kind == "xlsx" else "".join(f"{row}\n" for row in rows).encode()


def _sheet(rows: Sequence[str]) -> bytes:
    import xlsxwriter  # on first use: most visitors never ask for a sheet

    made = BytesIO()
    in_memory = {"in_memory": True}  # it would write the codes to temporary files otherwise
    with xlsxwriter.Workbook(made, in_memory) as book:
        sheet = book.add_worksheet()
        as_text = book.add_format({"num_format": "@"})
        sheet.set_column(0, 0, max(map(len, rows), default=20) + 4, as_text)
        for index, row in enumerate(rows):
            sheet.write_string(index, 0, row, as_text)  # never a formula, a number or a link
    return made.getvalue()
