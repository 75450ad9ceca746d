"""The folder of an export: made beside its place, readable for its owner alone, and whole or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mika.gently import POOL
from mika.refusals import Refusal

MARK = ".half-done"  # in a folder that is ours to throw away


def look_at(folder: Path) -> None:
    """Raises Refusal S043 for a place where something is."""
    try:
        if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
            raise Refusal("S043", folder=folder, what="it is there already and is not an empty folder")
    except OSError as error:
        raise Refusal("S043", folder=folder, what=error.strerror) from None


@contextmanager
def made(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes its name when the block has ended well, and is gone when it has not.

    One that a killed process left is made anew. Raises Refusal S043, also for what goes wrong with files in the block.
    """
    part = folder.with_name(f"{folder.name}.part")
    try:
        if part.is_symlink() or (part.exists() and not (part / MARK).exists()):
            raise Refusal("S043", folder=folder, what=f"{part} is in the way and is no half-done export")
        if part.exists():
            shutil.rmtree(part)
        part.mkdir(mode=0o700, parents=True)
        try:
            write(part / MARK, "This folder is not whole.\n")
            yield part
            (part / MARK).unlink()
            os.replace(part, folder)
        except BaseException:
            POOL.submit(shutil.rmtree, part).result()  # after whatever still writes there: see mika/gently.py
            raise
        _settle(folder.parent)
    except OSError as error:
        raise Refusal("S043", folder=folder, what=error.strerror or type(error).__name__) from None


@contextmanager
def file(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """A new file for text, durable after the block."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding=encoding, errors="surrogatepass", newline="") as made_now:
        yield made_now
        made_now.flush()
        os.fsync(opened)


def write(path: Path, text: str) -> None:
    with file(path) as there:
        there.write(text)


def copy(source: Path, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, path)
    path.chmod(0o600)


def _settle(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
