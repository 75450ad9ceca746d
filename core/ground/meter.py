"""Who counts what this process does. Nothing hangs on it: what is told here is told once, and never waited for."""

from __future__ import annotations


class Meter:
    """Told of each thing when it is over. This one counts nothing; web/meter.py has the one that does."""

    def committed(self, seconds: float, calls: int) -> None:
        """A commit of so many calls is durable. Told from any thread."""

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request, by its route and never by its path. Status 0: it was never answered."""

    def worked(self, lane: str, seconds: float) -> None:
        """A row of a queue was worked on, well or not."""

    def failed(self, lane: str, outcome: str) -> None:
        """A row is to be tried again ("again"), or was given up ("dead")."""

    def missed(self, entry: str) -> None:
        """Something on the timetable failed."""

    def sent(self, chat: str, seconds: float, outcome: str) -> None:
        """A message was handed to a chat: it took it ("sent") or didn't ("failed")."""
