"""`mika stock catalogue`: every product goes out in a file, and comes back edited; a wrong row and nothing does."""

from __future__ import annotations

from pathlib import Path

from core import catalogue_drafts
from mika import cli


def run(*arguments: str) -> int:
    try:
        cli.app(["stock", "catalogue", *arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_all_of_a_file_is_taken_or_none_of_it(settings, capsys, monkeypatch):
    monkeypatch.setattr(catalogue_drafts, "PIECE", 3)  # so that it takes several transactions
    assert run("export", "all.csv") == 0
    heading, *rows = Path("all.csv").read_text("utf-8-sig").splitlines()
    slugs = [row.partition(",")[0] for row in rows if row.partition(",")[0].replace("-", "").isalnum()]
    table = ["product,order", *(f"{slug},77" for slug in slugs)]
    Path("wrong.csv").write_text("\n".join([*table, f"{slugs[0]},5"]))
    assert run("import", "wrong.csv") == 65
    assert "Nothing was changed." in capsys.readouterr().out
    Path("edited.csv").write_text("\n".join(table))
    assert run("import", "edited.csv") == 0
    assert f"{len(slugs)} changed" in capsys.readouterr().out
    assert heading.startswith("product,")
    assert run("import", "edited.csv") == 0
    assert f"{len(slugs)} unchanged" in capsys.readouterr().out
