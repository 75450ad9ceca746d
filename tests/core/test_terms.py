"""The terms of what was bought: they stay what they were."""

from __future__ import annotations

from core.ground.messages import Local
from core.terms import Terms


def test_terms_come_back_as_they_were_stored():
    terms = Terms(
        slug="steam",
        name=Local({"en": "Steam", "zh-CN": "蒸汽"}),
        region="us",
        face_value="$20",
        noun="code",
        measure="zhang",
        kind="by_hand",
        after_sale_days=7,
        redeem_url="https://x",
        hand_minutes=90,
        asked={"account": {"en": "Account"}},
    )
    assert Terms.unpacked(terms.packed()) == terms
