"""Changing one value in mika.toml, and files put in another's place: whole, or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.ground import owners
from mika.refusals import Refusal

TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_.\s]+?)\s*\]\s*(#.*)?")
SET = re.compile(r"(\s*)([A-Za-z0-9_]+)(\s*=\s*)(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[0-9]+)(\s*(?:#.*)?)")


class NotThere(Exception):
    """The value does not stand in the file in a form that can be changed in its place."""


def with_value(text: str, place: Sequence[str], new: str | int, *, adds: bool = False) -> str:
    """The same TOML with another value at ("rails", "stripe", "secret"); nothing else in it changes.

    `adds`: it is put there where it is not. Raises NotThere.
    """
    *tables, name = place
    lines, within = text.splitlines(keepends=True), ""
    for number, line in enumerate(lines):
        if table := TABLE.fullmatch(line.rstrip("\n")):
            within = re.sub(r"\s", "", table[1])
        found = SET.fullmatch(line.rstrip("\n"))
        if found and within == ".".join(tables) and found[2] == name:
            ending = "\n" if line.endswith("\n") else ""
            lines[number] = f"{found[1]}{name}{found[3]}{_toml(new)}{found[5]}{ending}"
            return _checked(text, "".join(lines), place, new)
    if not adds:
        raise NotThere
    return _checked(text, _added(lines, ".".join(tables), f"{name} = {_toml(new)}\n"), place, new)


def _added(lines: list[str], table: str, line: str) -> str:
    """Below the head of its table, or in a table of its own at the end."""
    for number, each in enumerate(lines):
        if (head := TABLE.fullmatch(each.rstrip("\n"))) and re.sub(r"\s", "", head[1]) == table:
            return "".join([*lines[: number + 1], line, *lines[number + 1 :]])
    return "".join([*lines, "" if not lines or lines[-1].endswith("\n") else "\n", f"\n[{table}]\n", line])


def _toml(value: str | int) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _checked(before: str, after: str, place: Sequence[str], new: str | int) -> str:
    """Read again, it says what it said but for that one value. Raises NotThere."""
    try:
        was, now = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        raise NotThere from None
    if _put(was, place, new) != now:
        raise NotThere
    return after


def _put(tree: dict[str, Any], place: Sequence[str], new: Any) -> dict[str, Any]:
    at = tree
    for table in place[:-1]:
        at = at.setdefault(table, {})
        if not isinstance(at, dict):
            raise NotThere
    at[place[-1]] = new
    return tree


def replace_file(file: Path, content: bytes) -> None:
    """Put this in the file's place, with its mode, and its owner where we may; a link stays one. It is durable when
    this returns. Raises OSError, and then it is as it was.
    """
    file = file.resolve()
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)  # of a command that was ended
    try:
        mode = file.stat().st_mode & 0o777
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as made:
            owners.give(made.fileno(), file)
            made.write(content)
            made.flush()
            os.fsync(made.fileno())
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def unwritable(file: Path, error: OSError) -> Refusal:
    """S041, with what to do: where it is mounted to be read only, it is written where it is kept."""
    what = f"{file}: {error.strerror or type(error).__name__}"
    if error.errno in (errno.EROFS, errno.EBUSY):  # mounted, as Docker's secrets and systemd's credentials are
        kept = f"Change it where you keep it (deploy/secrets/{file.name} or /etc/mika/{file.name}), and restart."
        return Refusal("S041", what=what, todo=kept)
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    todo = "Make room on that disk" if full else "Give this user the right to write there"
    return Refusal("S041", what=what, todo=f"{todo}, and try again.")
