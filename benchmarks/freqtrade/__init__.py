"""Cardume beside freqtrade, on one machine in one run.

freqtrade (https://www.freqtrade.io, GPL-3.0) is installed from the package registry into an environment of its own and run
as the separate program that it is: nothing of its code is copied, imported or shipped here. What is written for it is a
configuration and a strategy, against its documented interface. It runs dry, with the paper exchange's address in place of
Binance's.

`rule` is what both look for, `settings` what freqtrade is told, `environment` installs it, `program` runs it, `rivals` and
`cardume` measure either side, `figures` holds what they find, `report` puts it beside each other.
"""
