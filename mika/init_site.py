"""What `mika init` has made so far: mika.toml, which grows block by block, and files of secrets beside it.

At any moment mika.toml is whole and a shop's settings: what is added is tried first, then put in its place at once.
What somebody has written into it by hand stays.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.ground import owners, points
from mika.init_asking import Wrong
from mika.refusals import Refusal
from mika.settings import PREFIX, Settings
from mika.settings_read import FILE, load, secret_files

FIRST = "# Made by `mika init`, which run again goes on where it was. docs/settings.md tells what else there is."
MARK = "# Left out when asked; "  # how such a line begins, whatever it says to do
LEFT_OUT = f"{MARK}`mika init --again` asks again: "
OPEN = 0o077
ITS_NAME = re.compile(r"^`(?:[A-Za-z_-]+\.)*([A-Za-z_-]+)`: ")
BARE = re.compile(r"[A-Za-z0-9_-]+")
Values = Mapping[str, Any]


class Site:
    """The folder of a shop that is being set up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.file = self.folder / FILE

    @contextmanager
    def held(self) -> Iterator[None]:
        """The folder, made if need be, with no other `mika init` in it. Raises Refusal S008, S010, S025."""
        try:
            owners.make_folder(self.folder)
            opened = os.open(self.folder, os.O_RDONLY)
        except OSError as error:
            raise Refusal("S008", folder=self.folder, what=error.strerror or type(error).__name__) from None
        try:
            _lock(opened)
            self._look_whose()
            yield
        finally:
            os.close(opened)

    def _look_whose(self) -> None:
        if self.file.exists():
            if not self.text().startswith(FIRST):
                raise Refusal("S025", what=f"{self.file} was written by somebody else")
            self.file.chmod(self.file.stat().st_mode & ~OPEN)
        elif found := [name for name in ("key", "shop.db") if (self.folder / "data" / name).exists()]:
            raise Refusal("S025", what=f"{self.folder / 'data' / found[0]} is there, and no {FILE}")

    # What is there

    def text(self) -> str:
        try:
            return self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return f"{FIRST}\n"
        except (OSError, UnicodeDecodeError) as error:
            what = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise Refusal("S009", file=self.file, what=what) from None

    def told(self, name: str) -> Any:
        """What mika.toml says under a name with dots, as it stands there; None if nothing."""
        try:
            found: Any = tomllib.loads(self.text())
        except tomllib.TOMLDecodeError:
            raise Refusal("S009", file=self.file, what="it is not TOML") from None
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def said_elsewhere(self, name: str) -> str:
        """What says a setting, or one of a block, in place of mika.toml: a variable, or a file of MIKA_SECRETS."""
        wanted = f"{PREFIX}{name.upper().replace('.', '__')}__"
        files = {variable: str(file) for variable, file in secret_files(os.environ).items()}
        saying = {**files, **{variable: variable for variable in os.environ}}
        return next((where for said, where in saying.items() if f"{said.upper()}__".startswith(wanted)), "")

    def is_left_out(self, name: str) -> bool:
        return name in _left_out(self.text())

    def settings(self) -> Settings:
        """As far as they go. Raises Refusal as every start does."""
        return load(self.file) if self.file.exists() else load(self.folder / FILE, {})

    # What comes in

    def put(self, top: Values | None = None, **tables: Values) -> None:
        """Add settings, and blocks by their names, all of it or nothing. Raises Wrong for what settings refuse."""
        self._replace(_with(self.text(), top or {}, tables))

    def leave_out(self, name: str) -> None:
        """It was asked and is not wanted: it is not asked again."""
        self._leave_out([*_left_out(self.text()), name])

    def _leave_out(self, names: Sequence[str]) -> None:
        kept = [row for row in self.text().splitlines() if not row.startswith(MARK)]
        if names:
            kept.insert(1, LEFT_OUT + ", ".join(dict.fromkeys(names)))
        self._replace("\n".join(kept) + "\n")

    def ask_again(self) -> None:
        """What was left out is open again, but for the database: there the usual one was taken, and is in use."""
        if names := _left_out(self.text()):
            self._leave_out([name for name in names if name == "database"])

    def tried(self, top: Values | None = None, **tables: Values) -> Settings:
        """The settings as they would be with these. Raises Wrong."""
        return self._loaded(self._beside(_with(self.text(), top or {}, tables)), keep=False)

    def keep_secret(self, name: str, content: bytes) -> str:
        """A file in secrets/ that only its owner reads; returns its name for mika.toml. Raises Refusal S011."""
        path = self.folder / "secrets" / name
        try:
            owners.make_folder(path.parent)
            _write(path.with_name(f"{name}.new"), content, path)
            with points.around("init secret"):
                os.replace(path.with_name(f"{name}.new"), path)
        except OSError as error:
            path.with_name(f"{name}.new").unlink(missing_ok=True)
            raise Refusal("S011", file=path, what=error.strerror or type(error).__name__) from None
        return f"secrets/{name}"

    def _replace(self, text: str) -> None:
        beside = self._beside(text)
        self._loaded(beside, keep=True)
        with points.around("init settings"):
            os.replace(beside, self.file)
        opened = os.open(self.folder, os.O_RDONLY)  # a file's name is durable only when its folder is
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

    def _beside(self, text: str) -> Path:
        beside = self.file.with_name(f"{FILE}.new")
        try:
            _write(beside, text.encode(), self.file)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise Refusal("S011", file=self.file, what=error.strerror or type(error).__name__) from None
        return beside

    def _loaded(self, beside: Path, *, keep: bool) -> Settings:
        """Loaded from where it will be. Raises Wrong, and then it is gone again."""
        try:
            found = load(beside)
        except Refusal as refusal:
            beside.unlink()
            raise Wrong(_why(refusal)) from None
        if not keep:
            beside.unlink()
        return found


def _why(refusal: Refusal) -> str:
    """Whoever was just asked for a setting knows its name; of a block it is said which one."""
    told = refusal.happened.removeprefix("A setting is wrong: ")
    its = ITS_NAME.match(told)
    if its is None:
        return told
    return told[its.end() :] if "." not in its[0] else f"`{its[1]}`: {told[its.end() :]}"


def _lock(opened: int) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refusal("S010", what="`mika init`") from None


def _write(path: Path, content: bytes, place: Path) -> None:
    """What takes its place later. Whatever an interrupted run has left there is of no use to anybody."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        owners.give(file.fileno(), place)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _left_out(text: str) -> list[str]:
    row = next((row for row in text.splitlines() if row.startswith(MARK)), "")
    return [name.strip() for name in row.rpartition(": ")[2].split(",") if name.strip()]


def _with(text: str, top: Values, tables: Mapping[str, Values]) -> str:
    """Settings go before the first block, blocks behind the last."""
    rows = text.splitlines()
    first = next((at for at, row in enumerate(rows) if row.startswith("[")), len(rows))
    head = [*(row for row in _trimmed(rows[:first])), *(f"{_key(name)} = {_toml(top[name])}" for name in top)]
    tail = rows[first:]
    for name, values in tables.items():
        tail += ["", f"[{name.replace('__', '.')}]", *(f"{_key(key)} = {_toml(values[key])}" for key in values)]
    return "\n".join([*head, *([""] if tail and tail[0] else []), *tail]) + "\n"


def _trimmed(rows: list[str]) -> list[str]:
    while rows and not rows[-1].strip():
        rows = rows[:-1]
    return rows


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(name))} = {_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
