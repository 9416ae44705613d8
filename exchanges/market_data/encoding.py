"""The snapshot as two texts, because they change at different times: prices often, closes when a candle closes.

    prices   {"taken_at", "simulated", "tickers": [[symbol, bid, ask, last] ...]}
    closes   [[symbol, timeframe, open time of the newest, "close close close"] ...]

A decoder remembers the last of each: what is written as before is the same object as before, and of a series that went
on by some candles only those are read.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from exchanges.dialects.reading import plain
from exchanges.domain import Ticker, Venue
from exchanges.market_data.view import Series, Snapshot

SeriesKey = tuple[str, str]


def encode_prices(snapshot: Snapshot) -> bytes:
    tickers = [
        [ticker.symbol, plain(ticker.bid), plain(ticker.ask), plain(ticker.last)]
        for ticker in snapshot.tickers.values()
    ]
    content = {
        "taken_at": snapshot.taken_at.isoformat(),
        "simulated": snapshot.simulated,
        "tickers": tickers,
    }
    return json.dumps(content, separators=(",", ":")).encode()


def encode_closes(closes: Mapping[SeriesKey, Series]) -> bytes:
    rows = [
        [symbol, timeframe, series.last_open_time.isoformat(), series.text]
        for (symbol, timeframe), series in closes.items()
    ]
    return json.dumps(rows, separators=(",", ":")).encode()


class SnapshotDecoder:
    """Reads the texts of one venue. Used by one thread at a time."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._tickers: dict[str, tuple[list[str], Ticker]] = {}
        self._series: dict[SeriesKey, tuple[list[str], Series]] = {}
        self._closes: dict[SeriesKey, Series] = {}

    def decode(self, prices: bytes, closes: bytes | None = None) -> Snapshot:
        """The snapshot; without `closes` they are those of the last time, the same object."""
        if closes is not None:
            self._series = {(row[0], row[1]): (row, self._read_series(row)) for row in json.loads(closes)}
            self._closes = {key: series for key, (_, series) in self._series.items()}
        content = json.loads(prices)
        self._tickers = {row[0]: (row, self._read_ticker(row)) for row in content["tickers"]}
        return Snapshot(
            self._venue,
            datetime.fromisoformat(content["taken_at"]),
            {symbol: ticker for symbol, (_, ticker) in self._tickers.items()},
            self._closes,
            content["simulated"],
        )

    def _read_ticker(self, row: list[str]) -> Ticker:
        kept, ticker = self._tickers.get(row[0], (None, None))
        if ticker is not None and kept == row:
            return ticker
        return Ticker(row[0], *map(Decimal, row[1:]))

    def _read_series(self, row: list[str]) -> Series:
        kept, series = self._series.get((row[0], row[1]), (None, None))
        if series is None or kept is None:
            return Series(datetime.fromisoformat(row[2]), _read_closes(row[3]))
        if kept == row:
            return series
        return Series(datetime.fromisoformat(row[2]), _continue_closes(series.closes, kept[3], row[3]))


def _read_closes(text: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, text.split()))


def _continue_closes(closes: tuple[Decimal, ...], before: str, text: str) -> tuple[Decimal, ...]:
    """The closes of `text`, which mostly is `before` with its oldest close gone and a newer one behind."""
    _, _, without_oldest = before.partition(" ")
    for kept, written in ((closes[1:], without_oldest), (closes, before)):
        if kept and text.startswith(f"{written} "):
            return kept + _read_closes(text[len(written) :])
    return _read_closes(text)
