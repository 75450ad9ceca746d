"""Statements run directly do what SQLAlchemy does with them."""

from __future__ import annotations

import pytest

from core.schema import metadata
from proofs import direct, operations
from proofs.stall import Memory, Stall, template

RANDOM = {"sealed", "answers", "token", "fingerprint", "digest"}  # these differ each time


def everything(stall: Stall) -> dict[str, list[tuple[object, ...]]]:
    """Every row there is, but for what is drawn from the system's randomness."""
    found = {}
    for table in metadata.sorted_tables:
        columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name not in RANDOM)
        found[table.name] = stall.rows(f"SELECT {columns} FROM {table.name} ORDER BY 1, 2", ())
    return found


@pytest.fixture
def both(tmp_path):
    file = template(tmp_path)
    stalls = [Memory(file, direct=True), Memory(file, direct=False)]
    yield stalls
    for stall in stalls:
        stall.close()


def test_a_shop_comes_to_the_same_rows_either_way(both):
    for stall in both:
        operations.shop(stall, 5, 400)
    one, other = map(everything, both)
    assert one == other
    assert len(one["orders"]) > 20


def test_without_the_conversions_it_would_not(both, monkeypatch):
    monkeypatch.setattr(direct.Prepared, "row", lambda self, raw: self._row(raw))
    with pytest.raises(TypeError, match="string indices"):  # what a product asks of its buyer is still text
        operations.shop(both[0], 5, 400)
