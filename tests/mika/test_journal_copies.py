"""The journal's copies: every line is there once it was copied, whatever became of the journal here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from core.ground.errors import PartyError
from mika import journal_copies
from mika.backup_places import Folder
from mika.journal_copies import copied, fetched, pieces

LINE = "{0} {0} " + "ab" * 32 + " 2026-03-14T06:05:00+00:00\n"


@pytest.fixture
def place(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "there")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "handed-over.journal"


def add(journal: Path, *numbers: int) -> None:
    with journal.open("a") as file:
        file.writelines(LINE.format(number) for number in numbers)


def there(place: Folder) -> str:
    return b"".join(fetched(place)).decode()


def test_what_is_new_is_copied_and_nothing_twice(place: Folder, journal: Path):
    assert copied(journal, place) == 0  # nothing was handed over yet
    add(journal, 1, 2)
    assert copied(journal, place) == journal.stat().st_size
    assert copied(journal, place) == 0
    add(journal, 3)
    assert copied(journal, place) == len(LINE.format(3))
    assert there(place) == journal.read_text()
    assert len(pieces(place)) == 2


def test_a_line_that_is_being_written_waits(place: Folder, journal: Path):
    add(journal, 1)
    with journal.open("a") as file:
        file.write(LINE.format(2)[:30])
    copied(journal, place)
    assert there(place) == LINE.format(1)


def test_many_pieces_become_one(place: Folder, journal: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal_copies, "MANY", 5)
    for number in range(1, 14):
        add(journal, number)
        copied(journal, place)
        assert there(place) == journal.read_text()
    assert len(pieces(place)) < 7


def test_a_journal_that_was_taken_back_to_an_older_state_loses_no_line_there(place: Folder, journal: Path):
    add(journal, 1)
    older = journal.read_text()
    add(journal, 2, 3)
    copied(journal, place)
    journal.write_text(older)
    add(journal, 4)
    copied(journal, place)
    add(journal, 5, 6, 7)
    copied(journal, place)
    assert {line.split()[0] for line in there(place).splitlines()} == set("1234567")
    assert copied(journal, place) == 0


def test_the_journal_of_a_new_machine_lies_beside_the_old_ones(place: Folder, journal: Path):
    add(journal, 1, 2)
    copied(journal, place)
    journal.unlink()
    add(journal, 8)
    copied(journal, place)
    assert {line.split()[0] for line in there(place).splitlines()} == set("128")


def test_a_journal_that_was_fetched_goes_on_where_it_was(place: Folder, journal: Path):
    add(journal, 1, 2)
    copied(journal, place)
    journal.write_text(there(place))
    add(journal, 3)
    assert copied(journal, place) == len(LINE.format(3))


def test_a_piece_that_is_damaged_is_said(place: Folder, journal: Path, tmp_path: Path):
    add(journal, 1, 2)
    copied(journal, place)
    (file,) = [found for found in (tmp_path / "there").rglob("*") if found.is_file()]
    file.write_text(LINE.format(1) + LINE.format(9))
    with pytest.raises(PartyError, match="is damaged"):
        there(place)


def may_remove_nothing(self: Folder, name: str) -> None:
    raise PartyError("it answers AccessDenied")


def test_where_nothing_may_be_removed_pieces_are_put_together_once(
    place: Folder, journal: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(journal_copies, "MANY", 3)
    monkeypatch.setattr(Folder, "remove", may_remove_nothing)
    for number in range(1, 9):
        add(journal, number)
        copied(journal, place)
    assert there(place) == journal.read_text()
    assert len(pieces(place)) == 9
    monkeypatch.undo()
    monkeypatch.setattr(journal_copies, "MANY", 3)
    add(journal, 9)
    copied(journal, place)
    assert len(pieces(place)) < 9
    assert there(place) == journal.read_text()


def test_a_piece_that_is_missing_is_said(place: Folder, journal: Path):
    for number in (1, 2, 3):
        add(journal, number)
        copied(journal, place)
    place.remove(pieces(place)[1].name)
    with pytest.raises(PartyError, match="lacks its bytes"):
        there(place)


def test_a_piece_that_another_process_put_there_meanwhile_is_done(
    place: Folder, journal: Path, monkeypatch: pytest.MonkeyPatch
):
    add(journal, 1)
    puts = Folder.put

    def late(self: Folder, name: str, some: Iterable[bytes]) -> int:
        puts(self, name, some)
        return puts(self, name, some)

    monkeypatch.setattr(Folder, "put", late)
    assert copied(journal, place) == journal.stat().st_size
