"""Bybit's v5 spot dialect, on a unified account, over the paper exchange."""
