"""The rules of risk by which proofs and tests run where they set none.

Programs buy as no person does, at once and again and again: by the standard a colleague would look at most of them.
Here those run by which single orders stand out; whoever tries the rules themselves sets them, or asks for STANDARD.
"""

from __future__ import annotations

from dataclasses import replace

from core import risk_policy
from core.risk_rules import RULES

RUN = ("listed", "allowed", "history-unknown", "disputed-before", "fraud-warning", "rail-highest")
STANDARD = risk_policy.UNSET
FEW = replace(
    STANDARD,
    text=risk_policy.written(
        {
            "thresholds": {"delay": 30, "review": 50, "refuse": 150},
            "rules": {rule.name: {"mode": "off"} for rule in RULES if rule.name not in RUN}
            | {"new-buyer-high-value": {}, "resale-young": {"weight": 20}, "throw-away-email": {"weight": 15}},
        }
    ),
)
risk_policy.UNSET = FEW
