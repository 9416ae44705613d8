"""Publishes prices once a second until it is ended, in the place of the market-data process."""

import time
from decimal import Decimal
from itertools import count

import django

from exchanges.domain import Environment, Ticker, Venue
from exchanges.market_data.snapshot import Snapshot, write_snapshot
from saas.clock import utc_now

VENUE = Venue("binance", Environment.PAPER)
SYMBOLS = [
    f"{base}/USDT" for base in ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "LINK", "AVAX", "DOT"]
]
SECOND = 1.0


def publish(tick: int) -> None:
    """Each price moves by a cent per tick."""
    moved = Decimal(tick % 100) / 100
    tickers = {
        symbol: Ticker(symbol, price, price, price)
        for symbol, price in [("USDT/BRL", Decimal("5.31")), *((name, 100 + moved) for name in SYMBOLS)]
    }
    write_snapshot(Snapshot(VENUE, utc_now(), tickers, {}, simulated=True))


def main() -> None:
    django.setup()
    for tick in count():
        publish(tick)
        time.sleep(SECOND)


if __name__ == "__main__":
    main()
