"""`mika risk`: the rules that run, setting them from a file, and why an order went where it went."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from core import catalog, checkout, customers, hiring, inventory, review, risk_policy, settling
from core.checkout import Merchant
from core.ground.db import Tx
from core.settling import PaymentNotice
from mika import risk
from mika.settings import Settings
from mika.wiring import opened

pytestmark = pytest.mark.standard_rules


@pytest.fixture
def said() -> list[str]:
    return []


async def version(settings: Settings) -> int:
    async with opened(settings) as house:
        return (await house.shop.db.read(risk_policy.version)).id


async def test_the_rules_that_run_are_shown(settings, said):
    await risk.show(settings, said.append)
    assert said[0] == "Nobody has set any rules: the preset standard runs, as version 0."
    assert "of 50: a person looks" in said[1]
    [night] = [line for line in said if line.startswith("night")]
    weight = next(rule.weight for rule in risk_policy.RULES if rule.name == "night")
    assert " ".join(night.split()).startswith(f"night {weight} from_hour 1, until_hour 6, above ")
    assert len(said) == 2 + len(risk_policy.RULES)


async def test_a_preset_and_a_file_are_applied(settings, said, tmp_path):
    assert await risk.apply(settings, "strict", said.append) == 0
    assert said[-1].startswith("Version 1, preset strict, by command line")
    mine = tmp_path / "mine.toml"
    mine.write_text('preset = "lax"\n[rules.night]\nmode = "shadow"\n')
    assert await risk.apply(settings, str(mine), said.append) == 0
    assert said[-1].startswith("Version 2, preset lax")
    await risk.show(settings, said.append)
    assert any(line.startswith("night") and "shadow" in line for line in said)


@pytest.mark.parametrize(
    ("written", "status", "told"),
    [
        (
            b'preset = "lax"\n[rules.night]\nweigth = 3\n',
            65,
            'line 3: there is no setting "weigth"; did you mean weight?',
        ),
        (b"preset = ", 65, "line 1: this is no TOML"),
        (b"\xff\xfe", 66, "can't be read: it is no text"),
        (None, 66, "can't be read: No such file or directory"),
    ],
)
async def test_a_broken_file_is_refused_and_the_rules_that_run_stay(settings, said, tmp_path, written, status, told):
    await risk.apply(settings, "strict", said.append)
    mine = tmp_path / "mine.toml"
    if written is not None:
        mine.write_bytes(written)
    assert await risk.apply(settings, str(mine), said.append) == status
    assert told in said[-1]
    assert await version(settings) == 1


async def test_a_start_reads_the_file_beside_mika_toml_once(settings, said, folder):
    (folder / "risk.toml").write_text('preset = "strict"\n')
    async with opened(settings) as house:
        for _ in range(2):
            await risk.read_file(settings, house.shop)
    assert await version(settings) == 1
    await risk.show(settings, said.append)
    assert said[0].startswith("Version 1, preset strict, by risk.toml")


async def test_a_broken_file_at_a_start_is_told_to_staff_and_changes_nothing(settings, folder):
    (folder / "risk.toml").write_text('\npreset = "soft"\n')
    async with opened(settings) as house:
        await house.shop.db.write(_hire)
        await risk.read_file(settings, house.shop)
        told = await house.shop.db.read(lambda tx: tx.all(text("SELECT effect_key FROM outbox WHERE kind = 'say'")))
    assert [row.effect_key for row in told if "alarm risk file" in row.effect_key]
    assert await version(settings) == 0


def _hire(tx: Tx) -> None:
    chen = customers.meet(tx, "desk", "chen", "Chen", "en", None)
    hiring.enter(tx, hiring.invite(tx, "chen"), chen.id)


DEAR = "new-buyer-high-value"


def _held(tx: Tx) -> str:
    """A dear order of a new buyer, paid and weighed."""
    product = next(one for one in catalog.everything(tx) if not one.form and inventory.available(tx, one))
    buyer = customers.meet(tx, "browser", "lin", "Lin", "en", None)
    rail = Merchant("sandbox", "our-account", "test")
    order = checkout.place(tx, buyer, product.slug, 1, rail, {}, "request 1")
    about = (rail.rail, "event 1", "transaction 1", f"{order.number}-sandbox", rail.account)
    settling.settle(tx, PaymentNotice(*about, "test", "paid", order.total))
    off = "".join(f'[rules.{rule.name}]\nmode = "off"\n' for rule in risk_policy.RULES if rule.name != DEAR)
    risk_policy.apply(tx, f'{off}[rules.{DEAR}]\nabove = "0.01"\nweight = 50\n', "test")
    review.weigh(tx, order.id)
    return order.number


async def test_an_order_is_explained(settings, said):
    async with opened(settings) as house:
        number = await house.shop.db.write(_held)
    assert await risk.explain(settings, number, said.append) == 0
    assert said[0].startswith(f"Order {number}: review, score 50, weighed at ")
    assert said[0].endswith("by version 1 of the rules.")
    assert "of 50: a person looks" in said[1]
    assert said[2].split()[:2] == [DEAR, "+50"]
    assert "new buyer, more than CN¥0.01" in said[2]


async def test_an_order_there_is_not_is_said_to_be_none(settings, said):
    assert await risk.explain(settings, "AAAA-AAAA", said.append) == 1
    assert said == ["There is no order AAAA-AAAA."]


def test_the_file_stands_beside_mika_toml(settings: Settings, folder: Path):
    assert settings.risk_file == (folder / "risk.toml").absolute()
