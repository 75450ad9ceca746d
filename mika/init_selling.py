"""The last steps of `mika init`: mail, the first product and its codes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import catalog, catalog_changes, inventory, product_fields, shelving
from core.catalog import Product
from core.ground.errors import SendError
from core.ground.tx import Tx
from core.ground.words import Hearer, render
from mika import stock
from mika.init_asking import LEFT_OUT, Check, Wrong
from mika.init_steps import Setup, as_it_is, languages
from mika.reach_settings import EmailSettings
from mika.settings import Settings
from mika.settings_read import what_is_wrong
from mika.stock_files import BadFile
from mika.wiring import mailer, opened

KEY = "mika init"  # the product's, so that it is made once
BY = "command line"


# Mail


async def email(setup: Setup) -> None:
    """A mail server that takes our login."""
    site = setup.site
    if site.told("email") is None and await setup.is_set("email", lambda: _takes_us(site.tried())):
        return None
    if site.told("email") is not None or site.is_left_out("email"):
        for name in ("host",) if site.told("email") is None else ("host", "security", "port", "sender", "user"):
            setup.stays(f"email.{name}", alike=lambda said: "" if said == "0" else said)  # the usual port
        return setup.done("no mail" if site.told("email") is None else f"mail goes by {site.told('email.host')}")
    while True:
        if not (host := await setup.asking.ask("email.host", _host)):
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
    ask = setup.asking.ask
    values: dict[str, Any] = {"host": host}
    values["security"] = await ask("email.security", _fits("security", host=host))
    if port := await ask("email.port", _port):
        values["port"] = port
    values["sender"] = await ask("email.sender", _fits("sender"))
    if user := await ask("email.user", _fits("user")):
        values |= {"user": user, "password": await ask("email.password", as_it_is)}
    return values


async def _host(said: str) -> str:
    return "" if said in ("", LEFT_OUT) else await _fits("host")(said)


def _fits(name: str, **before: str) -> Check[str]:
    """One of its settings, beside what was answered before."""

    async def fits(said: str) -> str:
        if wrong := what_is_wrong(EmailSettings, {**before, name: said}, name):
            raise Wrong(f"It {wrong}.")
        return said

    return fits


async def _port(said: str) -> int:
    if not (said.isdecimal() and int(said) <= 65535):
        raise Wrong("A port is a number, such as 465.")
    return int(said)


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
        setup.stays("product.category")
        return setup.done("no product yet")
    category = await setup.asking.ask("product.category", _line_or_none)
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
    if known := catalog_changes.made_with(tx, KEY):
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
    if said in ("", LEFT_OUT):
        raise Wrong("This one can't be left out.")
    return _taken(product_fields.line, said, product_fields.LONGEST["face"])


async def _line_or_none(said: str) -> str:
    return "" if said in ("", LEFT_OUT) else await _line(said)


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
