"""Shops that an owner moves in from, one file each: what stands in theirs becomes core/old_shops.py's plain data.

A reader only reads, in one read-only transaction that sees one moment, or from an export. It decides nothing: what
becomes of each row is said by core/moving_in.py. To add one: write a file with a `read(source) -> OldShop`, and name
it here.
"""
