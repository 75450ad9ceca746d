"""The last steps of `mika init`: the ways to pay, mail, the first product and its codes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import catalog, inventory, product_fields, shelving
from core.catalog import Product
from core.ground.errors import PartyError, SendError
from core.ground.tx import Tx
from core.ground.words import Hearer, render
from mika import payments, stock
from mika.init_asking import LEFT_OUT, Wrong, yes
from mika.init_questions import CRYPTO, FILES, RAIL_QUESTIONS
from mika.init_site import Site
from mika.init_steps import Setup, languages
from mika.rail_settings import RailSettings
from mika.rails import rails as made_rails
from mika.refusals import Refusal
from mika.settings import Settings
from mika.stock_files import BadFile
from mika.wiring import mailer, opened

KEY = "mika init"  # the product's, so that it is made once
BY = "command line"


# Ways to pay


async def rails(setup: Setup) -> None:
    """Each way to pay, one after the other: its settings, tried at its provider, then where it may be offered."""
    site = setup.site
    for rail in site.told("rails") or {}:
        setup.done(f"{rail} is set up")
        await _policy(setup, rail)
    if site.is_left_out("rails"):
        return setup.done("no other way to pay")
    for rail in await _wanted(setup):
        if site.told(f"rails.{rail}") is None:
            await _rail(setup, rail)
        if site.told(f"rails.{rail}") is not None:
            await _policy(setup, rail)
    site.leave_out("rails")


async def _wanted(setup: Setup) -> list[str]:
    async def known(said: str) -> list[str]:
        names = [] if said == LEFT_OUT else [name.strip() for name in said.split(",") if name.strip()]
        if unknown := [name for name in names if name not in RailSettings.model_fields]:
            raise Wrong(f"There is no {unknown[0]}. There are {', '.join(RailSettings.model_fields)}.")
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
    names = [name.rpartition(".")[2] for name in RAIL_QUESTIONS if name.startswith(f"rails.{rail}.")]
    if rail != "crypto":
        return {name: await setup.asking.ask(f"rails.{rail}.{name}", _as_it_is) for name in names}
    kind = await setup.asking.ask("rails.crypto.kind", _kind)
    return {"kind": kind} | {name: await setup.asking.ask(f"rails.crypto.{name}", _as_it_is) for name in CRYPTO[kind]}


def _look_at_permit(setup: Setup, rail: str, permit: Any) -> None:
    if not isinstance(permit, list) or set(permit) - set(payments.CHATS):
        wrong = Wrong(f"it names the chats whose warning you have read, of {', '.join(payments.CHATS)}")
        setup.asking.refuses(f"rails.{rail}.permit", wrong)


async def _as_it_is(said: str) -> str:
    return said


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


# Mail


async def email(setup: Setup) -> None:
    """A mail server that takes our login."""
    site = setup.site
    if site.told("email") is not None or site.is_left_out("email"):
        return setup.done("no mail" if site.told("email") is None else f"mail goes by {site.told('email.host')}")
    while True:
        host = await setup.asking.ask("email.host", _as_it_is)
        if host in ("", LEFT_OUT):
            return site.leave_out("email")
        values = await _mail_settings(setup, host)
        try:
            await _takes_us(site.tried(None, email=values))
            if password := values.pop("password", ""):
                values["password_file"] = site.keep_secret("email", password.encode())
            return site.put(None, email=values)
        except Wrong as wrong:
            setup.asking.refuses("email", wrong)


async def _mail_settings(setup: Setup, host: str) -> dict[str, Any]:
    said = {name: await setup.asking.ask(f"email.{name}", _as_it_is) for name in ("security", "port", "sender", "user")}
    values: dict[str, Any] = {"host": host, **{name: value for name, value in said.items() if value}}
    port = values.pop("port", "0")
    if not port.isdecimal():
        setup.asking.refuses("email.port", Wrong("A port is a number; the usual one is taken."))
    elif int(port):
        values["port"] = int(port)
    if said["user"]:
        values["password"] = await setup.asking.ask("email.password", _as_it_is)
    return values


async def _takes_us(settings: Settings) -> None:
    mail = mailer(settings)
    try:
        await mail.check()
    except SendError as error:
        raise Wrong(f"the mail server does not take us ({error})") from None
    finally:
        await mail.aclose()


# The first product


async def product(setup: Setup) -> None:
    """The first product, on the shelf."""
    site = setup.site
    settings = site.settings()
    async with opened(settings, with_site=False) as house:
        if there := await house.shop.db.read(catalog.everything):
            return setup.done(f"{there[0].slug} is on the shelf")
    if site.is_left_out("product"):
        return setup.done("no product yet")
    category = await setup.asking.ask("product.category", _line)
    if not category:
        return site.leave_out("product")
    brand = await setup.asking.ask("product.brand", _line)
    columns, prices = await _columns(setup, settings.currency)
    async with opened(settings, with_site=False) as house:
        made = await house.shop.db.write(_make, brand, category, columns, prices)
    setup.right(f"{made.slug} is on the shelf")


async def _columns(setup: Setup, currency: str) -> tuple[dict[str, Any], dict[str, dict[int, int]]]:
    ask = setup.asking.ask
    names = {locale: await ask(f"product.name.{locale}", _line) for locale in languages(setup.site)}

    async def priced(said: str) -> dict[str, dict[int, int]]:
        return _taken(product_fields.prices, said.replace("|", "\n"), currency)

    columns = {
        "names": names,
        "face_value": await ask("product.face_value", _line),
        "region": await ask("product.region", _region),
        "noun": await ask("product.noun", _noun),
        "kind": "unique",
    }
    prices = await ask("product.prices", priced)
    columns["redeem_url"] = await ask("product.redeem_url", _link)
    return columns, prices


def _make(tx: Tx, brand: str, category: str, columns: dict[str, Any], prices: dict[str, dict[int, int]]) -> Product:
    """A repeat finds it."""
    if known := catalog.made_with(tx, KEY):
        return catalog.product(tx, known)
    made = shelving.brand_called(tx, BY, brand, category)
    return shelving.made_by(tx, BY, made, {**columns, "made_with": KEY, "on_sale": True}, prices)


def _taken(read: Any, *said: Any) -> Any:
    """What one of the product's fields makes of it. Raises Wrong."""
    try:
        return read(*said)
    except product_fields.NotTaken as refused:
        raise Wrong(_told(refused)) from None


