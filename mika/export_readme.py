"""The README.md of an export, and the page about it in docs/reference: one text, so that neither can fall behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from mika.export_tables import LEFT_OUT, LEFT_OUT_COLUMNS, WORDS, Column, Sheet, about, tables

READING = """\
- `.csv`: UTF-8 with a mark at its beginning, commas, the names of the columns in the first line. Nothing between two
  commas: there is no value.
- `.jsonl`: JSON Lines, UTF-8: what nests of the table of that name, one row a line, with the same key. A row of which
  nothing nests has no line.
- Amounts are decimals of the currency that stands in the same row; inside nested values they are minor units.
- Moments are ISO 8601, in UTC. Digests are hexadecimal; they are made with the shop's key.
- A text that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-`, `@`, a tab or a return, has
  one `'` before it; so has one that had such marks already. Take one off to have the text. Numbers have none.
- Files refer to each other by the numbers of rows. All of them are of one moment.
"""
OTHERS = {
    "catalogue.csv": "Products and prices as a table to edit; `mika stock catalogue import` takes it. Without bundles, "
    "which are in products.csv and bundle_items.csv.",
    "guides/": "The newest guide of each product and brand in each language, in Markdown: "
    "product-NAME.LANGUAGE.md, brand-NAME.LANGUAGE.md, brand-NAME.REGION.LANGUAGE.md.",
    "pictures/": "Pictures of products, brands and answers, by the names that stand in their columns `picture`.",
    "risk.toml": "The rules of risk that run.",
    "settings.json": "The settings, without what is secret: `***` stands for that.",
}
CATALOGUE = (
    "The columns of catalogue.csv: `product` (short name), `category`, `brand`, `name LANGUAGE`, `face` (value), "
    "`region`, `kind`, `noun` (what buyers call it), `goods` (digital or physical), `resale` (how easily it is "
    "turned into money), `shelf` (on or off), `order` and `buyer` (so many at most in one order, to one buyer), "
    "`days` (a buyer may say that it doesn't work), `price CURRENCY` (with the steps by quantity), `redeem` "
    "(address), `shortage` (what a buyer may choose once it is gone), `guide LANGUAGE`, `delivery LANGUAGE` (said "
    "with its codes)."
)
ONLY_HERE = "The vault's key, tokens and passwords are in no export. Nor are logs, backups and the journal."


def readme(
    at: datetime | None, rows: Mapping[str, int], unopened: Mapping[str, int], *, with_codes: bool, title: str = ""
) -> str:
    """In Markdown. `at` None: of no export, but of what any has."""
    lines = [f"# {title or 'Everything the shop has'}", ""]
    if at is not None:
        codes = "Codes are in it in plain text." if with_codes else "What codes say is not in it."
        lines += [f"Exported by `mika export` as of {at:%Y-%m-%d %H:%M:%S} UTC. {codes}", ""]
    for name, many in unopened.items():
        lines += [f"**{many} values of {name} do not open by the shop's key, and are left empty.**", ""]
    lines += ["## How to read it", "", READING, "## Files", "", "| file | rows | what |", "|---|---|---|"]
    lines += [f"| `{name}` | {rows.get(name, '')} | {what} |" for name, what in OTHERS.items()]
    sheets = [Sheet(table, with_codes=with_codes) for table in tables()]
    for sheet in sheets:
        lines.append(_row(f"{sheet.table.name}.csv", rows, WORDS["tables"][sheet.table.name]))
        if sheet.nested:
            lines.append(_row(f"{sheet.table.name}.jsonl", rows, f"What nests of {sheet.table.name}.csv."))
    lines += ["", CATALOGUE, ""]
    for sheet in sheets:
        lines += _columns(sheet)
    lines += ["## What is left out", "", ONLY_HERE, "", "| table, column | because it is |", "|---|---|"]
    lines += [f"| `{name}` | {why} |" for name, why in {**LEFT_OUT, **LEFT_OUT_COLUMNS}.items()]
    return "\n".join(lines) + "\n"


def _row(file: str, rows: Mapping[str, int], what: str) -> str:
    return f"| `{file}` | {rows.get(file, '')} | {what} |"


def _columns(sheet: Sheet) -> Iterator[str]:
    yield from (f"## {sheet.table.name}.csv", "", "| column | what |", "|---|---|")
    yield from (_about(sheet, column) for column in sheet.flat)
    yield ""
    if sheet.nested:
        yield from (f"## {sheet.table.name}.jsonl", "", "| name | what |", "|---|---|")
        yield from (_about(sheet, column) for column in sheet.nested)
        yield ""


def _about(sheet: Sheet, column: Column) -> str:
    return f"| `{column.name}` | {about(sheet.table, column.name)} |"
