"""Where backups are kept: a folder, or storage that speaks S3. Nothing that is there is ever written over.

Blocking: called from a thread. What goes wrong there is PartyError, whose text holds no key.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from core.ground import points
from core.ground.errors import PartyError

PIECE = 8 << 20  # of what is fetched, or sent in one part
PARTS_AT_ONCE = 3
PART = ".part"  # what a name ends in until its file is whole
TRIES = {
    "max_retries": 6,
    "retry_timeout": timedelta(minutes=3),
    "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=10), "base": 2},
}


@dataclass(frozen=True)
class There:
    """A file at the place. Its name may say folders, with slashes."""

    name: str
    size: int


class Place(Protocol):
    """Somewhere apart from this machine, one hopes."""

    shown: str  # where that is, for people

    def files(self, under: str = "") -> list[There]:
        """Whole ones whose name begins so, by name. Raises PartyError."""
        ...

    def put(self, name: str, pieces: Iterable[bytes]) -> int:
        """Keep a new file, which is seen when it is whole. Returns its size. Raises PartyError: one is there too."""
        ...

    def get(self, name: str) -> Iterator[bytes]:
        """Its bytes. Raises PartyError: permanent=True when there is none."""
        ...

    def begin(self, name: str, most: int) -> bytes:
        """Its first bytes, and no more is fetched. Raises PartyError."""
        ...

    def remove(self, name: str) -> None:
        """A repeat changes nothing. Raises PartyError."""
        ...


class Folder:
    """A folder, such as a disk or a share that is mounted there. Made where it is missing, its parent never."""

    def __init__(self, folder: Path) -> None:
        self.shown = str(folder)
        self._folder = folder

    def files(self, under: str = "") -> list[There]:
        with self._told(), points.around("place.files"):
            self._ready()
            found = ((str(file.relative_to(self._folder)), file) for file in self._folder.rglob("*") if file.is_file())
            return sorted(
                (
                    There(name, file.stat().st_size)
                    for name, file in found
                    if name.startswith(under) and not name.endswith(PART)
                ),
                key=lambda one: one.name,
            )

    def put(self, name: str, pieces: Iterable[bytes]) -> int:
        target = self._folder / name
        beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}{PART}")  # another may put the same
        with self._told(), points.around("place.put"):
            self._ready()
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if target.exists():
                raise PartyError(f"{target} is there already, and is never written over")
            try:
                size = _written(beside, pieces)
                os.rename(beside, target)
            finally:
                beside.unlink(missing_ok=True)
            _settle(target.parent)
        return size

    def get(self, name: str) -> Iterator[bytes]:
        with self._told(), points.around("place.get"), (self._folder / name).open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def begin(self, name: str, most: int) -> bytes:
        with self._told(), points.around("place.get"), (self._folder / name).open("rb") as file:
            return file.read(most)

    def remove(self, name: str) -> None:
        with self._told(), points.around("place.remove"):
            (self._folder / name).unlink(missing_ok=True)

    def _ready(self) -> None:
        """Its parent must be there: a disk that is not mounted would otherwise be a folder on this one."""
        self._folder.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise PartyError(f"there is no {error.filename}", permanent=True) from None
        except OSError as error:
            raise PartyError(f"{error.filename or self.shown}: {error.strerror}") from None


class S3:
    """A bucket, and what its names begin with. An upload in parts is seen when it is whole, or never."""

    def __init__(
        self, bucket: str, prefix: str, *, endpoint: str | None, region: str, access_key: str, secret_key: str
    ) -> None:
        from obstore.store import S3Store

        self.shown = f"s3://{bucket}/{prefix}".rstrip("/")
        there: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            region=region,
            access_key_id=access_key,
            secret_access_key=secret_key,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
                "connect_timeout": timedelta(seconds=10),
                "timeout": timedelta(minutes=2),  # for one part
            },
            retry_config=TRIES,  # type: ignore[arg-type]
            **there,
        )

    def files(self, under: str = "") -> list[There]:
        import obstore

        folder, _, begins = under.rpartition("/")
        with self._told(self.shown), points.around("place.files"):
            listed = obstore.list(self._store, folder or None, chunk_size=1000)
            found = [There(meta["path"], meta["size"]) for some in listed for meta in some]
        wanted = f"{folder}/{begins}" if folder else begins
        return sorted((one for one in found if one.name.startswith(wanted)), key=lambda one: one.name)

    def put(self, name: str, pieces: Iterable[bytes]) -> int:
        import obstore

        counted = _Counted(pieces)
        with self._told(name), points.around("place.put"):
            if self._is_there(name):
                raise PartyError(f"{self.shown}/{name} is there already, and is never written over")
            obstore.put(self._store, name, counted, use_multipart=True, chunk_size=PIECE, max_concurrency=PARTS_AT_ONCE)
        return counted.size

    def get(self, name: str) -> Iterator[bytes]:
        """Range by range: one that breaks off is asked for again, and none is larger than a piece."""
        import obstore

        with self._told(name), points.around("place.get"):
            size = obstore.head(self._store, name)["size"]
            for start in range(0, size, PIECE):
                yield bytes(obstore.get_range(self._store, name, start=start, end=min(start + PIECE, size)))

    def begin(self, name: str, most: int) -> bytes:
        import obstore

        with self._told(name), points.around("place.get"):
            most = min(most, obstore.head(self._store, name)["size"])
            return bytes(obstore.get_range(self._store, name, start=0, end=most)) if most else b""

    def remove(self, name: str) -> None:
        import obstore

        with self._told(name), points.around("place.remove"):
            obstore.delete(self._store, name)

    def _is_there(self, name: str) -> bool:
        import obstore
        from obstore.exceptions import NotFoundError

        try:
            obstore.head(self._store, name)
        except (FileNotFoundError, NotFoundError):
            return False
        return True

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError:
            raise PartyError(f"there is no {name} at {self.shown}, or no such bucket", permanent=True) from None
        except BaseError as error:
            raise PartyError(f"{self.shown}: {_why(error)}") from None


class _Counted:
    """How much has gone by, and in pieces that are worth a call each."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.size += len(piece)
            yield piece


def _why(error: Exception) -> str:
    """What the storage says, by its own code; never its whole answer, which names the keys."""
    said = str(error)
    code = re.search(r"<Code>([A-Za-z]{1,60})</Code>", said)
    status = re.search(r"\b([45][0-9][0-9]) [A-Z][a-z]+", said)
    if code:
        return f"it answers {code[1]}"
    if status:
        return f"it answers {status[0]}"
    return "there is nothing of that name" if type(error).__name__ == "NotFoundError" else "it does not answer"


def _written(file: Path, pieces: Iterable[bytes]) -> int:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
        for piece in pieces:
            made.write(piece)
        made.flush()
        os.fsync(made.fileno())
        return made.tell()


def _settle(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
