"""Prices that are pushed: what both dialects' websocket endpoints share."""
