"""The step of `mika init` about the ways to pay: each is tried at its provider, its platform's question asked once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.ground.errors import PartyError
from mika import payments
from mika.init_asking import LEFT_OUT, Check, Wrong, yes
from mika.init_questions import CRYPTO, FILES, RAIL_QUESTIONS, WAYS
from mika.init_site import Site
from mika.init_steps import Setup
from mika.rail_settings import RailSettings
from mika.rails import rails as made_rails
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import what_is_wrong


async def rails(setup: Setup) -> None:
    """Each way to pay, one after the other: its settings, tried at its provider, then where it may be offered."""
    site = setup.site
    for rail in site.told("rails") or {}:
        setup.done(f"{rail} is set up")
        _stays(setup, rail)
        await _policy(setup, rail)
    for rail in _elsewhere(site):
        await setup.is_set(f"rails.{rail}", lambda rail=rail: _tried(site.tried(), rail))
        await _policy(setup, rail)
    if site.is_left_out("rails"):
        for rail in setup.asking.rails() or ():
            if site.told(f"rails.{rail}") is None and rail not in _elsewhere(site):
                setup.stays(f"rails.{rail}")
        return setup.done("no other way to pay")
    for rail in await _wanted(setup):
        if rail in _elsewhere(site):
            continue
        if site.told(f"rails.{rail}") is None:
            await _rail(setup, rail)
        if site.told(f"rails.{rail}") is not None:
            await _policy(setup, rail)
    site.leave_out("rails")


def _elsewhere(site: Site) -> list[str]:
    """The rails that something other than mika.toml sets up, by itself."""
    names = RailSettings.model_fields
    return [rail for rail in names if site.told(f"rails.{rail}") is None and site.said_elsewhere(f"rails.{rail}")]


def _stays(setup: Setup, rail: str) -> None:
    for name, question in RAIL_QUESTIONS.items():
        if name.startswith(f"rails.{rail}.") and not question.secret and name.split(".")[2] not in FILES:
            setup.stays(name)


async def _wanted(setup: Setup) -> list[str]:
    async def known(said: str) -> list[str]:
        names = [] if said == LEFT_OUT else [name.strip() for name in said.split(",") if name.strip()]
        if unknown := [name for name in names if name not in WAYS]:
            raise Wrong(f"There is no {unknown[0]}. There are {', '.join(WAYS)}.")
        return names

    told = setup.asking.rails()
    return await setup.asking.ask("rails", known) if told is None else told


async def _rail(setup: Setup, rail: str) -> None:
    """Until its settings are a rail's, and its provider answers."""
    while True:
        values = await _rail_settings(setup, rail)
        try:
            await _tried(setup.site.tried(None, **{f"rails__{rail}": _placed(values)}), rail)
            kept = {name: _kept(setup.site, rail, name, value) for name, value in values.items()}
            return setup.site.put(None, **{f"rails__{rail}": kept})
        except Wrong as wrong:
            setup.asking.refuses(f"rails.{rail}", wrong)
            if not await setup.asking.ask("again", yes):
                return None


async def _rail_settings(setup: Setup, rail: str) -> dict[str, Any]:
    if (told := setup.asking.table(f"rails.{rail}")) is not None:
        _look_at_permit(setup, rail, told.pop("permit", []))
        return told
    setup.asking.say(f"\n  {rail}", "bold")
    names: Sequence[str] = [name.split(".")[2] for name in RAIL_QUESTIONS if name.startswith(f"rails.{rail}.")]
    values: dict[str, Any] = {}
    if rail == "crypto":
        values["kind"] = await setup.asking.ask("rails.crypto.kind", _kind)
        names = CRYPTO[values["kind"]]
    for name in names:
        values[name] = await setup.asking.ask(f"rails.{rail}.{name}", _fits(rail, name, dict(values)))
    return values


def _fits(rail: str, name: str, before: dict[str, Any]) -> Check[str]:
    """One of its settings, beside what was answered before."""

    async def fits(said: str) -> str:
        _look_at(rail, name, {**before, name: said})
        return said

    return fits


def _look_at(rail: str, name: str, values: dict[str, Any]) -> None:
    """Raises Wrong."""
    if name in FILES and not Path(values[name]).is_file():
        raise Wrong(f"There is no file {values[name]}.")
    if wrong := what_is_wrong(RailSettings, {rail: values}, name):
        raise Wrong(f"It {wrong}.")


def _look_at_permit(setup: Setup, rail: str, permit: Any) -> None:
    if not isinstance(permit, list) or set(permit) - set(payments.CHATS):
        wrong = Wrong(f"it names the chats whose warning you have read, of {', '.join(payments.CHATS)}")
        setup.asking.refuses(f"rails.{rail}.permit", wrong)


async def _kind(said: str) -> str:
    if said not in CRYPTO:
        raise Wrong(f"There are {', '.join(CRYPTO)}.")
    return said


def _placed(values: dict[str, Any]) -> dict[str, Any]:
    """Files are named from where the command was started."""
    return {name: str(Path(value).absolute()) if name in FILES else value for name, value in values.items()}


def _kept(site: Site, rail: str, name: str, value: Any) -> Any:
    """A key file is copied to where only its owner reads it."""
    return site.keep_secret(f"{rail}_{name}.pem", Path(value).read_bytes()) if name in FILES else value


async def _tried(settings: Settings, rail: str) -> None:
    """Whether it can be made, and its provider answers. Raises Wrong."""
    try:
        made = made_rails(settings.rails, settings.address, settings.currency, bot=settings.buyers_bot)[rail]
    except Refusal as refusal:
        raise Wrong(refusal.happened) from None
    except KeyError:
        raise Wrong(f"{rail} has no `url`") from None
    try:
        await made.well()
    except PartyError as error:
        raise Wrong(f"its provider does not answer as it should ({error})") from None
    finally:
        await made.aclose()


async def _policy(setup: Setup, rail: str) -> None:
    """Where the platform's terms don't allow it: offered after the warning was read, or not. Asked once."""
    site = setup.site
    settings = site.settings()
    for chat in chats(settings):
        asked = f"{rail} in {chat}"
        if site.is_left_out(asked):
            continue
        if await payments.is_permitted(settings, rail, chat) or not await payments.warning(settings, rail, chat):
            continue

        def agrees(chat: str = chat) -> bool:
            return setup.asking.agrees(rail, chat)

        if not await payments.permit(settings, rail, chat, "digital", setup.asking.say, agrees):
            site.leave_out(asked)


def chats(settings: Settings) -> list[str]:
    """Those that are connected."""
    bots = ["telegram"] if settings.telegram.buyers else []
    return ["browser", *bots, *(["wechat"] if settings.wechat else [])]
