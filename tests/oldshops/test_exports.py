"""Exports: the same report as of the living database, and nothing of one that is cut, changed or in another zone."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import oldshops
from core.old_shops import Check, OldShop
from doubles import mariadb as mariadbs
from doubles.mariadb import MariaDB
from doubles.old_shops import SHOPS
from doubles.postgres import memory
from mika.refusals import Refusal
from oldshops import statements, throwaway
from oldshops.dump import taken
from oldshops.refused import Unreadable
from oldshops.statements import Export
from tests.oldshops.test_dujiaoka import codes

pytestmark = pytest.mark.skipif(
    not shutil.which("mariadb-dump") or not mariadbs.is_here(),
    reason="no mariadb-dump here: apt-get install mariadb-server-core mariadb-client",
)
Trapped = Callable[[str], str]
Opened = Callable[..., OldShop]

AS_TOLD = ("--skip-tz-utc", "--no-tablespaces", "--complete-insert", "--hex-blob", "--quick")
NEW = "dujiaoka 2.0.6"
WHEN = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def exported(mariadb: MariaDB, database: str, trapped: Trapped) -> Callable[..., str]:
    """What the shop's export says."""

    def export(shop: str, *options: str) -> str:
        trapped(shop)
        return mariadb.dump(database, *(options or AS_TOLD))

    return export


def written(folder: Path, text: str, name: str = "shop.sql") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def report(shop: OldShop) -> list[Check]:
    """All that doesn't say where it was read."""
    return [replace(check, lines=check.lines[4:] if check.number == 1 else check.lines) for check in shop.checks()]


def refusal(source: str, kind: str = "dujiaoka", **options: str) -> str:
    with pytest.raises(Unreadable) as told:
        oldshops.open(kind, source, old_zone=options.get("old_zone"))
    return str(Refusal(told.value.code, **told.value.facts))


@pytest.mark.parametrize("shop", SHOPS)
def test_an_export_and_the_living_database_say_the_same(
    mariadb: MariaDB, database: str, exported: Callable[..., str], opened: Opened, tmp_path: Path, shop: str
) -> None:
    kind = shop.split()[0]
    loaded = opened(kind, written(tmp_path, exported(shop)))
    living = opened(kind, mariadb.source(database))
    assert loaded.source == f"export:{database}"
    assert report(loaded)[1:] == report(living)[1:]
    assert codes(loaded) == codes(living)
    assert list(loaded.orders()) == list(living.orders())
    assert (loaded.products(), loaded.owed(), loaded.members()) == (living.products(), living.owed(), living.members())


def test_a_packed_export_is_read_likewise(exported: Callable[..., str], opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "shop.sql.gz").write_bytes(gzip.compress(exported(NEW).encode()))
    assert len(list(opened("dujiaoka", str(tmp_path / "shop.sql.gz")).orders())) == 4


def test_an_export_in_utc_needs_the_old_servers_zone(
    exported: Callable[..., str], opened: Opened, tmp_path: Path
) -> None:
    """Its server runs by +08:00: that zone, and no other, gives back the wall clock that the shop wrote."""
    source = written(tmp_path, exported(NEW, "--quick"))
    assert "S036" in (said := refusal(source))
    assert "--skip-tz-utc" in said
    assert next(iter(opened("dujiaoka", source, old_zone="+08:00").orders())).at == WHEN
    assert next(iter(opened("dujiaoka", source, old_zone="+00:00").orders())).at == WHEN - timedelta(hours=8)


def test_times_that_are_no_moments_need_no_zone(exported: Callable[..., str], opened: Opened, tmp_path: Path) -> None:
    shop = opened("acg-faka", written(tmp_path, exported("acg-faka 3.6.0", "--quick")))
    assert next(iter(shop.orders())).at == WHEN


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.8, 0.97, 0.99])
def test_an_export_that_is_cut_is_refused(exported: Callable[..., str], tmp_path: Path, keep: float) -> None:
    whole = exported(NEW)
    said = refusal(written(tmp_path, whole[: int(len(whole) * keep)]))
    assert said.startswith("S036 The export can't be used: it is cut in the middle")


def test_an_export_that_is_cut_between_two_statements_is_refused(exported: Callable[..., str], tmp_path: Path) -> None:
    whole = exported(NEW)
    assert "what every export ends with is missing" in refusal(written(tmp_path, whole[: whole.rindex("INSERT INTO")]))


