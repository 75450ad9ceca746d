"""The parts of the proof of restarts: the shop's processes, and the people who buy meanwhile."""
