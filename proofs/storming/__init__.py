"""What `proofs/storm.py` plays: a shop in a process of its own (till.py), the chat and its people in ours (town.py).

A leg is one file: deliveries, budgets, inbound, latency, names; guards.py has what each can't do without. WeChat's
files begin with its name: wechat_till, wechat_town, and the legs purchases, latency (answers, slow, overloaded), apart
and forged.
"""
