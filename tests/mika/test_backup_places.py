"""Where backups lie: a folder, and storage that speaks S3. Both keep the same promises."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.ground.errors import PartyError
from doubles.storage import NotInstalled, storage
from mika.backup_places import PIECE, S3, Folder, Place, There

numbers = itertools.count()
CANARY = "canary-5c1d"


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    try:
        with storage(tmp_path_factory.mktemp("storage")) as address:
            yield address
    except NotInstalled as why:
        pytest.skip(str(why))


def s3(address: str, bucket: str = "backups") -> S3:
    prefix = f"shop-{next(numbers)}"
    return S3(bucket, prefix, endpoint=address, region="eu-1", access_key="proof", secret_key=CANARY)


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Folder(tmp_path / "there") if request.param == "folder" else s3(request.getfixturevalue("bucket"))


def test_what_is_put_there_is_listed_and_comes_back(place: Place):
    content = secrets.token_bytes(2 * PIECE + 5)
    assert place.files() == []
    assert place.put("mika-1", (content[at : at + 999_983] for at in range(0, len(content), 999_983))) == len(content)
    assert place.put("journal/one/0-3", [b"abc"]) == 3
    assert place.files() == [There("journal/one/0-3", 3), There("mika-1", len(content))]
    assert place.files("journal/") == [There("journal/one/0-3", 3)]
    assert [one.name for one in place.files("mika-")] == ["mika-1"]
    assert b"".join(place.get("mika-1")) == content
    assert (place.begin("mika-1", 9), place.begin("journal/one/0-3", 9)) == (content[:9], b"abc")
    place.remove("mika-1")
    place.remove("mika-1")
    assert [one.name for one in place.files()] == ["journal/one/0-3"]


def test_nothing_is_written_over(place: Place):
    place.put("mika-1", [b"first"])
    with pytest.raises(PartyError, match="never written over"):
        place.put("mika-1", [b"second"])
    assert b"".join(place.get("mika-1")) == b"first"


def test_what_breaks_off_while_it_is_put_there_is_not_there(place: Place, tmp_path: Path):
    def breaks_off() -> Iterator[bytes]:
        yield bytes(PIECE + 1)
        raise PartyError("the shop closed")

    with pytest.raises(Exception, match="the shop closed"):
        place.put("mika-1", breaks_off())
    assert place.files() == []
    assert not list(tmp_path.rglob("*.part"))


def test_what_is_not_there_is_said(place: Place):
    with pytest.raises(PartyError, match="there is no"):
        list(place.get("mika-9"))


def without_parent(folder: Path, address: str) -> Place:
    return Folder(folder / "not" / "mounted")


def without_bucket(folder: Path, address: str) -> Place:
    return s3(address, "no-such-bucket")


def nobody_there(folder: Path, address: str) -> Place:
    return s3("http://127.0.0.1:9")


@pytest.mark.parametrize("away", [without_parent, without_bucket, nobody_there])
def test_a_place_that_is_away_is_said_without_its_key(away: Callable[[Path, str], Place], tmp_path: Path, bucket: str):
    place = away(tmp_path, bucket)
    for asked in (lambda: place.put("mika-1", [b"x"]), place.files):
        with pytest.raises(PartyError) as told:
            asked()
        assert CANARY not in f"{told.value!r} {place!r}"
