"""The owner sets how orders are checked, by talking, and asks why one was held."""

from __future__ import annotations

import pytest

from core import hiring, risk_policy
from core.authority import Role
from core.risk import Mode, Policy
from core.risk_rules import RULES
from tests.world import Somebody, World

pytestmark = pytest.mark.standard_rules


async def policy(world: World) -> Policy:
    return await world.db.read(risk_policy.current)


async def test_another_preset_is_chosen_and_undone(world: World, chen: Somebody):
    opened = await chen.says("risk-rules")
    assert "标准" in opened.text
    assert "还没有人改过" in opened.text
    assert "换成“严格”" in (await chen.presses("严格")).text
    changed = await chen.presses("确定")
    assert "严格，第 1 版" in changed.text
    assert "chen" in changed.text
    assert (await policy(world)).review_at == 40
    await chen.presses("宽松")
    await chen.presses("确定")
    assert (await policy(world)).review_at == 60
    listed = await chen.presses("以前的版本")
    assert any("第 1 版" in choice for choice in listed.choices)
    await chen.presses("第 1 版")
    assert "严格，第 3 版" in (await chen.presses("确定")).text
    assert (await policy(world)).review_at == 40


async def test_a_preset_that_is_not_confirmed_changes_nothing(world: World, chen: Somebody):
    await chen.says("核对规则")
    await chen.presses("严格")
    await chen.presses("先不办")
    assert (await world.db.read(risk_policy.version)).id == 0


async def test_a_score_is_changed_and_nonsense_is_not_taken(world: World, chen: Somebody):
    await chen.says("核对规则")
    await chen.presses("改分数线")
    assert "现在是 50" in (await chen.presses("人工核对分数")).text
    for nonsense in ("many", "9999999", "10", "-1"):
        assert "没有改动" in (await chen.says(nonsense)).text
    assert "45 分起人工核对" in (await chen.says("45")).text
    assert (await policy(world)).review_at == 45


async def test_one_rule_is_put_on_trial_and_weighed_anew(world: World, chen: Somebody):
    await chen.says("核对规则")
    await chen.presses("改一条规则")
    while not any("深夜大额" in choice.label for choice in chen.choices):
        await chen.presses("下一页")
    weight = next(rule.weight for rule in (await policy(world)).rules if rule.name == "night")
    assert f"开启，{weight} 分" in (await chen.presses("深夜大额")).text
    assert f"深夜大额（试运行，{weight} 分）" in (await chen.presses("试运行")).text
    await chen.presses("改一条规则")
    assert "至少：拒绝并退款" in (await chen.presses("黑名单")).text
    await chen.presses("改分数")
    assert "0 到 1,000" in (await chen.says("5000")).text
    assert "黑名单（开启，80 分）" in (await chen.says("80")).text
    rules = {rule.name: rule for rule in (await policy(world)).rules}
    assert (rules["night"].mode, rules["listed"].weight) == (Mode.SHADOW, 80)


async def test_rules_that_can_be_read_no_more_are_put_right_by_a_preset(world: World, chen: Somebody):
    await world.db.write(risk_policy._add, 'preset = "lax"', "test", "")
    await world.db.write(lambda tx: tx.changed(risk_policy.versions.update().values(text="[rules.gone]")))
    assert "读不懂" in (await chen.says("核对规则")).text
    await chen.presses("标准")
    assert "标准，第 2 版" in (await chen.presses("确定")).text


async def test_only_an_owner_sets_rules(world: World, chen: Somebody):
    """The core asks too: whoever stops being an owner in the middle of the talk changes nothing."""
    await world.hire("wang")
    await chen.says("核对规则")
    await chen.presses("严格")
    [me] = [one for one in await world.db.read(hiring.members) if one.name == "chen"]
    await world.db.write(hiring.give, me.id, frozenset({Role.MANAGER}), "test:wang")
    await chen.presses("确定")
    assert (await world.db.read(risk_policy.version)).id == 0


async def test_why_an_order_is_held_is_told_in_words(world: World, lin: Somebody, chen: Somebody):
    alone = '[rules.new-buyer-high-value]\nabove = "500.00"\nweight = 60\n'
    off = "".join(f'[rules.{rule.name}]\nmode = "off"\n' for rule in RULES if rule.name != "new-buyer-high-value")
    await world.db.write(risk_policy.apply, f"{off}{alone}", "test:chen")
    dear = await world.make("dear", prices={"CNY": {1: 90000}})
    await world.stock(dear, 1)
    await lin.buys(dear)
    await lin.pays()
    await lin.gets()
    await chen.gets()
    told = await chen.presses("为什么")
    runs = await policy(world)
    assert "人工核对，60 分" in told.text
    assert "60 分：新买家，金额超过 ¥500.00" in told.text
    at = f"{runs.delay_at} 分起延迟发货，{runs.review_at} 分起人工核对，{runs.refuse_at} 分起拒绝"
    assert at in told.text


async def test_rules_that_can_t_be_read_any_more_are_told_of_in_ones_own_language(world: World, chen: Somebody):
    """Of an older program, say: it would not have taken them today."""
    kept = {"at": world.clock.now(), "by_whom": "risk.toml", "preset": "lax", "note": ""}
    await world.db.write(lambda tx: tx.insert(risk_policy.ADD, text="\n[rules.night]\nweigth = 3", **kept))
    opened = await chen.says("risk-rules")
    assert "第 3 行：没有“weigth”这个设置，是不是 weight？" in opened.text
    await chen.presses("宽松")
    assert "宽松，第 2 版" in (await chen.presses("确定")).text