def _told(refused: product_fields.NotTaken) -> str:
    return render(refused.facts["why"], Hearer("en", datetime.now(UTC)))


async def _line(said: str) -> str:
    return "" if said in ("", LEFT_OUT) else _taken(product_fields.line, said, product_fields.LONGEST["face"])


async def _region(said: str) -> str:
    return _taken(product_fields.region, said)


async def _noun(said: str) -> str:
    return _taken(product_fields.choice, said, "noun")


async def _link(said: str) -> str:
    return "" if said in ("", LEFT_OUT) else _taken(product_fields.link, said)


# Its codes


async def codes(setup: Setup) -> None:
    """The first codes of the first product, all of a file or none."""
    settings = setup.site.settings()
    async with opened(settings, with_site=False) as house:
        there = await house.shop.db.read(catalog.everything)
        free = await house.shop.db.read(inventory.available, there[0]) if there else 0
    if not there or free or setup.site.is_left_out("codes"):
        return setup.done(f"{free} codes of {there[0].slug} in stock" if there else "no codes, for want of a product")

    async def brought(said: str) -> bool:
        if said in ("", LEFT_OUT):
            return False
        return await _import(setup, settings, there[0].slug, Path(said))

    if not await setup.asking.ask("codes", brought):
        setup.site.leave_out("codes")


async def _import(setup: Setup, settings: Settings, slug: str, file: Path) -> bool:
    """Raises Wrong for a file that has no code, or lines that are none."""
    try:
        looked = stock.look(file)
        if looked.rejected:
            number, why = looked.rejected[0]
            raise Wrong(f"line {number} of {file} is no code: {why}")
        if not looked.codes:
            raise Wrong(f"there is no code in {file}")
        async with opened(settings, with_site=False) as house:
            made = await stock.bring_in(house.shop, slug, file)
    except BadFile as error:
        raise Wrong(str(error)) from None
    setup.right(f"{made.new} codes of {slug} on sale; {file} holds them still: delete it once you need it no more")
    return True
