"""Backups: whether one was made and tried of late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core import backups
from core.findings import Finding
from mika.doctor_place import Check, Place, Said

OLD = timedelta(days=2)


async def tried(place: Place) -> Said:
    """Also where no place is set: then those that were there once grow old. A demo has nothing to lose."""
    if place.shop is None or place.settings.demo:
        return []
    at = await place.shop.db.read(backups.newest_at)
    if at is None:
        return [Finding("D091")]
    age = datetime.now(UTC) - at
    if age > OLD:
        return [Finding("D090", facts={"days": age.days})]
    return [f"backups: the newest is as of {at:%Y-%m-%d %H:%M} UTC, and was tried"]


CHECKS = (Check("backups", ("D090", "D091"), tried),)
