"""What every command of `mika` shares: how its troubles are told, the shop it is about, how it speaks."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from mika.refusals import STATUS, Refusal

if TYPE_CHECKING:
    from mika.settings import Settings

DEMO = Path("data/demo")
Locale = Literal["zh-CN", "en", "ru"]


class App(typer.Typer):
    """The command, whose troubles are one line each: what happened, and what to do."""

    log: Path | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        os.umask(0o077)  # what we write is for us alone
        try:
            return super().__call__(*args, **kwargs)
        except Refusal as refusal:
            print(f"mika: {refusal}", file=sys.stderr)
            sys.exit(STATUS)
        except KeyboardInterrupt:
            sys.exit(130)
        except Exception as error:  # a bug: its text may quote what somebody wrote, so it is not printed
            if os.environ.get("MIKA_DEBUG"):
                raise
            last = (traceback.extract_tb(error.__traceback__) or [None])[-1]
            place = f"{Path(last.filename).name}:{last.lineno}" if last else "?"
            where = f"The log is {self.log}." if self.log else "MIKA_DEBUG=1 shows more."
            print(f"mika: something broke ({type(error).__name__} at {place}). {where}", file=sys.stderr)
            sys.exit(70)


def shop_here(*, make_demo: bool = False) -> Settings:
    """The settings of the shop that is set up here, else of the demo shop, made now if it may be."""
    from mika import demo, logs, settings_read

    if settings_read.is_set_up() or not (make_demo or (DEMO / settings_read.FILE).exists()):
        found = set_up_here()
    else:
        found = demo.prepare(DEMO)
        print(f"No shop is set up here: this is the demo's, in {DEMO}.", file=sys.stderr)
        if make_demo:
            logs.set_up("warning")
            asyncio.run(demo.open_up(found))
    if make_demo:
        App.log = found.data / "mika.log"
    logs.set_up(found.log_level if make_demo else "error", found.log_format, App.log)
    return found


def set_up_here() -> Settings:
    """The settings of the shop that is set up here. Raises Refusal S047 where nothing is: no settings, and no key."""
    from mika import settings_read

    found = settings_read.load()
    if not settings_read.is_set_up() and not found.key_path.exists():
        raise Refusal("S047", folder=Path.cwd())
    return found


def say(line: str) -> None:
    print(line, flush=True)
