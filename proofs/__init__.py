"""What the README claims, as commands anyone can run: `python -m proofs NAME`, or all of them by `make proof`.

A proof is one file. It declares a PROOF (proofs/proof.py): its sentence, its sizes, and the function that plays it
on real parts and returns its figures. The last line it prints is one JSON object; the exit status is 0 only if the
claim held. The same seed plays the same run. `--without GUARD` plays it with one of the shop's guards off
(proofs/guards.py): then it must fail, and tests/proofs sees to that.
"""

from proofs import few_rules as few_rules  # they run in every process of a proof

# The proofs by name, each imported when it is played. In the order in which `all` plays them.
PROOFS: dict[str, str] = {
    "operations": "proofs.operations",
    "odd_payments": "proofs.odd_payments",
    "crashes": "proofs.crashes",
    "races": "proofs.races",
    "exhaustion": "proofs.exhaustion",
    "opposites": "proofs.opposites",
    "notices": "proofs.notices",
    "chats": "proofs.chats",
    "storm": "proofs.storm",
    "rails": "proofs.rails",
    "disk": "proofs.disk",
    "purchases": "proofs.purchases",
    "restart": "proofs.restart",
    "claims": "proofs.claims",
    "canaries": "proofs.canaries",
    "backtest": "proofs.backtest",
    "bare": "proofs.bare",
    "drill": "proofs.drill",
    "moving_in": "proofs.moving_in",
    "move": "proofs.move",
    "export": "proofs.export",
}

# Played by name only: what they measure hangs on the machine.
BESIDE: dict[str, str] = {
    "bench": "proofs.bench",
    "restock": "proofs.restock",
    "risk": "proofs.risk",
    "faq": "proofs.faq",
}