def test_a_packed_export_that_is_cut_is_refused(exported: Callable[..., str], tmp_path: Path) -> None:
    packed = gzip.compress(exported(NEW).encode())
    (tmp_path / "shop.sql.gz").write_bytes(packed[: len(packed) // 2])
    assert "cut in the middle, or damaged" in refusal(str(tmp_path / "shop.sql.gz"))


def test_without_the_guard_an_export_that_is_cut_brings_less_and_nobody_knows(
    exported: Callable[..., str], opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "PAIRS", ())
    whole = exported(NEW)
    shop = opened("dujiaoka", written(tmp_path, whole[: whole.index("INSERT INTO `pays`")]))
    assert {order.rail for order in shop.orders()} == {""}


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ('SET time_zone = "+08:00";\nSTART TRANSACTION;\n', "COMMIT;\n"),  # phpMyAdmin's
        ("SET FOREIGN_KEY_CHECKS = 0;\n", "SET FOREIGN_KEY_CHECKS = 1;\n"),  # Navicat's
    ],
)
def test_exports_of_other_programs_have_ends_of_their_own(tmp_path: Path, begins: str, ends: str) -> None:
    whole = f"{begins}CREATE TABLE goods (id int);\n{ends}"
    assert len(list(Export(Path(written(tmp_path, whole))).statements())) == whole.count(";")
    with pytest.raises(Unreadable, match="missing"):
        list(Export(Path(written(tmp_path, whole.removesuffix(ends)))).statements())


def test_a_newer_servers_collation_and_sandbox_line_are_no_hindrance(
    exported: Callable[..., str], opened: Opened, tmp_path: Path
) -> None:
    text = exported(NEW).replace("utf8mb4_unicode_ci", "utf8mb4_0900_ai_ci")
    assert "utf8mb4_0900_ai_ci" in text
    text = text if text.startswith("/*M!999999") else f"/*M!999999\\- enable the sandbox mode */ \n{text}"
    assert len(list(opened("dujiaoka", written(tmp_path, text)).orders())) == 4


def test_only_tables_that_matter_are_made_and_nothing_else_is_run(tmp_path: Path) -> None:
    text = (
        "-- a comment; with a semicolon\n# another;\n/* and; a third */ DROP TABLE goods;\n"
        "DELIMITER ;;\nCREATE TRIGGER t BEGIN INSERT INTO goods VALUES (1); END ;;\nDELIMITER ;\n"
        "INSERT INTO `admin_users` VALUES (1);\nINSERT INTO `shop`.`carmis` VALUES ('a\\';b', \"c;\"\"d\", 'e'';f');\n"
        "GRANT ALL ON *.* TO x;\nSELECT 1 INTO OUTFILE 'x';\nCREATE TABLE `carmis` (a int);\n"
        "ALTER TABLE `acg_card`\n  ADD CONSTRAINT x FOREIGN KEY (a) REFERENCES b (c);\n"
        "ALTER TABLE `carmis` ADD PRIMARY KEY (`id`);\n"
    )
    found = list(filter(None, map(taken, Export(Path(written(tmp_path, text))).statements())))
    assert [statement.split(" (")[0] for statement in found] == [
        "INSERT INTO `shop`.`carmis` VALUES",
        "CREATE TABLE `carmis`",
        "ALTER TABLE `carmis` ADD PRIMARY KEY",
    ]


def test_temporary_tables_lie_in_a_folder_of_its_own() -> None:
    """A server removes what it finds of them at its start: in /tmp they might be a living server's."""
    server = throwaway.Throwaway()
    try:
        with server.connect().cursor() as cursor:
            cursor.execute("SELECT @@tmpdir")
            assert cursor.fetchone() == (os.path.dirname(server.address.socket),)
    finally:
        server.stop()


def test_a_statement_longer_than_what_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "CHUNK", 7)
    text = f"INSERT INTO carmis VALUES ('{'x' * 5000}');\nSET a = 1;\n"
    found = list(Export(Path(written(tmp_path, text))).statements())
    assert [len(statement) for statement in found] == [5031, 10]


def test_an_export_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.sql").write_bytes("INSERT INTO goods VALUES ('密卡');".encode("gb18030"))
    assert "not in UTF-8" in refusal(str(tmp_path / "shop.sql"))


def test_an_export_of_something_else_is_refused(tmp_path: Path) -> None:
    assert "S035" in refusal(written(tmp_path, "CREATE TABLE posts (id int);\n"))
    assert "S036" in refusal(written(tmp_path, "CREATE TABLE goods (id what);\n"))
    assert "S036" in refusal(str(tmp_path / "nothing.sql"))


def test_without_a_mariadb_it_says_which_package_to_install(
    exported: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = written(tmp_path, exported(NEW))
    monkeypatch.setattr(throwaway, "PLACES", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    said = refusal(source)
    assert said.startswith("S037")
    assert "apt-get install mariadb-server-core" in said


def test_nothing_is_left_of_what_was_loaded(
    exported: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither after reading, nor after a refusal."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        os.chmod(folder, 0o755)  # the server is somebody else, when we are root
        monkeypatch.setattr(tempfile, "tempdir", folder)
        leave_nothing(Path(folder), exported, tmp_path)


def leave_nothing(temporary: Path, exported: Callable[..., str], tmp_path: Path) -> None:
    source = written(tmp_path, exported(NEW))
    shop = oldshops.open("dujiaoka", source)
    assert list(temporary.iterdir())
    shop.close()
    shop.close()
    refusal(written(tmp_path, "CREATE TABLE goods (id what);\n", "bad.sql"))
    assert list(temporary.iterdir()) == []
