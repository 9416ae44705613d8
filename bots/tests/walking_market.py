"""A market of a few coins whose prices a test moves tick by tick, and an exchange that fills orders at them."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bots.tests.conftest import PAPER
from exchanges.domain import ExchangeOrder, Instrument, OrderRequest, Side, Ticker
from exchanges.market_data.snapshot import Series, Snapshot, write_snapshot
from trades.tests.conftest import BTC, ManualClock
from trades.tests.fake_exchange import AT, FakeExchange

COINS = ("BTC", "ETH", "XRP")
SYMBOLS = tuple(f"{coin}/USDT" for coin in COINS)
STEP = timedelta(milliseconds=250)
CANDLES = 8


def instruments() -> dict[str, Instrument]:
    return {f"{coin}/USDT": replace(BTC, symbol=f"{coin}/USDT", base=coin) for coin in COINS}


@dataclass
class MarketExchange(FakeExchange):
    """Fills at the coin's own price, at the market's own time."""

    prices: Mapping[str, Decimal] = field(default_factory=dict)
    clock: ManualClock = field(default_factory=lambda: ManualClock(AT))

    def execute(self, request: OrderRequest) -> ExchangeOrder:
        self.price = self.prices[request.symbol]
        order = super().execute(request)
        base, quote = request.symbol.split("/")
        fee_asset = base if request.side is Side.BUY else quote
        self.fills[-1] = replace(self.fills[-1], executed_at=self.clock(), fee_asset=fee_asset)
        return order


class Market:
    """`step` moves the clock by a tick and prices by some thousandths, `show` to what it is told.

    A candle closes every few ticks; until then the series stay as they are.
    """

    def __init__(self, clock: ManualClock, candle_steps: int = 4) -> None:
        self.clock = clock
        self.candle_steps = candle_steps
        self.prices: dict[str, Decimal] = {}
        self.exchange = MarketExchange(prices=self.prices, clock=clock)
        self.restart(clock())

    def restart(self, at: datetime, candles: int = CANDLES) -> None:
        """Every coin at 100, with some candles of that, and money enough."""
        self.clock.now = at
        self.prices.update(dict.fromkeys(SYMBOLS, Decimal(100)))
        self.exchange.free = dict.fromkeys((*COINS, "USDT"), Decimal(1000))
        self.exchange.orders.clear()
        self.exchange.fills.clear()
        self._closes = {symbol: deque([Decimal(100)] * candles, maxlen=CANDLES) for symbol in SYMBOLS}
        self._steps, self._opened_at = 0, at
        self.snapshot = self.publish()

    def step(self, moves: Mapping[str, int], published: bool = True) -> None:
        moved = {symbol: self.prices[symbol] * (1000 + moves[symbol]) / 1000 for symbol in moves}
        self.show({symbol: price.quantize(Decimal("0.01")) for symbol, price in moved.items()}, published)

    def show(self, prices: Mapping[str, Decimal], published: bool = True) -> None:
        self.clock.now += STEP
        self._steps += 1
        self.prices.update(prices)
        if self._steps % self.candle_steps == 0:
            self._opened_at = self.clock()
            for symbol, closes in self._closes.items():
                closes.append(self.prices[symbol])
        if published:
            self.snapshot = self.publish()

    def publish(self) -> Snapshot:
        tickers = {symbol: Ticker(symbol, price, price, price) for symbol, price in self.prices.items()}
        tickers["USDT/BRL"] = Ticker("USDT/BRL", Decimal(5), Decimal(5), Decimal(5))
        series = {
            (symbol, "1s"): Series(self._opened_at, tuple(closes)) for symbol, closes in self._closes.items()
        }
        snapshot = Snapshot(PAPER, self.clock(), tickers, series, simulated=True)
        write_snapshot(snapshot)
        return snapshot
