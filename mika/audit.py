"""Looking the audit over: its chain, link by link, and its end against the marks that are kept outside the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

from core import restores
from core.ground import audit
from core.ground.audit import Followed, Mark
from core.restores import Restore
from core.shop import Shop
from mika import journal
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import opened

PAGE = 500  # marks
MARGIN = timedelta(minutes=5)  # between an act and its being chained, marked, backed up


async def verify(settings: Settings, journals: Sequence[Path], told: Sequence[str], say: Callable[[str], None]) -> int:
    """Says how it stands. Returns how the command should end: 1 if anything is wrong. Raises Refusal S018."""
    paths = journals or [path for path in [settings.journal_path] if path.exists()]
    async with opened(settings, with_site=False) as house:
        found = await _follow(house.shop)
        if found.broken is not None:
            say(f"Link {found.broken} does not follow from the one before it. The {found.links:,} before it do.")
            return 1
        until = f", the last of {found.until:%Y-%m-%d %H:%M:%S} UTC" if found.until else ""
        waiting = await house.shop.db.read(audit.loose)
        say(f"{found.links:,} links hold together{until}. {waiting:,} acts wait to be chained.")
        try:
            return await _compare(house.shop, found, paths, told, say)
        except OSError as error:
            raise Refusal("S018", what=f"{error.filename}: {error.strerror}") from None


async def _follow(shop: Shop) -> Followed:
    found = audit.NOTHING
    while not found.ended:
        found = await shop.db.read(audit.follow, found)
    return found


async def _compare(
    shop: Shop, found: Followed, paths: Sequence[Path], told: Sequence[str], say: Callable[[str], None]
) -> int:
    agree, wrong = 0, 0
    before = await shop.db.read(restores.all_of)
    marks = journal.marks(paths)
    while some := list(islice(marks, PAGE)):
        here = await shop.db.read(audit.digests, [mark.link for mark in some])
        for mark in some:
            if here.get(mark.link) == mark.digest:
                agree += 1
            elif not _lost_with(before, mark):
                wrong += 1
                if wrong == 1:
                    say(_what_is_wrong(mark.link, mark.link > found.links, f"by {mark.at:%Y-%m-%d %H:%M} UTC"))
    for link, digest in map(_told, told):
        known = (await shop.db.read(audit.digests, [link])).get(link, b"")
        if digest and known.hex().startswith(digest):
            agree += 1
        else:
            wrong += 1
            say(_what_is_wrong(link, link > found.links, "as staff were told"))
    if not agree and not wrong:
        say("No mark of it is kept outside the database: an end that was cut off would not show.")
    else:
        say(f"{agree:,} marks kept outside the database agree with it, {wrong:,} don't.")
    return 1 if wrong else 0


def _lost_with(before: Iterable[Restore], mark: Mark) -> bool:
    """What was written after the backup a shop was restored from is not in it: `restores` says that it was."""
    return any(one.backed_up_at - MARGIN <= mark.at <= one.restored_at for one in before)


def _what_is_wrong(link: int, beyond: bool, when: str) -> str:
    what = "is missing: the end was cut off" if beyond else "is another now: what is before it was made anew"
    return f"Link {link:,}, which was there {when}, {what}."


def _told(mark: str) -> tuple[int, str]:
    """ "1234:ab12…". What is no mark agrees with nothing."""
    link, _, digest = mark.replace(",", "").strip().lower().partition(":")
    return (int(link), digest.strip()) if link.isascii() and link.isdigit() and len(link) < 15 else (0, "")
