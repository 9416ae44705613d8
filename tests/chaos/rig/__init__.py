"""One process that has everything loaded, and forks a child for each fault: what makes thousands of kills affordable.

A `Bench` is a paper exchange, a Redis, a database and a zygote, all of its own. The zygote (`python -m
tests.chaos.rig.zygote`) holds no connection to the database; its children run the real engine, ledger and recovery, are
really killed, and their successors find what the dead left in the real database and at the exchange.
"""
