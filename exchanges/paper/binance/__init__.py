"""Binance's spot REST dialect over the paper exchange."""
