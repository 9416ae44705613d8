"""A paper exchange: simulated spot trading over real HTTP, as a process of its own with its own storage.

It imports nothing else of the platform and nothing imports it: clients reach it only over HTTP, so what works
here works against a real venue once the base URL and the keys change.

Layers, each importing only those before it:

    instruments, bars, intervals, clock     values
    prices/                                 where prices come from (walk, replay, live), and pins over them
    book, matching, rules, orders           pure trading logic
    limits                                  how much an address may ask
    store, balances, exchange, history      the accounts and orders of this venue, kept in SQLite
    frame                                   what the frames of all dialects share
    binance/, bybit/                        dialects: the wire formats of two venues over the same exchange
    views                                   the exchange as one request meets it
    faults/, placings, control, app, __main__
                                            misbehaviour on demand, own endpoints, the process
"""
