"""The outside world as real servers, with its faults: what a rehearsal, a proof or a test talks to.

They speak real HTTP or SQL, so the adapters under test are those of the shop, down to the socket.
They ship with the shop and know nothing of it; only mika, proofs and tests import them.
"""
