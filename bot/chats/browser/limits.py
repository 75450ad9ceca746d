"""How much one visitor, and one address on the net, may ask of us. Kept in memory, for each process apart."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MANY = 20_000  # buckets remembered


class Buckets:
    """A token bucket per key: `burst` at once, then `rate` per second."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._full_at: dict[str, float] = {}  # when the bucket will be full again; absent means full

    def take(self, key: str) -> int:
        """Takes one. 0, or the seconds to wait until there is one; then nothing was taken."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + 1 / self._rate
        short = full_at - now - self._burst / self._rate
        if short > 1e-9:
            return max(1, math.ceil(short))
        if len(self._full_at) >= MANY:
            self._forget(now)
        self._full_at[key] = full_at
        return 0

    def _forget(self, now: float) -> None:
        """Full buckets tell nothing. If all are in use, the ones nearest to full go first."""
        busy = sorted((at, key) for key, at in self._full_at.items() if at > now)
        self._full_at = {key: at for at, key in busy[-MANY // 2 :]}


class Limits:
    """How much may be said and looked at. Each is counted per visitor and per address on the net."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        # A person presses at most about one button a second; behind one address there may be a whole school.
        self._said = Buckets(1.0, 20, clock), Buckets(5.0, 100, clock)
        self._seen = Buckets(3.0, 60, clock), Buckets(20.0, 300, clock)
        self._sent = Buckets(0.2, 5, clock), Buckets(1.0, 20, clock)
        self._entered = Buckets(0.1, 10, clock)

    def saying(self, address: str, network: str) -> int:
        """Seconds to wait before saying something more; 0 for none."""
        return self._said[1].take(network) or self._said[0].take(address)

    def seeing(self, address: str | None, network: str) -> int:
        """Seconds to wait before looking again. Without a cookie only the address on the net counts."""
        return self._seen[1].take(network) or (self._seen[0].take(address) if address else 0)

    def sending(self, address: str, network: str) -> int:
        """Seconds to wait before sending another file."""
        return self._sent[1].take(network) or self._sent[0].take(address)

    def entering(self, network: str) -> int:
        """Seconds to wait before trying a one-time link again."""
        return self._entered.take(network)


class Seats:
    """Open streams: so many per visitor, so many per net address.

    Over HTTP/1.1 a browser keeps six connections to a site: four streams leave it two for saying something.
    """

    def __init__(self, per_visitor: int = 4, per_network: int = 200) -> None:
        self._most = {"visitor": per_visitor, "network": per_network}
        self._taken: Counter[tuple[str, str]] = Counter()

    def free(self, visitor: str, network: str) -> bool:
        seats = (("visitor", visitor), ("network", network))
        return all(self._taken[seat] < self._most[seat[0]] for seat in seats)

    @contextmanager
    def taken(self, visitor: str, network: str) -> Iterator[None]:
        seats = [("visitor", visitor), ("network", network)]
        self._taken.update(seats)
        try:
            yield
        finally:
            self._taken.subtract(seats)
            for seat in seats:
                if self._taken[seat] <= 0:
                    del self._taken[seat]
