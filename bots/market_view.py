"""What a strategy is shown of the shared snapshot."""

from bots.strategies.base import CandleNeed, MarketView
from exchanges.market_data.snapshot import Snapshot


def view_of(snapshot: Snapshot | None, symbol: str, need: CandleNeed) -> MarketView | None:
    """One symbol with the candles a strategy needs; None without a price."""
    ticker = snapshot.tickers.get(symbol) if snapshot else None
    if snapshot is None or ticker is None:
        return None
    series = snapshot.closes.get((symbol, need.timeframe))
    if series is None:
        return MarketView(symbol, ticker.last, None, 0)
    return MarketView(symbol, ticker.last, series.average(need.window), len(series.closes))
