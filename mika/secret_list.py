"""Which secrets the shop has and where each comes from. Never a value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, SecretStr
from sqlalchemy import bindparam, func, select

from core.ground.audit import audit
from core.ground.db import Tx
from mika.settings import FILE, PREFIX, Settings
from mika.wiring import opened

KEY_FILES = ("private_key", "password_file")  # the other files of settings are public keys
ACTION = "replace secret"
REPLACED = select(func.max(audit.c.at)).where(audit.c.action == ACTION, audit.c.subject == bindparam("name"))
VAULT, HOOK = "vault", "telegram.webhook"


@dataclass(frozen=True)
class Kept:
    """One secret: its name, the place of its value in the settings, and what it stands in."""

    name: str
    place: tuple[str, ...]
    value: str = field(repr=False)  # empty where it stands in a file of its own
    file: Path | None = None  # of its own
    variable: str | None = None  # of the environment, where it comes from there

    def where(self, settings: Settings) -> str:
        return str(self.file or self.variable or settings.file or FILE)


def everything(settings: Settings, environ: Mapping[str, str] = os.environ) -> list[Kept]:
    """All there are, in the order of mika.toml."""
    found = [Kept(VAULT, ("key_file",), "", settings.key_path)]
    for which in ("buyers", "staff"):
        if bot := getattr(settings.telegram, which):
            place = ("telegram", which, "token")
            found.append(Kept(f"telegram.{which}", place, bot.token.get_secret_value(), None, _named(place, environ)))
    if settings.telegram.buyers or settings.telegram.staff:
        place = ("telegram", "hook_generation")
        found.append(
            Kept(HOOK, place, str(settings.telegram.hook_generation), settings.key_path, _named(place, environ))
        )
    for name in type(settings.rails).model_fields:
        found += _of(getattr(settings.rails, name), ("rails", name), environ)
    found += _of(settings.wechat, ("wechat",), environ)
    found += _of(settings.email, ("email",), environ)
    return [*found, *_of(settings.suppliers.sandbox, ("suppliers", "sandbox"), environ)]


def _of(told: BaseModel | None, place: tuple[str, ...], environ: Mapping[str, str]) -> Iterator[Kept]:
    """The secrets that are set in one table of the settings."""
    for name, value in told or ():
        at = (*place, name)
        called = ".".join((*place, name.removesuffix("_file")))
        if isinstance(value, SecretStr) and value.get_secret_value():
            yield Kept(called, at, value.get_secret_value(), None, _named(at, environ))
        elif isinstance(value, Path) and name in KEY_FILES:
            yield Kept(called, at, "", value)


def _named(place: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """The variable that says it: of its own, or of a table that holds it."""
    given = {name.upper(): name for name in environ}
    wanted = (PREFIX + "__".join(place[:many]).upper() for many in range(len(place), 0, -1))
    return next((given[name] for name in wanted if name in given), None)


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
    file = one.file or (None if one.variable else settings.file)
    if replaced or file is None or not file.exists():
        return replaced
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
