"""Where codes are bought when they are paid for, one file per supplier.

To add one:

1. Write `suppliers/NAME.py` with a class that keeps `Supplier` of core/parties.py. It knows the core's data and one
   vendor's HTTP or SDK, nothing else. Our reference goes along with every purchase, in whatever field the vendor has
   for it, and `look_up` finds it by that. What the vendor can't be trusted with decides what it raises: PartySilent
   whenever the purchase may have been made, a timeout, a broken answer, an answer about something else;
   PartyError(permanent=True) only for a refusal in so many words. Codes are Secret from the line they are read on.
2. `settles_within` is how long the vendor may need until it knows of a purchase itself; rather too long than too
   short, and longer than our own patience with a call: after it, "never heard of it" twice means that it is bought
   again. A vendor that can't be asked by our reference answers `look_up` by raising PartySilent: a person decides.
3. Add its line to SUPPLIERS. It is imported when a shop that uses it starts, not before.
4. Write the vendor's side as a server in `doubles/`, with its faults, and drive the supplier against it in
   `tests/suppliers/`. Sandbox is the example to follow.
5. Name its settings in `mika/wiring.py`.

A product is bought from it when its kind is on_demand, its `supplier` is NAME and its `sku` what the vendor calls it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

SUPPLIERS = {
    "sandbox": "suppliers.sandbox:Sandbox",
}


ISSUERS = {  # who tells by contract whether a code was redeemed, see Issuer of core/parties.py
    "sandbox": "suppliers.sandbox_issuer:SandboxIssuer",
}


def load(name: str) -> Any:
    """The class of a supplier, imported now if it wasn't before. Raises LookupError for an unknown name."""
    try:
        module, _, kind = SUPPLIERS[name].partition(":")
    except KeyError:
        raise LookupError(f"no supplier is called {name!r}; there are {', '.join(sorted(SUPPLIERS))}") from None
    return getattr(import_module(module), kind)


def load_issuer(name: str) -> Any:
    """As load(), of an issuer."""
    try:
        module, _, kind = ISSUERS[name].partition(":")
    except KeyError:
        raise LookupError(f"no issuer is called {name!r}; there are {', '.join(sorted(ISSUERS))}") from None
    return getattr(import_module(module), kind)
