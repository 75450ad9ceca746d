"""One check of the doctor by itself."""

from __future__ import annotations

import httpx

from core.findings import Finding
from core.ground.words import LOCALES, Hearer, render
from core.shop import Shop
from mika.doctor import CHECKS, examine, look_of
from mika.doctor_place import Place
from mika.settings import Settings
from tests.locales.samples import NOW


async def found(
    settings: Settings,
    check: str,
    shop: Shop | None = None,
    *,
    asks: bool = True,
    clocks: dict[str, float] | None = None,
) -> list[Finding]:
    """What a check finds. Each can be said in every language, and is one of those it says that it finds."""
    (one,) = (each for each in CHECKS if each.name == check)
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        said = await examine(Place(settings, shop, http, asks, dict(clocks or {})), [one])
    findings = [each for each in said[check] if isinstance(each, Finding)]
    for finding in findings:
        assert finding.code in {*one.codes, "D009"}
        assert all(render(text, Hearer(locale, NOW)) for locale in LOCALES for text in (finding.what, finding.todo))
    return findings


async def kept_open(settings: Settings, check: str, shop: Shop | None = None) -> set[str]:
    """What a check could not look for."""
    (one,) = (each for each in CHECKS if each.name == check)
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        said = await examine(Place(settings, shop, http), [one])
    return set(look_of(said, [one]).unseen)


async def codes(settings: Settings, check: str, shop: Shop | None = None, **how: object) -> list[str]:
    return [finding.code for finding in await found(settings, check, shop, **how)]  # type: ignore[arg-type]
