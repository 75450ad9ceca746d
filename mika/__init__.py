"""The command line, and opening the shop: the only place that knows everyone."""
