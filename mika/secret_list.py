"""Which secrets the shop has and where each comes from. Never a value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, SecretStr
from sqlalchemy import bindparam, func, make_url, select

from core.ground.audit import audit
from core.ground.db import Tx
from mika.settings import PREFIX, Settings
from mika.settings_read import FILE, secret_files
from mika.wiring import opened

KEY_FILES = ("private_key", "password_file", "secret_key_file")  # the other files of settings are public keys
ACTION = "replace secret"
REPLACED = select(func.max(audit.c.at)).where(audit.c.action == ACTION, audit.c.subject == bindparam("name"))
VAULT, HOOK, DATABASE = "vault", "telegram.webhook", "database"


@dataclass(frozen=True)
class Said:
    """What says a setting in place of mika.toml; nothing does where it is empty."""

    variable: str | None = None  # of the environment
    file: Path | None = None  # in the folder of MIKA_SECRETS
    alone: bool = True  # it says this setting only, and no table of them


Says = Callable[[tuple[str, ...]], Said]


@dataclass(frozen=True)
class Kept:
    """One secret: its name, the place of its value in the settings, and what it stands in."""

    name: str
    place: tuple[str, ...]
    value: str = field(repr=False)  # empty where it stands in a file of its own
    file: Path | None = None  # of its own, which the settings name
    said: Said = Said()

    @property
    def variable(self) -> str | None:
        return self.said.variable

    @property
    def written(self) -> Path | None:
        """A file other than mika.toml."""
        return self.file or self.said.file

    def where(self, settings: Settings) -> str:
        return str(self.written or self.variable or settings.file or FILE)


def everything(settings: Settings, environ: Mapping[str, str] = os.environ) -> list[Kept]:
    """All there are, in the order of mika.toml. Raises Refusal S009 where the folder of MIKA_SECRETS can't be read."""
    says = _saying(environ)
    found = [Kept(VAULT, ("key_file",), "", settings.key_path), *_plain(settings, says)]
    for which in ("buyers", "staff"):
        if bot := getattr(settings.telegram, which):
            place = ("telegram", which, "token")
            found.append(Kept(f"telegram.{which}", place, bot.token.get_secret_value(), None, says(place)))
    if settings.telegram.buyers or settings.telegram.staff:
        place = ("telegram", "hook_generation")
        found.append(Kept(HOOK, place, str(settings.telegram.hook_generation), settings.key_path, says(place)))
    for name in type(settings.rails).model_fields:
        found += _of(getattr(settings.rails, name), ("rails", name), says)
    for name in ("wechat", "email", "backups", "metrics"):
        found += _of(getattr(settings, name), (name,), says)
    return [*found, *_of(settings.suppliers.sandbox, ("suppliers", "sandbox"), says)]


def _plain(settings: Settings, says: Says) -> Iterator[Kept]:
    """Those that stand in no table: addresses with a password, or that are one."""
    if settings.database and (password := make_url(settings.database).password):
        yield Kept(DATABASE, (DATABASE,), str(password), None, says((DATABASE,)))
    if watcher := settings.heartbeat_url.get_secret_value():
        yield Kept("heartbeat_url", ("heartbeat_url",), watcher, None, says(("heartbeat_url",)))


def _of(told: BaseModel | None, place: tuple[str, ...], says: Says) -> Iterator[Kept]:
    """The secrets that are set in one table of the settings."""
    for name, value in told or ():
        at = (*place, name)
        called = ".".join((*place, name.removesuffix("_file")))
        if isinstance(value, SecretStr) and value.get_secret_value():
            yield Kept(called, at, value.get_secret_value(), None, says(at))
        elif isinstance(value, Path) and name in KEY_FILES:
            yield Kept(called, at, "", value)


def _saying(environ: Mapping[str, str]) -> Says:
    """Who says a setting in place of mika.toml: a variable of its own, or of a table that holds it; or such a file."""
    files = secret_files(environ)
    given = {name.upper(): name for name in environ}

    def says(place: tuple[str, ...]) -> Said:
        for many in range(len(place), 0, -1):
            wanted = PREFIX + "__".join(place[:many]).upper()
            if wanted in given:
                return Said(given[wanted])
            if wanted in files:
                return Said(None, files[wanted], many == len(place))
        return Said()

    return says


async def show(settings: Settings, say: Callable[[str], None]) -> None:
    """One line each: its name, where it comes from, how long it is in use as far as that is known."""
    kept = everything(settings)
    async with opened(settings, with_site=False) as house:
        for one in kept:
            since = await house.shop.db.read(in_use_since, one, settings)
            age = f"{(datetime.now(UTC) - since).days} days" if since else "not known"
            say(f"{one.name:<26} {age:>10}  {one.where(settings)}")
    say("The age is that of the file, or of the last `mika secret replace`. A value is never shown.")


def in_use_since(tx: Tx, one: Kept, settings: Settings) -> datetime | None:
    """Since when at the latest: it was replaced then, or its file was written last. None in the environment."""
    replaced: datetime | None = tx.value(REPLACED, name=one.name)
    file = one.written or (None if one.variable else settings.file)
    if replaced or file is None or not file.exists():
        return replaced
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
