"""The key on paper: what is copied by hand comes back, and a slip of the pen is found where it is."""

from __future__ import annotations

import io
import os
import random
import sys
from pathlib import Path

import pytest

from core.ground.ids import CROCKFORD
from core.ground.vault import KeyRing, Vault
from mika import cli, paper
from mika.refusals import Refusal


@pytest.fixture(params=[0, 1, 3], ids=["a new key", "rotated once", "rotated three times"])
def ring(request: pytest.FixtureRequest) -> KeyRing:
    made = KeyRing.fresh()
    for _ in range(request.param):
        made = made.rotated()
    return made


def test_what_was_copied_is_the_key(ring: KeyRing):
    assert paper.read("\n".join(paper.lines(ring))) == ring


@pytest.mark.parametrize("hand", ["lower case", "O for 0, l for 1", "no numbers", "no gaps", "blank lines and notes"])
def test_it_is_read_however_it_was_written(ring: KeyRing, hand: str):
    rows = paper.lines(ring)
    text = {
        "lower case": "\n".join(rows).lower(),
        "O for 0, l for 1": "\n".join(row[:2] + row[2:].replace("0", "O").replace("1", "l") for row in rows),
        "no numbers": "\n".join(row[2:] for row in rows),
        "no gaps": "\n".join("".join(row.split()[1:]) for row in rows),
        "blank lines and notes": "# the shop's\n\n" + "\n\n".join(rows) + "\n",
    }[hand]
    assert paper.read(text) == ring


def test_every_slip_of_one_letter_is_found_in_its_line(ring: KeyRing):
    rows, dice = paper.lines(ring), random.Random(1)
    for at, row in enumerate(rows):
        for place in (place for place in range(3, len(row)) if row[place] != " "):
            other = dice.choice(CROCKFORD.replace(row[place], ""))
            slipped = [*rows[:at], row[:place] + other + row[place + 1 :], *rows[at + 1 :]]
            with pytest.raises(Refusal, match=rf"S026 .*line {at + 1}\b"):
                paper.read("\n".join(slipped))


def test_without_its_checks_a_slip_would_make_another_key(monkeypatch: pytest.MonkeyPatch):
    """The negative control: what finds the slip is the line's check, then that of the whole."""
    ring = KeyRing.fresh()
    rows = paper.lines(ring)
    slipped = rows[0][:14] + ("A" if rows[0][14] != "A" else "B") + rows[0][15:]
    monkeypatch.setattr(paper, "_check", lambda number, piece: slipped[-4:])
    text = "\n".join([slipped, *(row[:-4] + slipped[-4:] for row in rows[1:])])
    with pytest.raises(Refusal, match="not lines of one key"):
        paper.read(text)


def test_lines_that_changed_places_or_are_missing_are_no_key(ring: KeyRing):
    rows = paper.lines(ring)
    bare = [row[2:] for row in rows]
    with pytest.raises(Refusal, match=r"S026 .*line 2"):
        paper.read("\n".join([bare[0], bare[2], bare[1], *bare[3:]]))
    with pytest.raises(Refusal, match="S026"):
        paper.read("\n".join(rows[:-1]))
    with pytest.raises(Refusal, match=r"S026 .*no beginning"):
        paper.read("")


def test_lines_of_two_keys_are_no_key():
    one, other = paper.lines(KeyRing.fresh()), paper.lines(KeyRing.fresh())
    with pytest.raises(Refusal, match="not lines of one key"):
        paper.read("\n".join([*one[:4], *other[4:]]))


def test_the_groups_to_type_back_are_those_of_the_paper():
    ring = KeyRing.fresh()
    rows = [row.split()[1:] for row in paper.lines(ring)]
    for _ in range(50):
        first, second = paper.asked_back(ring)
        assert first.line != second.line
        assert all(rows[group.line - 1][group.place - 1] == group.text for group in (first, second))
        assert paper.same(f" {first.text.lower()} ", first)
        assert not paper.same(first.text[:-1], first)
        assert first.text not in repr(first)


def key(*options: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.app(["key", *options])
    return int(str(ended.value.code))


def test_a_key_file_is_made_from_paper_and_opens_what_the_first_one_sealed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    Path("mika.toml").touch()
    assert key() == 0
    sealed = Vault(KeyRing.load(tmp_path / "data/key")).seal("AAAA", "code 1")
    capsys.readouterr()
    assert key("--paper") == 0
    copy = capsys.readouterr().out
    (tmp_path / "data/key").unlink()
    monkeypatch.setattr(sys, "stdin", io.StringIO(copy.replace(copy[5], "U", 1)))
    assert key("--from-paper") == 78
    assert not (tmp_path / "data/key").exists()
    assert "S026" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO(copy))
    assert key("--from-paper") == 0
    assert Vault(KeyRing.load(tmp_path / "data/key")).open(sealed, "code 1").reveal() == "AAAA"
    assert (tmp_path / "data/key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(sys, "stdin", io.StringIO(copy))
    assert key("--from-paper") == 78  # never overwrites one


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize("data", [".", "new/data"])
def test_a_key_that_root_makes_is_for_whom_the_folder_is(tmp_path: Path, data: str):
    Path("mika.toml").write_text(f'data = "{data}"')
    os.chown(tmp_path, 12345, 12346)
    assert key() == 0
    for there in (tmp_path / data, tmp_path / data / "key"):
        assert (there.stat().st_uid, there.stat().st_gid) == (12345, 12346)
