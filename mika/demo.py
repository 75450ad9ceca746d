"""`mika demo`: a whole shop on this machine, with goods on its shelves and play money, ready to look at."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import sys
import threading
import webbrowser
from pathlib import Path

from core import hiring
from core.ground.vault import KeyRing
from doubles.sandbox import Sandbox
from doubles.serving import Served
from migrations import upgrade
from mika import logs, serving
from mika.demo_shop import furnish, hang
from mika.doctor import Doctor
from mika.parts import ALL
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import FILE, load
from mika.wiring import opened

PORT = 8000
NEIGHBOURS = 50  # ports tried when one is taken
PAGE = "page"  # while it is open: the file that says where, for `mika chat`
REVIEW_ABOVE = "500.00"

SETTINGS = """\
# The demo shop of `mika demo`. Other commands find it by MIKA_CONFIG={file}
demo = true
data = "."
review_above = "{review_above}"

[rails.sandbox]  # play money; its provider runs as long as the demo does
url = "http://127.0.0.1:{provider_port}"
api_key = "{api_key}"
secret = "{secret}"
"""


def prepare(folder: Path) -> Settings:
    """The demo's folder with its key and settings, made if they are not there. Raises Refusal."""
    old = os.umask(0o077)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if not (folder / "key").exists() and not (folder / "shop.db").exists():
            KeyRing.fresh().save(folder / "key")
        if not (folder / FILE).exists():
            _write_settings(folder)
    except OSError as error:
        raise Refusal("S008", folder=folder, what=error.strerror or type(error).__name__) from None
    finally:
        os.umask(old)
    return load(folder / FILE, {}).changed(demo=True)  # one that was made before there was this setting, too


def _write_settings(folder: Path) -> None:
    text = SETTINGS.format(
        file=folder / FILE,
        review_above=REVIEW_ABOVE,
        provider_port=PORT + 1,
        api_key=secrets.token_urlsafe(24),
        secret=secrets.token_urlsafe(24),
    )
    _write(folder / FILE, text)


def _write(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened_file:
        opened_file.write(text)


def open_page(settings: Settings) -> str | None:
    """Where the demo of these settings is open now, on whichever port was free; None if it is not."""
    try:
        page = (settings.data / PAGE).read_text()
        with socket.create_connection(("127.0.0.1", int(page.rpartition(":")[2])), timeout=1):
            return page
    except (OSError, ValueError):  # a demo that was killed leaves its page behind
        return None


async def open_up(settings: Settings) -> None:
    """Its database, of this program's schema, with goods in it. A repeat changes nothing."""
    await asyncio.to_thread(upgrade, settings.database_url)
    async with opened(settings) as house:
        await asyncio.to_thread(hang, settings.data / "pictures")
        await house.shop.db.write(furnish)


async def provider(settings: Settings) -> tuple[Settings, Served]:
    """The other side of the test rail, at its usual port or, if that is taken, at any; and settings that say where."""
    told = settings.rails.sandbox
    if told is None or told.url is None:
        raise Refusal("S005", kind="rail", name="sandbox", what="`url`", under="rails.sandbox", env="SANDBOX__URL")
    made = Sandbox(
        settings.data / "provider.db",
        api_key=told.api_key.get_secret_value(),
        secret=told.secret.get_secret_value(),
        account=told.account,
    )
    try:
        served = await Served(made.app, int(told.url.rpartition(":")[2])).start()
    except (OSError, ValueError):
        served = await Served(made.app).start()
    made.url = served.url
    rails = settings.rails.model_copy(update={"sandbox": told.model_copy(update={"url": served.url})})
    return settings.changed(rails=rails), served


async def run(folder: Path, port: int | None, *, browse: bool) -> None:
    """Until Ctrl-C. Everything stays in the folder for the next time. Raises Refusal."""
    stopping = serving.until_told()
    settings = prepare(folder)
    logs.set_up(settings.log_level, "json", settings.data / "mika.log")
    await open_up(settings)
    listening = _listen(port)
    bound = serving.port_of(listening)
    settings, served = await provider(settings.changed(host="127.0.0.1", port=bound))
    try:
        async with opened(settings, parts=ALL) as house:
            house.shop.doctor = Doctor(settings, house.shop)
            token = await house.shop.db.write(hiring.invite, "Demo")
            greet(settings, token, wanted=port or PORT)
            _write(settings.data / PAGE, settings.address)
            if browse and _has_screen():
                threading.Thread(target=webbrowser.open, args=[settings.address], daemon=True).start()
            async with serving.at_work(house, listening) as parts:
                serving.keep_what_is_loaded()
                await serving.until(stopping, parts)
    finally:
        (settings.data / PAGE).unlink(missing_ok=True)
        await served.stop()
    print("\nClosed. Everything is kept in", folder)


def _listen(port: int | None) -> serving.socket.socket:
    """The port, or the next free one behind it."""
    first = port or PORT
    for candidate in range(first, first + NEIGHBOURS):
        with contextlib.suppress(Refusal):
            return serving.listen("127.0.0.1", candidate)
    return serving.listen("127.0.0.1", 0)


def greet(settings: Settings, token: str, wanted: int) -> None:
    """What a newcomer has to know, and no more."""
    elsewhere = f"   (port {wanted} is taken)" if settings.port != wanted else ""
    print(
        f"""
  Mika 密卡: your demo shop is open.

    Shop       {settings.address}/{elsewhere}
    Staff      {settings.address}/desk/enter?t={token}
               (one-time link, good for a day)

  Nothing here costs anything: it is paid with test money.
  Kept in {settings.data}. Press Ctrl-C to stop.
""",
        flush=True,
    )


def _has_screen() -> bool:
    """Whether a browser would open in a window. In a bare terminal it would take the terminal."""
    return sys.platform == "darwin" or any(name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY"))
