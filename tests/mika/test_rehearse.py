"""A rehearsal arrives at the code in every language and chat, and says no when the code is not the right one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core import (
    aftersales,
    catalog,
    checkout,
    ledger,
    orders,
    rehearsals,
    review,
    risk_policy,
    settling,
    shortage,
    supply,
)
from core.ground.db import Tx
from core.ground.money import Money
from core.ground.vault import Secret
from core.orders import Order
from core.pasted import PastedCode
from mika import cli, play, scene, scratch, telegraph
from mika import rehearse as rehearsal
from mika.backup_settings import BackupSettings
from mika.chat_settings import TelegramSettings
from mika.reach_settings import EmailSettings, ReachSettings
from mika.rehearse import Report, rehearse
from mika.scenarios import SCENARIOS
from mika.settings import Settings
from mika.transcript import DOES
from mika.wiring import opened


async def rehearsed(
    source: Settings | None = None,
    chat: str | None = "terminal",
    locale: str = "en",
    slug: str | None = None,
    scenario: str | None = None,
) -> tuple[Report, str]:
    lines: list[str] = []
    report = await rehearse(source, chat, locale, slug, lines.append, scenario)
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


async def test_nothing_of_it_comes_to_where_the_shop_keeps_its_backups_nor_by_its_mail(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: list[Settings] = []
    monkeypatch.setattr(rehearsal, "opened", _noting(rehearsal.opened, seen))
    there = tmp_path / "there"
    mail = EmailSettings(host="127.0.0.1", port=9, sender="shop@shop.example")
    told = settings.changed(
        backups=BackupSettings(to=str(there)),
        email=mail,
        reach=ReachSettings(also=("email",)),
        heartbeat_url=SecretStr("http://127.0.0.1:9"),
    )
    report, transcript = await rehearsed(told)
    assert report.ok, f"{report.why}\n{transcript}"
    assert not there.exists() or list(there.rglob("*")) == []
    [copy] = seen
    assert copy.backups is copy.email is None
    assert not copy.reach.also
    assert not copy.heartbeat_url.get_secret_value()


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


# Odd ends


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_every_odd_end_comes_to_its_right_end(settings: Settings, scenario: str):
    before = (settings.data / "shop.db").read_bytes()
    report, told = await rehearsed(settings, None, scenario=scenario)
    assert report.ok, f"{report.why}\n{told}"
    assert not re.search(r"DEMO.-?[0-9A-Z]{5}", told), "a whole code stands in the transcript"
    assert (settings.data / "shop.db").read_bytes() == before, "the shop itself is not touched"


@pytest.mark.parametrize("chat", ["terminal", "telegram", "wechat"])
@pytest.mark.parametrize("scenario", ["paid-after-sold-out", "wrong-amount"])
async def test_odd_ends_in_other_chats(settings: Settings, chat: str, scenario: str):
    report, told = await rehearsed(settings, chat, "zh-CN", scenario=scenario)
    assert report.ok, f"{report.why}\n{told}"


def test_staff_are_offered_just_the_odd_ends_there_are():
    assert tuple(SCENARIOS) == rehearsals.SCENARIOS
    assert set(DOES) == set(rehearsals.DOES)


def kept_and_forgotten(tx: Tx, order: Order) -> None:
    """A late payment settled wrongly: the money is here, and nobody owes anything for it."""


def sent_back_at_once(tx: Tx, order: Order) -> None:
    """Another: it goes back although there is still one."""
    [receipt] = ledger.receipts_of(tx, order.id)
    aftersales.give_back(tx, receipt, receipt.total, "late")


def taken_for_all(tx: Tx, order: Order, received: Money) -> None:
    """A part is taken for the whole."""
    checkout.go_on(tx, order)


def let_pass(tx: Tx, order: int, *rest: Any) -> None:
    """What should be held goes on."""
    shortage.fulfil(tx, orders.get(tx, order), "shop")


def not_noticed(self: Any) -> None: ...


@pytest.mark.parametrize(
    ("scenario", "where", "name", "wrong"),
    [
        ("late-payment", settling, "_come_late", kept_and_forgotten),
        ("late-payment", settling, "_come_late", sent_back_at_once),
        ("paid-after-sold-out", settling, "_come_late", kept_and_forgotten),
        ("wrong-amount", settling, "_wait_for_the_rest", taken_for_all),
        ("held", review, "weigh", let_pass),
        ("buyer-blocked-bot", telegraph.TelegramVisitor, "blocks", not_noticed),
        ("supplier-down", supply, "give_up", lambda tx, order: None),
    ],
)
async def test_a_shop_that_does_it_wrong_is_not_ok(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, scenario: str, where: Any, name: str, wrong: Any
):
    """The negative control: each scenario sees its end missed."""
    monkeypatch.setattr(where, name, wrong)
    monkeypatch.setattr(play, "PATIENCE", 4.0)
    report, told = await rehearsed(settings, None, scenario=scenario)
    assert not report.ok, told
    assert report.why


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (lambda tx, order: [], "0 codes were handed over"),
        (lambda tx, order: [2], "another's code"),
    ],
)
async def test_the_code_that_was_read_is_the_one_that_was_handed_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, found: Any, why: str
):
    monkeypatch.setattr(scene, "_granted", found)
    report, told = await rehearsed(settings, "terminal", scenario="late-payment")
    assert not report.ok
    assert why in report.why or "has not read" in report.why, told


@pytest.mark.parametrize("wrong", ["takes more than it says", "keeps a part"])
async def test_the_money_is_counted_at_the_provider(settings: Settings, monkeypatch: pytest.MonkeyPatch, wrong: str):
    counted = scene.Scene._at_the_provider

    async def otherwise(self: scene.Scene, order: Order) -> tuple[int, int]:
        paid, returned = await counted(self, order)
        return paid + 1, returned

    monkeypatch.setattr(scene.Scene, "_at_the_provider", otherwise)
    scenario = "late-payment" if wrong.startswith("takes") else "paid-after-sold-out"
    report, _ = await rehearsed(settings, "terminal", scenario=scenario)
    assert not report.ok
    assert "the shop has" in report.why or "the provider took" in report.why


@pytest.mark.parametrize(
    ("slug", "scenario", "chat", "why"),
    [
        ("eset-1y", "late-payment", "terminal", "is not sold from stock"),
        (None, "buyer-blocked-bot", "terminal", "only a bot can be blocked"),
        ("eset-1y", "supplier-down", "terminal", "can't come from a supplier"),
    ],
)
async def test_an_odd_end_that_can_not_be_played_is_said(
    settings: Settings, slug: str | None, scenario: str, chat: str, why: str
):
    report, _ = await rehearsed(settings, chat, slug=slug, scenario=scenario)
    assert not report.ok
    assert why in report.why


def test_all_of_them_end_with_one_object(folder: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        cli.app(["rehearse", "--locale", "en", "--scenario", "all"])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (ended.value.code, last["ok"], set(last["scenarios"])) == (0, True, set(SCENARIOS)), last


def test_as_json_the_conversation_is_in_the_object(folder: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.app(["rehearse", "--json", "--locale", "en", "--chat", "terminal", "--scenario", "held"])
    [only] = capsys.readouterr().out.splitlines()
    told = json.loads(only)
    assert {"does": "approves", "n": 0} in told["lines"]
    assert {"who": "buyer", "text": "hi"} in told["lines"]
