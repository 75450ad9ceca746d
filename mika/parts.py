"""What of the shop's work a process does: `mika run` does it all, `mika run --only` a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

BUYERS_BOT, STAFF_BOT = "telegram", "telegram_staff"
Only = Literal["web", "jobs", "bots", "buyers-bot", "staff-bot"]


@dataclass(frozen=True)
class Parts:
    """Any number of processes may do each part. For a bot one at a time speaks, the others stand by (mika/turns.py)."""

    web: bool = False  # listens: pages, hooks, what the bots' platforms send us
    jobs: bool = False  # the timetable, the site's own chats, and whatever goes through no chat
    bots: tuple[str, ...] = ()  # hears and speaks in these chats, and stays connected to their platforms

    @property
    def runs(self) -> bool:
        """Whether anything is claimed from the queues."""
        return self.jobs or bool(self.bots)


SITE = Parts(web=True, jobs=True)
ALL = Parts(web=True, jobs=True, bots=(BUYERS_BOT, STAFF_BOT))
ONLY: Mapping[Only | None, Parts] = {
    None: ALL,
    "web": Parts(web=True),
    "jobs": Parts(jobs=True),
    "bots": Parts(bots=ALL.bots),
    "buyers-bot": Parts(bots=(BUYERS_BOT,)),
    "staff-bot": Parts(bots=(STAFF_BOT,)),
}
