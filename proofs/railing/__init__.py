"""What `proofs/rails.py` plays: a shop that takes money by one rail, and that rail's double with its buyers.

One file per rail says how its double is opened and paid, what it tells, and how its notices are forged: each is a
provider.Provider. What is played stands in sales.py (the way itself, under faults), forged.py and confirmed.py;
guards.py has what each can't do without.
"""
