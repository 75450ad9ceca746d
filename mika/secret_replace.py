"""A new secret in the place of one that leaked: tried where it is used, then written where the old one stands."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from core.ground import audit
from core.ground.errors import PartyError
from mika import secret_exposed, telegram, vault_command
from mika.rails import rails
from mika.refusals import Refusal
from mika.rewriting import NotThere, replace_file, unwritable, with_value
from mika.secret_list import ACTION, DATABASE, HOOK, VAULT, Kept, everything, in_use_since
from mika.settings import PREFIX, Settings
from mika.wiring import mailer, opened, wechat_calls

Say = Callable[[str], None]
LARGEST = 64 * 1024  # bytes of a key file


@dataclass(frozen=True)
class Wanted:
    """What the owner asked for: which secret, since when it may be known, and where a new value comes from."""

    name: str
    since: datetime | None
    new: Callable[[Kept], str]  # asked hidden, or read from a pipe
    agrees: Callable[[], bool]


async def replace(settings: Settings, wanted: Wanted, say: Say, environ: Mapping[str, str] = os.environ) -> int:
    """Replaces it and says what was exposed meanwhile. Returns how the command should end: 1 if it was not replaced.

    Raises Refusal S040, S041, S042, and those of the command it goes to; nothing has changed then.
    """
    one = _named(settings, wanted.name, environ)
    since = wanted.since
    async with opened(settings, with_site=False) as house:
        since = since or await house.shop.db.read(in_use_since, one, settings) or datetime.fromtimestamp(0).astimezone()
    status = await _put(settings, one, wanted, say)
    if status == 0 or one.name == VAULT:
        async with opened(settings, with_site=False) as house:
            await house.shop.db.write(audit.write, "command line", ACTION, one.name)
            await secret_exposed.tell(house.shop, one, since, say)
    return status


def _named(settings: Settings, name: str, environ: Mapping[str, str]) -> Kept:
    there = {one.name: one for one in everything(settings, environ)}
    if name not in there:
        raise Refusal("S040", what=f"there is no {name} in this shop; there are {', '.join(there)}")
    return there[name]


async def _put(settings: Settings, one: Kept, wanted: Wanted, say: Say) -> int:
    if one.name == VAULT:
        return await vault_command.rotate(settings)
    if one.variable:
        what = f"it comes from {one.variable} of the environment, which no program can change for others"
        raise Refusal("S041", what=what, todo=f"Set {one.variable} anew where you set it, and restart `mika run`.")
    if one.said.file and not one.said.alone:
        what = f"it stands in {one.said.file} of MIKA_SECRETS, with other settings"
        raise Refusal("S041", what=what, todo="Write the new one into that file yourself, and restart `mika run`.")
    if one.name == DATABASE:
        what = f"it is a part of the database's address, in {one.where(settings)}"
        todo = "Set a new one at the database (ALTER ROLE), write it into that address, and restart `mika run`."
        raise Refusal("S041", what=what, todo=todo)
    if one.place[-1] == "token" and one.place[0] == "telegram":
        which: Any = one.place[1]
        file = one.written or settings.file
        done = await telegram.replace(settings, which, wanted.new(one), say, wanted.agrees, file)
        return 0 if done else 1
    if one.name == HOOK:
        _write_setting(settings, one, settings.telegram.hook_generation + 1, adds=True)
        say("Both bots have a new webhook address and secret. Restart every `mika run`: it tells Telegram.")
        return 0
    new = wanted.new(one)
    await _write(settings, one, new, say)
    return 0


async def _write(settings: Settings, one: Kept, new: str, say: Say) -> None:
    """Raises Refusal S040 for what can't be it, S042 where it does not work; then writes it. S041 if it can't."""
    old = one.value or _text_of(one)
    if not new.strip() or len(new) > LARGEST:
        raise Refusal("S040", what="nothing was given" if not new.strip() else "that is too long for a secret")
    if new.strip() == old.strip():
        raise Refusal("S040", what="the new value is the old one")
    if one.file is None:
        await _verify(_changed(settings, one, SecretStr(new)), settings, one, say)
        _write_setting(settings, one, new)
    else:
        await _write_file(settings, one, one.file, new, say)
    say(f"{one.where(settings)} has the new one. Restart `mika run`: until then it goes on with the old one.")


async def _write_file(settings: Settings, one: Kept, file: Path, new: str, say: Say) -> None:
    """A file of its own: the new one is tried from beside it."""
    beside = file.with_name(f"{file.name}.tried")
    try:
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as tried:
            tried.write(new)
        await _verify(_changed(settings, one, beside), settings, one, say)
        replace_file(file, new.encode())
    except OSError as error:
        raise unwritable(file, error) from None
    finally:
        with suppress(OSError):  # where nothing can be written, not even this
            beside.unlink()


def _text_of(one: Kept) -> str:
    try:
        return one.file.read_text(encoding="utf-8") if one.file else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _changed(settings: Settings, one: Kept, new: SecretStr | Path) -> Settings:
    """The settings with it. Raises Refusal S040 for what the setting does not take; its text quotes nothing."""
    top, *inner = one.place
    if not inner:
        return _changed_itself(settings, top, new)
    return settings.changed(**{top: _with(getattr(settings, top), inner, new)})


def _changed_itself(settings: Settings, name: str, new: SecretStr | Path) -> Settings:
    try:
        Settings.model_validate({name: new})
    except ValidationError as error:
        raise _not_of_its_form(error) from None
    return settings.changed(**{name: new})


def _with(told: Any, place: list[str], new: SecretStr | Path) -> BaseModel:
    if len(place) > 1:
        return told.model_copy(update={place[0]: _with(getattr(told, place[0]), place[1:], new)})
    try:
        return type(told).model_validate(dict(told) | {place[0]: new})
    except ValidationError as error:
        raise _not_of_its_form(error) from None


def _not_of_its_form(error: ValidationError) -> Refusal:
    why = str(error.errors(include_input=False, include_url=False)[0]["msg"]).removeprefix("Value error, ")
    return Refusal("S040", what=f"that is not of its form: it {why}")


# Whether it works


async def _verify(changed: Settings, settings: Settings, one: Kept, say: Say) -> None:
    """Asks whoever takes it. Raises Refusal S042."""
    try:
        match one.place[0], one.place[-1]:
            case "rails", _:
                await _verify_rail(changed, settings, one.place[1])
            case "wechat", "secret":
                await _verify_wechat(changed)
            case "email", _:
                await _verify_mail(changed)
            case _:
                return say("Nobody can be asked whether it is right: it shows when the shop runs with it.")
    except PartyError as error:  # a SendError is one
        raise Refusal("S042", what=" ".join(str(error).split())[:200] or type(error).__name__) from None
    if one.place[0] == "rails" and _signs_only(changed, one.place[-1]):
        say("The provider answers. What signs its notices shows when one comes: `mika payments check` tries the door.")
    else:
        say("It was tried, and it works.")


def _signs_only(changed: Settings, field: str) -> bool:
    """Whether no question that we ask shows that it is right: only notices are signed or sealed by it."""
    crypto = changed.rails.crypto
    return field in ("secret", "key", "api_v3_key") or (field == "token" and bool(crypto) and crypto.kind == "epusdt")


async def _verify_rail(changed: Settings, settings: Settings, name: str) -> None:
    told = (settings.address, settings.currency)
    before = rails(settings.rails, *told, bot=settings.buyers_bot, demo=settings.demo).get(name)
    after = None
    try:
        after = rails(changed.rails, *told, bot=changed.buyers_bot, demo=changed.demo).get(name)
        if after is None:
            raise PartyError(f"{name} is not set up as a whole")
        if before and (before.mode, before.account) != (after.mode, after.account):
            raise PartyError(f"it is of {after.mode} mode or another account, and the old one was of {before.mode}")
        await after.well()
    except Refusal:  # a rail looks at its key files when it is made
        raise Refusal("S040", what="that is no key of the form that this rail takes") from None
    finally:
        for rail in (before, after):
            if rail:
                await rail.aclose()


async def _verify_wechat(changed: Settings) -> None:
    assert changed.wechat is not None  # noqa: S101
    calls = wechat_calls(changed.wechat)
    try:
        await calls.addresses()
    finally:
        await calls.aclose()


async def _verify_mail(changed: Settings) -> None:
    mail = mailer(changed)
    try:
        await mail.check()
    finally:
        await mail.aclose()


# Where it stands


def _write_setting(settings: Settings, one: Kept, new: str | int, *, adds: bool = False) -> None:
    """Into its own file of MIKA_SECRETS, or into mika.toml in its place. Raises Refusal S041."""
    if one.said.file:
        return _write_alone(one.said.file, str(new))
    file = settings.file
    if file is None:
        variable = PREFIX + "__".join(one.place).upper()
        what = "there is no mika.toml" if isinstance(new, str) else f"there is no mika.toml to put {new} in"
        raise Refusal("S041", what=what, todo=f"Set {variable} where you set the others, and restart `mika run`.")
    try:
        text = file.read_text(encoding="utf-8")
        replace_file(file, with_value(text, one.place, new, adds=adds).encode())
    except NotThere:
        what = f"{'.'.join(one.place)} does not stand in {file} on a line of its own"
        raise Refusal(
            "S041", what=what, todo=f"Write the new one into {file} yourself, and restart `mika run`."
        ) from None
    except OSError as error:
        raise unwritable(file, error) from None


def _write_alone(file: Path, new: str) -> None:
    try:
        replace_file(file, new.encode())
    except OSError as error:
        raise unwritable(file, error) from None
