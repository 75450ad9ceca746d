"""A folder of CSV files, for an owner of any shop: products.csv, codes.csv, orders.csv, members.csv.

docs/how-to/moving-in-files.md has their columns. What is not whole is refused with its file and line, and not used.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.ground.money import parse
from core.ground.vault import Secret
from core.old_shops import OldCategory, OldMember, OldOrder, OldProduct
from oldshops import texts
from oldshops.figures import moment
from oldshops.reading import Reading
from oldshops.refused import BadExport
from oldshops.rows import CodeRow, CodeState, OrderRow

KINDS = ("unique", "shared", "by-hand")
STATES: dict[str, CodeState] = {"": "unsold", "unsold": "unsold", "locked": "locked", "sold": "sold"}
OWED = ("waiting", "in work", "failed", "abnormal")
YES, NO = ("yes", "1", "true"), ("", "no", "0", "false")
NEEDED = {
    "products.csv": ("product", "category", "name", "price"),
    "codes.csv": ("product", "code"),
    "orders.csv": ("number", "title", "quantity", "total", "at"),
    "members.csv": ("member", "balance"),
}
MORE = {
    "products.csv": (
        *("kind", "tiers", "on_sale", "least", "most", "guide", "cost", "region", "face_value", "picture"),
        "currency",
    ),
    "codes.csv": ("id", "state", "shared", "since", "batch", "cost"),
    "orders.csv": ("product", "paid_at", "rail", "text", "password", "contact", "state"),
    "members.csv": ("name", "email", "phone", "banned"),
}
LARGEST_CELL = 1 << 24  # characters: a whole order of codes may be one
Draw = Callable[[str], str]  # makes a number of a text, the same for the same


@dataclass(frozen=True)
class Line:
    """One line of a file: its cells by column, and where it stands."""

    file: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def read(self, column: str, meaning: Callable[[str], Any]) -> Any:
        """What the cell means. Raises BadExport, which never repeats what stands in it."""
        try:
            return meaning(self[column])
        except (ValueError, KeyError):
            raise BadExport(f"{self.file}, line {self.number}: {column} can't be read", "Correct that line.") from None


class CsvFiles(Reading):
    name = "csv"

    def __init__(self, folder: Path, only: str | None, draw: Draw) -> None:
        self.folder = folder
        self._draw = draw
        super().__init__(f"csv:{folder.resolve()}", only)
        self.facts = ["times without a zone are Shanghai's wall clock"]
        for file in NEEDED:  # all of each, so that one that is cut is refused now
            if (lines := sum(1 for _ in self._lines(file))) or file == "products.csv":
                self.counted[file] = lines
        self._codes_are_whole()
        for _ in self._orders():
            pass

    def close(self) -> None:
        """There is nothing to end."""

    def _lines(self, name: str) -> Iterator[Line]:
        path = self.folder / name
        if not path.exists():
            return
        try:
            with _large_cells(), path.open(encoding="utf-8-sig", newline="") as file:
                yield from _whole(name, csv.DictReader(file, strict=True))
        except UnicodeDecodeError:
            raise BadExport(f"{name} is not in UTF-8", "Save it as CSV UTF-8.") from None
        except csv.Error:
            raise BadExport(f"{name} is cut, or its quotes don't match", "Export it anew, and copy it whole.") from None
        except OSError as failed:
            raise BadExport(f"{name} can't be read ({failed.strerror})", "Check who may read it.") from None

    def _catalogue(self) -> tuple[list[OldCategory], list[OldProduct]]:
        lines = list(self._lines("products.csv"))
        if not lines:
            raise BadExport(f"there are no products in {self.folder}", "It needs a products.csv with a line for each.")
        currencies = {line["currency"].upper() or "CNY" for line in lines}
        if len(currencies) > 1:
            raise BadExport("products.csv has several currencies", "One shop has one.")
        self.currency = currencies.pop()
        names = dict.fromkeys(line["category"] for line in lines)
        products = [self._product(line, position) for position, line in enumerate(lines)]
        self._known = {product.id: product for product in products}
        twice = [id for id, count in Counter(product.id for product in products).items() if count > 1]
        if twice:
            raise BadExport(f"products.csv names the product {twice[0]} twice", "Give each a name of its own.")
        return [OldCategory(name, name, position) for position, name in enumerate(names)], products

    def _product(self, line: Line, position: int) -> OldProduct:
        name = texts.name(line["name"])
        return OldProduct(
            id=line["product"],
            category=line["category"],
            name=name,
            kind=line.read("kind", lambda said: KINDS[KINDS.index(said or "unique")]),
            prices=line.read("tiers", self._tiers) | {1: line.read("price", self._amount)},
            on_sale=line.read("on_sale", lambda said: _is_so(said or "yes")),
            position=position,
            region=line["region"] or texts.region(name),
            face_value=line["face_value"] or texts.face_value(name),
            least=line.read("least", _number) or 1,
            most=line.read("most", _number),
            guide=line["guide"],
            picture=line["picture"],
            unit_cost=line.read("cost", self._amount) if line["cost"] else None,
        )

    def _amount(self, said: str) -> int:
        return parse(said, self.currency).amount

    def _tiers(self, said: str) -> dict[int, int]:
        """ "10=9.50; 50=9"."""
        pairs = [pair.split("=") for pair in said.split(";") if pair.strip()]
        return {int(least): self._amount(price) for least, price in pairs}

    def _codes_are_whole(self) -> None:
        for sold in (False, True):
            for row in self._codes(sold):
                if row.product not in self._known:
                    raise BadExport(f"codes.csv has codes of the product {row.product}", "Add it to products.csv.")

    def _codes(self, sold: bool, product: str | None = None) -> Iterator[CodeRow]:
        before: Counter[str] = Counter()
        for line in self._lines("codes.csv"):
            id = line["id"] or self._same(line, before)
            state: CodeState = line.read("state", STATES.__getitem__)
            if (state == "sold") != sold or (product is not None and line["product"] != product):
                continue
            known = self._known.get(line["product"])
            yield CodeRow(
                id=id,
                product=line["product"],
                text=Secret(line.cells["code"]),
                state="stray" if known and known.kind == "by-hand" and not sold else state,
                shared=line.read("shared", _is_so) or (known is not None and known.kind == "shared"),
                since=line.read("since", _time),
                batch=line["batch"],
                unit_cost=line.read("cost", self._amount) if line["cost"] else None,
            )

    def _same(self, line: Line, before: Counter[str]) -> str:
        """A number for a code that has none, the same wherever its line stands; one that is there twice gets two."""
        drawn = self._draw(f"{line['product']}\0{line['code']}")
        before[drawn] += 1
        return drawn if before[drawn] == 1 else f"{drawn}/{before[drawn]}"

    def _orders(self) -> Iterator[OrderRow]:
        for line in self._lines("orders.csv"):
            state = line.read("state", _order_state)
            product = self._known.get(line["product"])
            yield OrderRow(
                order=self._order(line),
                state=state,
                status=line["state"] or "finished",
                product=product.id if product else "",
                category=product.category if product else "",
            )

    def _order(self, line: Line) -> OldOrder:
        return OldOrder(
            id=line["number"],
            number=line["number"],
            title=line["title"],
            quantity=line.read("quantity", _number) or 1,
            total=line.read("total", self._amount),
            currency=self.currency,
            at=line.read("at", _time),  # never empty
            paid_at=line.read("paid_at", _time),
            rail=line["rail"],
            text=Secret(line.cells.get("text") or ""),
            password=Secret(line["password"]) if line["password"] else None,
            contact=line["contact"],
        )

    def _members(self) -> list[OldMember]:
        return [
            OldMember(
                id=line["member"],
                name=line["name"] or line["member"],
                balance=line.read("balance", self._amount),
                email=line["email"],
                phone=line["phone"],
                banned=line.read("banned", _is_so),
            )
            for line in self._lines("members.csv")
        ]


@contextmanager
def _large_cells() -> Iterator[None]:
    """Python has one limit for all of a process, by which files of stock are judged too."""
    before = csv.field_size_limit(LARGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _whole(name: str, rows: csv.DictReader[str]) -> Iterator[Line]:
    """Raises BadExport for a column that is not known or missing, and for a line that is shorter or longer."""
    columns = [column.strip() for column in rows.fieldnames or ()]
    missing = [column for column in NEEDED[name] if column not in columns]
    unknown = [column for column in columns if column not in (*NEEDED[name], *MORE[name])]
    if missing or unknown:
        what = f"lacks the column {missing[0]}" if missing else f"has a column that is not known: {unknown[0]}"
        raise BadExport(f"{name} {what}", f"Its columns are {', '.join((*NEEDED[name], *MORE[name]))}.")
    rows.fieldnames = columns
    for cells in rows:
        line = Line(name, rows.line_num, {column: cell or "" for column, cell in cells.items() if column in columns})
        if None in cells.values() or None in cells:
            raise BadExport(
                f"{name}, line {rows.line_num} has not as many cells as the first", "Is the file cut there?"
            )
        for column in NEEDED[name]:
            if not line[column]:
                raise BadExport(f"{name}, line {rows.line_num}: {column} is empty", "Correct that line.")
        yield line


def _is_so(said: str) -> bool:
    if said.lower() in YES:
        return True
    if said.lower() in NO:
        return False
    raise ValueError(said)


def _number(said: str) -> int | None:
    number = int(said) if said else None
    if number is not None and number < 1:
        raise ValueError(said)
    return number


def _time(said: str) -> datetime | None:
    """ISO 8601. Without a zone it is Shanghai's wall clock."""
    if not said:
        return None
    at = datetime.fromisoformat(said)
    return at.astimezone(UTC) if at.tzinfo else moment(at)


def _order_state(said: str) -> str:
    if said in ("", "finished"):
        return ""
    if said == "unpaid" or said in OWED:
        return said
    raise ValueError(said)


def plainly(text: str) -> str:
    """Where nobody keeps it: whoever has it can try out short codes."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def read(folder: Path, only: str | None, draw: Draw | None = None) -> Reading:
    if not folder.is_dir():
        raise BadExport(f"there is no folder {folder}", "Name a folder with products.csv in it.")
    return CsvFiles(folder, only, draw or plainly)
