"""A rehearsal arrives at the code in every language and chat, and says no when the code is not the right one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core import catalog, risk_policy
from core.ground.db import Tx
from core.ground.vault import Secret
from core.pasted import PastedCode
from mika import cli, play, scratch, telegraph
from mika import rehearse as rehearsal
from mika.rehearse import Report, rehearse
from mika.settings import Settings, TelegramSettings
from mika.wiring import opened


async def rehearsed(
    source: Settings | None = None, chat: str = "terminal", locale: str = "en", slug: str | None = None
) -> tuple[Report, str]:
    lines: list[str] = []
    report = await rehearse(source, chat, locale, slug, lines.append)
    return report, "\n".join(lines)


@pytest.mark.parametrize("locale", ["zh-CN", "en", "ru"])
@pytest.mark.parametrize("chat", ["browser", "terminal", "telegram"])
async def test_it_arrives(settings: Settings, chat: str, locale: str):
    before = (settings.data / "shop.db").read_bytes()
    report, told = await rehearsed(settings, chat, locale)
    assert report.ok, f"{report.why}\n{told}"
    assert {"open_seconds", "paid_to_code_seconds", "seconds"} <= report.figures.keys()
    assert "…" in told
    assert not re.search(r"DEMO.-?[0-9A-Z]{5}", told), "a whole code stands in the transcript"
    assert (settings.data / "shop.db").read_bytes() == before, "the shop itself is not touched"


async def test_where_no_shop_is_set_up_it_is_the_demos():
    report, told = await rehearsed()
    assert report.ok, report.why
    assert "Steam" in told


@pytest.mark.parametrize("slug", ["razer-gold-10", "eset-1y"])
async def test_codes_of_several_fields_and_shared_ones(settings: Settings, slug: str):
    report, told = await rehearsed(settings, slug=slug)
    assert report.ok, f"{report.why}\n{told}"


@pytest.mark.parametrize("chat", ["browser", "terminal", "telegram"])
async def test_what_a_person_must_look_at_is_approved_by_staff(settings: Settings, chat: str):
    report, told = await rehearsed(settings, chat, slug="apple-us-100")
    assert report.ok, f"{report.why}\n{told}"
    assert "Staff: approves" in told


async def test_what_is_made_by_hand_is_made_by_staff(settings: Settings):
    async with opened(settings) as house:
        await house.shop.db.write(lambda tx: tx.changed(catalog.products.update().values(form=[])))
    report, told = await rehearsed(settings, slug="genshin-1090")
    assert report.ok, f"{report.why}\n{told}"
    assert "Staff: does it by hand" in told


@pytest.mark.parametrize(
    ("slug", "why"),
    [("spotify-us-12m", "sold out"), ("genshin-1090", "asks the buyer"), ("no-such-thing", "no product")],
)
async def test_what_can_not_be_played_is_said(settings: Settings, slug: str, why: str):
    report, _ = await rehearsed(settings, slug=slug)
    assert not report.ok
    assert why in report.why


@pytest.mark.parametrize("chat", ["terminal", "telegram"])
async def test_another_code_than_the_one_set_aside_is_no_success(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, chat: str
):
    """The negative control: what looks like a delivery does not pass unless the code is the right one."""

    def another(tx: Tx, unit: int) -> tuple[int, PastedCode]:
        return 1, PastedCode((("code", Secret("NOT-THE-ONE-THAT-COMES")),))

    monkeypatch.setattr(play, "set_aside_for", another)
    monkeypatch.setattr(play, "PATIENCE", 1.0)
    report, _ = await rehearsed(settings, chat)
    assert not report.ok
    assert "said nothing" in report.why


def test_the_command_ends_with_one_object_for_machines(folder: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        cli.app(["rehearse", "--chat", "terminal", "--locale", "en"])
    assert ended.value.code == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["name"], last["ok"]) == ("rehearse", True)


async def test_the_copy_has_the_picture_of_what_is_bought(settings: Settings):
    async with scratch.shop_copy(settings, "steam-us-20") as (copy, listening, slug):
        listening.close()
        async with opened(copy) as house:
            product = await house.shop.db.read(catalog.product, slug)
            assert await house.shop.picture(product.picture or "")


@pytest.mark.parametrize("chat", ["terminal", "telegram"])
async def test_the_shops_own_bots_stay_out_of_it(settings: Settings, chat: str, monkeypatch: pytest.MonkeyPatch):
    """Its tokens are not used, and the copy knows no address of Telegram's but its own."""
    given = {"token": "123456789:" + "A" * 35}
    telegram = TelegramSettings.model_validate({"api": "https://telegram.invalid", "buyers": given, "staff": given})
    seen: list[Settings] = []
    monkeypatch.setattr(rehearsal, "opened", noting := _noting(rehearsal.opened, seen))
    monkeypatch.setattr(telegraph, "opened", noting)
    report, told = await rehearsed(settings.changed(telegram=telegram), chat)
    assert report.ok, f"{report.why}\n{told}"
    [copy] = seen
    assert copy.telegram.staff is None
    assert (copy.telegram.buyers is None) is (chat != "telegram")
    if copy.telegram.buyers:
        assert copy.telegram.api.startswith("http://127.0.0.1:")
        assert copy.telegram.buyers.token.get_secret_value() != given["token"]


def _noting(opening: Any, seen: list[Settings]) -> Any:
    def noting(settings: Settings, *more: Any, **how: Any) -> Any:
        seen.append(settings)
        return opening(settings, *more, **how)

    return noting


@pytest.mark.standard_rules
@pytest.mark.parametrize("chat", ["browser", "terminal", "telegram"])
async def test_by_the_standard_rules_an_ordinary_purchase_goes_through(settings: Settings, chat: str):
    report, told = await rehearsed(settings, chat, slug="steam-us-10")
    assert report.ok, f"{report.why}\n{told}"
    assert "Staff:" not in told


async def test_what_goes_out_later_is_released_by_staff(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    waits = "[thresholds]\ndelay = 0\nreview = 900\nrefuse = 900\n"
    monkeypatch.setattr(risk_policy, "UNSET", replace(risk_policy.UNSET, text=waits))
    report, told = await rehearsed(settings, "terminal", slug="steam-us-10", locale="en")
    assert report.ok, f"{report.why}\n{told}"
    assert "Staff: lets it go out now" in told
