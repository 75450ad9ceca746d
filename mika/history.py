"""A generated history: years of a shop in a minute, its orders by honest people and by abusers, and who was which."""

from __future__ import annotations

from datetime import datetime

from mika.history_abusers import attacks
from mika.history_drawn import DAY, Dice, Drawn
from mika.history_habits import Habits
from mika.history_honest import Crowd


def drawn(habits: Habits, seed: int, many: int, begins: datetime) -> list[Drawn]:
    """About so many orders, as they were placed one after the other. The same seed draws the same.

    `begins` is midnight by the shop's clock. What would be placed after the last day is not there.
    """
    abusive = round(many * habits.abusive)
    made = Crowd(habits, Dice(seed, "honest", begins)).orders(many - abusive)
    whole = sum(kind.share for kind in habits.kinds.values())
    for name, kind in habits.kinds.items():
        made += attacks(habits, name, Dice(seed, name, begins), round(abusive * kind.share / whole))
    ends = begins + habits.days * DAY
    return sorted((one for one in made if begins <= one.at < ends), key=lambda one: one.at)
