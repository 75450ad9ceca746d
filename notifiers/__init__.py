"""Ways to reach somebody who is in no chat, one file per way.

To add one:

1. Write `notifiers/NAME.py` with a class whose `send` keeps `Sender` of core/parties.py: an address and what is said,
   made for its reader already. It knows the core's data and one vendor's protocol or SDK, nothing else: no database,
   no door, no other way. It raises SendError: permanent=True where that address takes nothing, so that the next way is
   tried; permanent=False for everything that somebody can mend, and for an outcome that is not known. `Spoken.key` is
   the same whenever something is sent once more: whatever can tell a repeat by a name of ours is given one made of it.
2. Add its line to NOTIFIERS. It is imported when a shop that uses it starts, not before.
3. Drive it in `tests/notifiers/` against a real server of its kind that can misbehave. E-mail is the example to follow.
4. Name its settings in `mika/reach_settings.py`, and how it is made of them in `mika/wiring.py`; `[reach] order` says
   when it is tried, core/reaching.py tries it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

NOTIFIERS = {
    "email": "notifiers.email:Email",
}


def load(name: str) -> Any:
    """The class of a notifier, imported now if it wasn't before. Raises LookupError for an unknown name."""
    try:
        module, _, kind = NOTIFIERS[name].partition(":")
    except KeyError:
        raise LookupError(f"no notifier is called {name!r}; there are {', '.join(sorted(NOTIFIERS))}") from None
    return getattr(import_module(module), kind)
