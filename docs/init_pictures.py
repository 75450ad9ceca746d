"""Takes the pictures of `mika init` at a terminal: a person answers it, with a Telegram of our own. Needs chromium."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import select
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from doubles.telegram import served_telegram

IMAGES = Path(__file__).resolve().parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COLUMNS = 100
PATIENCE = 60  # seconds


class Terminal:
    """The command at a terminal, and all that was seen there."""

    def __init__(self, folder: str, api: str) -> None:
        self.said, self._seen = "", 0
        self.pid, self._end = pty.fork()
        if not self.pid:
            os.chdir(folder)
            more = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "MIKA_TELEGRAM__API": api}
            mika = str(Path(sys.executable).with_name("mika"))
            os.execve(mika, [mika, "init", "--folder", "kiosk"], os.environ | more)

    async def until(self, text: str) -> str:
        """All that is said until it says that."""
        for _ in range(PATIENCE):
            if (at := self.said.find(text, self._seen)) >= 0:
                found, self._seen = self.said[self._seen : at + len(text)], at + len(text)
                return found
            await asyncio.to_thread(self._read)
        raise SystemExit(f"no {text!r} in:\n{self.said[self._seen :]}")

    async def types(self, prompt: str, line: str) -> None:
        await self.until(prompt)
        await asyncio.sleep(0.2)  # a password is read once the terminal shows nothing any more
        os.write(self._end, f"{line}\n".encode())

    def _read(self) -> None:
        if select.select([self._end], [], [], 1)[0]:
            self.said += os.read(self._end, 65536).decode(errors="replace")

    async def copies(self) -> None:
        """Types back what the paper says."""
        asked = await self.until(": ")
        while not re.search(r"Line \d+, group \d+: $", asked):
            asked += await self.until(": ")
        line, place = re.findall(r"Line (\d+), group (\d+):", asked)[-1]
        rows = dict(re.findall(r"(?m)^ +(\d+)  (\S{4} \S{4} \S{4} \S{4})  \S{4}", bare(self.said)))
        os.write(self._end, f"{rows[line].split()[int(place) - 1]}\n".encode())


def bare(text: str) -> str:
    return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", text)


async def set_up(folder: str) -> str:
    """The whole wizard; returns what stood on the screen."""
    async with served_telegram() as api:
        buyers, staff = api.add_bot("kiosk_bot"), api.add_bot("kiosk_staff_bot")
        chen, screen = api.person(77, "Chen", language="en"), Terminal(folder, api.url)
        for prompt, line in (
            ("Data folder", ""),
            ("Languages you", "en, zh-CN"),
            ("name in English", "Kiosk"),
            ("name in Chinese", "小亭"),
            ("Time zone", "Berlin"),
            ("should be a time zone", "Europe/Berlin"),
            ("Currency", "EUR"),
            ("Port", str(free_port())),
            ("Public address", ""),
        ):
            await screen.types(prompt, line)
        await screen.copies()
        await screen.copies()
        await screen.types("Database", "")
        await screen.types("Token of the buyers", buyers.token)
        await screen.types("Token of the staff", staff.token)
        await screen.types("first owner", "Chen")
        link = await screen.until("Waiting for the owner")
        chen.starts(re.findall(r"\?start=(\S+)", bare(link))[0], bot=staff)
        await screen.types("Open a private group", "")
        said = await screen.until("Waiting for the code")
        group = api.group("Kiosk staff", chen)
        group.adds(staff, admin=True)
        chen.writes(f"/here {re.findall(r'/here ([A-Z0-9-]{9})', bare(said))[0]}", group)
        for prompt, line in (
            ("Ways to pay", "manual"),
            ("Account to transfer to", "Bank of Nowhere, Kiosk Ltd, 000-000-000"),
            ("Offer manual in telegram", "I have read this"),
            ("Mail server", ""),
            ("Category of the first", "Gift cards"),
            ("Brand", "Steam"),
            ("name in English", "Steam 10 EUR"),
            ("name in Chinese", "Steam 10 欧元"),
            ("Face value", "10 EUR"),
            ("Region", "global"),
            ("What one of it is", "card"),
            ("Price", "10.50; 5: 10.20"),
            ("Page where", ""),
            ("File of the first codes", "codes.txt"),
        ):
            await screen.types(prompt, line)
        await screen.until("docs/settings.md")
        os.close(screen._end)
        await asyncio.to_thread(os.waitpid, screen.pid, 0)
        return screen.said.replace("\r", "")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as asked:
        return asked.getsockname()[1]


def part(said: str, begins: str, ends: str) -> str:
    """The lines from one to another."""
    lines = said.split("\n")
    first = next(at for at, line in enumerate(lines) if begins in line)
    last = next(at for at, line in enumerate(lines) if at > first and ends in line)
    return "\n".join(lines[first:last]).strip("\n")


async def picture(browser: Browser, name: str, text: str) -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(text))
    page = await browser.new_page(device_scale_factor=1.5, viewport={"width": 1240, "height": 400})
    svg = console.export_svg(title="mika init", theme=MONOKAI)
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # no font is fetched from anywhere
    svg = svg.replace("Fira Code, monospace", "'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace")
    await page.set_content(f'<body style="margin:0;background:#fff">{svg}</body>')
    await page.locator("svg").first.screenshot(path=IMAGES / f"init-{name}.png")
    await page.close()


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mika-shop-") as folder:
        (Path(folder) / "codes.txt").write_text("\n".join(f"DEMO{at}-7K2M4-94QFX" for at in range(5)))
        said = await set_up(folder)
    said = said.replace(folder, "/srv").replace(str(Path(sys.executable).parent), "/srv/mika/.venv/bin")
    async with async_playwright() as players:
        browser = await players.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        await picture(browser, "questions", part(said, "Setting up", "4 of 13"))
        await picture(browser, "key", part(said, "5 of 13", "6 of 13"))
        await picture(browser, "people", part(said, "7 of 13", "10 of 13"))
        await picture(browser, "rehearsal", part(said, "in the telegram chat, en", "More:"))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
