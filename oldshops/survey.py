"""What an old shop's codes and orders say of each other: twice there, sold already, sent already.

Neither shop keeps a code from standing there twice, and one of them doesn't know which code went to which order. So all
codes are looked up in all that was ever sent. Codes are held as marks, not as text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from oldshops.comparing import mark, normal, pieces
from oldshops.rows import LIVE, CodeRow, OrderRow
from oldshops.shapes import Shape

LISTED = 20  # examples of a kind; the rest is counted


def masked(text: str) -> str:
    """At most the last four characters, and nothing of what is too short for that."""
    bare = normal(text)
    return "…" + ("".join(sign if sign.isprintable() else "·" for sign in bare[-4:]) if len(bare) > 8 else "")


@dataclass
class Survey:
    """All of it is about the whole shop, also where only one category is brought: the same code is first each time."""

    states: Counter[str] = field(default_factory=Counter)
    by_product: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    shapes: dict[str, Shape] = field(default_factory=lambda: defaultdict(Shape))
    left_out: set[str] = field(default_factory=set)  # the ids of codes that are there already, or empty
    empty: int = 0
    delivered: dict[str, list[str]] = field(default_factory=dict)  # a code's id, and the orders that hold it
    uses: Counter[str] = field(default_factory=Counter)  # of a shared code's id: the orders that hold it
    within: int = 0  # of the duplicates
    across: int = 0
    sold_before: int = 0  # unsold ones that equal a sold one
    alike: int = 0  # that differ in case only
    surcharges: int = 0
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _first: dict[bytes, tuple[str, str, bool]] = field(default_factory=dict, repr=False)  # id, product, shared
    _folded: set[bytes] = field(default_factory=set, repr=False)
    _heights: set[int] = field(default_factory=set, repr=False)

    def unsold(self, rows: Iterable[CodeRow]) -> None:
        """The first pass: all that isn't sold, in the order in which it would be."""
        for row in rows:
            self._count(row)
            if row.state in LIVE:
                self._meet(row)

    def sold(self, rows: Iterable[CodeRow]) -> None:
        """The second: a code that was sold, and was put there again."""
        for row in rows:
            self._count(row)
            found = self._first.get(mark(normal(row.text.reveal())))
            if found is not None and not found[2] and found[0] not in self.delivered:
                self.delivered[found[0]] = []
                self.sold_before += 1
                self._note("sold before", f"code {found[0]} of product {found[1]}: {masked(row.text.reveal())}")

    def sent(self, rows: Iterable[OrderRow]) -> Iterable[OrderRow]:
        """The third, passing the orders on: codes in what was sent, though nobody marked them as sold."""
        for row in rows:
            if text := row.order.text.reveal():
                self._find(text, row.order.number)
            yield row

    def _count(self, row: CodeRow) -> None:
        self.states[row.state] += 1
        self.by_product[row.product]["shared" if row.shared and row.state == "unsold" else row.state] += 1

    def _meet(self, row: CodeRow) -> None:
        text = row.text.reveal()
        self.shapes[row.product].add(text)
        self.surcharges += row.surcharge
        exact = normal(text)
        if not exact:
            self.empty += 1
            self.left_out.add(row.id)
            return
        if known := self._first.get(mark(exact)):
            self.left_out.add(row.id)
            self.within += known[1] == row.product
            self.across += known[1] != row.product
            self._note("duplicates", f"code {row.id} of product {row.product} is code {known[0]}: {masked(text)}")
            return
        self._first[mark(exact)] = (row.id, row.product, row.shared)
        folded = mark(exact.casefold())
        self.alike += folded in self._folded
        self._folded.add(folded)
        if "\n" in exact:
            self._heights.add(exact.count("\n") + 1)

    def _find(self, text: str, number: str) -> None:
        found = {hit[0]: hit for piece in pieces(text, self._heights) if (hit := self._first.get(mark(piece)))}
        for code, product, shared in found.values():
            if shared:
                self.uses[code] += 1
                continue
            if code not in self.delivered or not self.delivered[code]:
                self._note("delivered", f"code {code} of product {product} was sent with order {number}")
            self.delivered.setdefault(code, []).append(number)

    def _note(self, kind: str, line: str) -> None:
        if len(self.examples[kind]) < LISTED:
            self.examples[kind].append(line)
