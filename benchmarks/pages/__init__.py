"""How soon the dashboard's pages are there for somebody with 10,000 trades, in a real Chromium.

`paints` is the benchmark; `browser` opens the pages and watches them; `filling` writes the trades into its database.
"""
