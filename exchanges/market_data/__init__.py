"""One shared view of each market: the exchange is asked once per tick, however many bots watch."""
