"""Backups: whether one was made and tried of late, and whether a shop that was made of one sells again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core import backups, restores
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


async def reconciled(place: Place) -> Said:
    """Whether what a restored shop sold since its backup is known: until then it sells nothing."""
    if place.shop is None:
        return []
    open_ = await place.shop.db.read(restores.unchecked)
    return [Finding("D092", facts={"at": f"{open_.backed_up_at:%Y-%m-%d %H:%M} UTC"})] if open_ else []


CHECKS = (Check("backups", ("D090", "D091"), tried), Check("restored", ("D092",), reconciled))
