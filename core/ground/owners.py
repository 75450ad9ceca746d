"""Whose a new file is: a command that root runs leaves the shop's files to whom the shop runs as."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def give(made: int, place: Path) -> None:
    """As root, the open file goes to whom the one at its place belongs, else to whom the folder there does.

    By its number, not by its name: somebody else may own the folder, and put another file under that name.
    """
    if os.geteuid() != 0:
        return
    try:
        like = place.stat()
    except FileNotFoundError:
        like = place.parent.stat()
    os.fchown(made, like.st_uid, like.st_gid)


def make_folder(path: Path) -> None:
    """For its owner alone, where it is not there yet; those above it are made as well. As root, all that are made go to
    whom the nearest that was there belongs. Raises OSError.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in reversed(missing):
        made = os.open(each, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            give(made, each.parent)
        finally:
            os.close(made)


def prepare(place: Path) -> None:
    """As root, for a program that makes a file by its name: it finds an empty one, of whom the folder belongs to."""
    if os.geteuid() != 0:
        return
    with suppress(OSError):  # there is one, or none can be made, as that program will say
        made = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            give(made, place.parent)
        finally:
            os.close(made)
