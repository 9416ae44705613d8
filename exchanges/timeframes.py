"""Candle lengths: which ones an exchange offers, and how long they are."""

from datetime import timedelta

from exchanges.dialects import get_dialect

TIMEFRAME_SECONDS = {
    "1s": 1,
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1_800,
    "1h": 3_600,
    "4h": 14_400,
    "1d": 86_400,
}


def timeframe_seconds(timeframe: str) -> int:
    """Raises KeyError for a timeframe that Cardume does not know."""
    return TIMEFRAME_SECONDS[timeframe]


def supported_timeframes(exchange: str) -> tuple[str, ...]:
    """The timeframes that this exchange has candles for, shortest first."""
    return tuple(name for name in TIMEFRAME_SECONDS if name in get_dialect(exchange).timeframes)


def length_of(timeframe: str) -> timedelta:
    return timedelta(seconds=timeframe_seconds(timeframe))
