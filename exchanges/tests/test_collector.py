"""The collector asks the exchange once for everybody, and what it publishes belongs together."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges import instruments
from exchanges.domain import Environment, Venue
from exchanges.errors import ExchangeUnavailable, RateLimited, RequestRefused
from exchanges.gateway import PublicClient
from exchanges.market_data.collector import VenueCollector
from exchanges.market_data.snapshot import Snapshot, read_snapshot, write_snapshot
from exchanges.market_data.subscriptions import Subscription
from exchanges.tests.canned import binance_instrument
from exchanges.tests.conftest import BINANCE, BYBIT
from exchanges.tests.fake_exchange import Asked, FakeExchange, Reply
from exchanges.tests.test_streaming import wait_for
from exchanges.timeframes import length_of

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
BTC, ETH = "BTC/USDT", "ETH/USDT"
STATUS = {"prices": "live", "simulated": False, "ready": True, "message": ""}


def collect_once(venue: Venue, subscriptions: Sequence[Subscription], now: datetime) -> Snapshot:
    """One tick from nothing: collect, publish and return the snapshot."""
    with VenueCollector(venue) as collector:
        snapshot = collector.collect(subscriptions, now)
    write_snapshot(snapshot)
    return snapshot


class Market:
    """A market whose price is the number of seconds since the start, with a clock that the test moves."""

    def __init__(self) -> None:
        self.now = START
        self.pairs = [("BTC", "USDT"), ("ETH", "USDT"), ("USDT", "BRL"), ("BNB", "USDT")]
        self.broken: set[str] = set()

    def price(self) -> str:
        return str(1_000 + (self.now - START).total_seconds())

    def answer(self, asked: Asked) -> Any:
        name = asked.path.rsplit("/", 1)[-1]
        if name == "status":
            return STATUS
        if name == "exchangeInfo":
            return {"symbols": [binance_instrument(*pair) for pair in self.pairs]}
        if name == "24hr":
            return [self.ticker(symbol) for symbol in asked.fields["symbols"].strip('["]').split('","')]
        assert name == "klines"
        return self.candles(asked.fields)

    def ticker(self, symbol: str) -> dict[str, Any]:
        time = int(self.now.timestamp() * 1_000)
        price = "0.00000000" if symbol == "BNBUSDT" else self.price()
        return {"symbol": symbol, "bidPrice": price, "askPrice": price, "lastPrice": price, "closeTime": time}

    def candles(self, fields: Any) -> Any:
        if fields["symbol"] in self.broken:
            return {"code": -1121, "msg": "broken"}
        length = int(length_of(fields["interval"]).total_seconds())
        newest = int(self.now.timestamp()) // length * length
        opens = [newest - back * length for back in reversed(range(int(fields["limit"])))]
        return [
            [opened * 1_000, "1", "1", "1", str(opened - int(START.timestamp())), "1"] for opened in opens
        ]


@pytest.fixture
def market(fake: FakeExchange) -> Market:
    market = Market()
    fake.route = market.answer
    return market


@pytest.fixture
def collector(market: Market) -> Iterator[VenueCollector]:
    with VenueCollector(BINANCE) as collector:
        yield collector


def watch(symbol: str = BTC, timeframe: str = "1s", window: int = 5) -> Subscription:
    return Subscription(BINANCE, symbol, timeframe, window)


def counted(fake: FakeExchange) -> Counter[str]:
    counts = Counter(asked.path.rsplit("/", 1)[-1] for asked in fake.asked)
    fake.asked.clear()
    return counts


def closes_of(snapshot: Snapshot, symbol: str = BTC, timeframe: str = "1s") -> list[int]:
    return [int(close) for close in snapshot.closes[symbol, timeframe].closes]


def test_a_tick_publishes_tickers_and_closed_candles(market: Market) -> None:
    market.now = START + timedelta(seconds=100, milliseconds=200)
    snapshot = collect_once(BINANCE, [watch(), watch(ETH, "1m", 2)], market.now)
    assert read_snapshot(BINANCE) == snapshot
    assert snapshot.tickers[BTC].last == Decimal("1100.2")
    assert closes_of(snapshot) == [95, 96, 97, 98, 99]
    assert snapshot.closes[BTC, "1s"].last_open_time == START + timedelta(seconds=99)
    assert closes_of(snapshot, ETH, "1m") == [-60, 0]
    assert snapshot.taken_at == market.now
    assert not snapshot.simulated


def test_requests_do_not_grow_with_those_who_watch(
    fake: FakeExchange, market: Market, collector: VenueCollector
) -> None:
    everybody = [watch(), watch(window=3), watch(window=5), watch(ETH), watch(ETH, "1m")] * 200
    collector.collect(everybody, market.now)
    assert counted(fake) == {"status": 1, "exchangeInfo": 1, "24hr": 1, "klines": 3}
    market.now += timedelta(milliseconds=400)
    collector.collect(everybody, market.now)
    assert counted(fake) == {"24hr": 1}


def test_a_candle_is_asked_for_once_it_has_closed(
    fake: FakeExchange, market: Market, collector: VenueCollector
) -> None:
    wanted = [watch(), watch(BTC, "1m", 3)]
    for second in range(1, 121):
        market.now = START + timedelta(seconds=second)
        snapshot = collector.collect(wanted, market.now)
        assert closes_of(snapshot) == list(range(second - 5, second))
        assert snapshot.closes[BTC, "1m"].last_open_time == START + timedelta(minutes=second // 60 - 1)
    asked = Counter(asked.fields["interval"] for asked in fake.asked if asked.path.endswith("klines"))
    assert asked == {"1s": 120, "1m": 3}
    limits = {asked.fields["limit"] for asked in fake.asked if asked.fields.get("interval") == "1s"}
    assert limits == {"6", "2"}


def test_missed_ticks_leave_no_hole(market: Market, collector: VenueCollector) -> None:
    for second in (10, 11, 14, 40, 41):
        market.now = START + timedelta(seconds=second)
        assert closes_of(collector.collect([watch()], market.now)) == list(range(second - 5, second))


def test_an_exchange_whose_clock_is_ahead_decides(market: Market, collector: VenueCollector) -> None:
    collector.collect([watch()], market.now)
    ours = market.now
    market.now += timedelta(seconds=30)
    assert closes_of(collector.collect([watch()], ours))[-1] == 29


def test_an_exchange_whose_clock_is_behind_decides(market: Market, collector: VenueCollector) -> None:
    collector.collect([watch()], market.now)
    snapshot = collector.collect([watch()], market.now + timedelta(seconds=30))
    assert closes_of(snapshot)[-1] == -1


def test_a_wider_window_is_loaded_and_a_forgotten_series_is_dropped(
    market: Market, collector: VenueCollector
) -> None:
    collector.collect([watch(window=3), watch(ETH)], market.now)
    snapshot = collector.collect([watch(window=8)], market.now)
    assert len(snapshot.closes[BTC, "1s"].closes) == 8
    assert snapshot.closes.keys() == {(BTC, "1s")}


def test_rates_for_conversion_are_always_there(market: Market, collector: VenueCollector) -> None:
    snapshot = collector.collect([watch(ETH)], market.now)
    assert snapshot.tickers.keys() == {ETH, BTC, "USDT/BRL"}, "BNB/USDT has no price, the rest is not listed"


def test_a_window_of_nothing_is_the_ticker_alone(
    fake: FakeExchange, market: Market, collector: VenueCollector
) -> None:
    snapshot = collector.collect([watch(ETH, "1s", 0)], market.now)
    assert (ETH in snapshot.tickers, dict(snapshot.closes)) == (True, {})
    assert counted(fake)["klines"] == 0


@pytest.mark.parametrize("wrong", [watch("NOPE/USDT"), watch("HALT/USDT"), watch(BTC, "2s")])
def test_what_is_not_offered_spoils_nothing_for_others(
    market: Market, collector: VenueCollector, wrong: Subscription
) -> None:
    market.pairs.append(("HALT", "USDT", "BREAK"))  # type: ignore[arg-type]  # a pair that is not traded now
    snapshot = collector.collect([wrong, watch(ETH)], market.now)
    assert snapshot.closes.keys() == {(ETH, "1s")}


def test_a_pair_that_is_delisted_spoils_the_others_prices_no_longer_than_it_takes_to_ask(
    fake: FakeExchange, market: Market, collector: VenueCollector
) -> None:
    """Binance refuses all tickers where one of them is of a pair that it does not know any more."""
    gone, wanted = ("GONE", "USDT"), [watch(), watch("GONE/USDT")]

    def answer(asked: Asked) -> Any:
        if "GONEUSDT" in str(asked.fields.get("symbols")) and gone not in market.pairs:
            return Reply({"code": -1121, "msg": "Invalid symbol."}, 400)
        return market.answer(asked)

    fake.route = answer
    market.pairs.append(gone)
    assert "GONE/USDT" in collector.collect(wanted, market.now).tickers
    market.pairs.remove(gone)
    with pytest.raises(RequestRefused):
        collector.collect(wanted, market.now)
    wait_for(lambda: "GONE/USDT" not in instruments.get_instruments(BINANCE))
    assert collector.collect(wanted, market.now).tickers.keys() == {BTC, "USDT/BRL"}


def test_an_exchange_that_refuses_for_another_reason_is_not_asked_for_its_rules_each_time(
    fake: FakeExchange, market: Market, collector: VenueCollector
) -> None:
    collector.collect([watch()], market.now)
    counted(fake)
    fake.route = None
    fake.reply(Reply({"code": -1100, "msg": "Illegal characters."}, 400))
    for _ in range(3):
        with pytest.raises(RequestRefused):
            collector.collect([watch()], market.now)
    wait_for(lambda: any(asked.path.endswith("exchangeInfo") for asked in fake.asked))
    assert counted(fake) == {"24hr": 3, "exchangeInfo": 1}


def test_a_pair_that_left_the_list_of_bybit_leaves_the_others_their_prices(fake: FakeExchange) -> None:
    from exchanges.tests.canned import bybit_answer, bybit_instrument

    def answer(asked: Asked) -> Any:
        answered: Any = STATUS if asked.path.endswith("status") else bybit_answer(asked)
        if asked.path.endswith("instruments-info"):
            answered["result"]["list"].append(bybit_instrument("GONE", "USDT"))
        return answered

    fake.route = answer
    wanted = [Subscription(BYBIT, symbol, "1m", 1) for symbol in (BTC, "GONE/USDT")]
    snapshot = collect_once(BYBIT, wanted, datetime.now(UTC))
    assert snapshot.tickers.keys() == {BTC}


def test_a_series_that_cannot_be_brought_up_to_date_is_left_out(
    market: Market, collector: VenueCollector
) -> None:
    wanted = [watch(), watch(ETH)]
    collector.collect(wanted, market.now)
    market.broken = {"BTCUSDT"}
    market.now += timedelta(seconds=1)
    assert collector.collect(wanted, market.now).closes.keys() == {(ETH, "1s")}
    market.broken = set()
    market.now += timedelta(seconds=1)
    snapshot = collector.collect(wanted, market.now)
    assert closes_of(snapshot) == closes_of(snapshot, ETH) == list(range(-3, 2))


def test_a_rate_limit_ends_the_tick_and_is_obeyed(
    fake: FakeExchange, market: Market, collector: VenueCollector
) -> None:
    collector.collect([watch()], market.now)
    fake.route = None
    fake.reply(Reply({"code": -1003, "msg": "banned"}, 418, {"Retry-After": "60"}))
    with pytest.raises(RateLimited):
        collector.collect([watch()], market.now)
    fake.asked.clear()
    with pytest.raises(RateLimited):
        collector.collect([watch()], market.now)
    assert fake.asked == []


def test_a_paper_exchange_that_is_not_ready_has_no_snapshot(
    fake: FakeExchange, collector: VenueCollector
) -> None:
    fake.route = None
    fake.reply(Reply({**STATUS, "ready": False, "message": "no prices yet"}))
    with pytest.raises(ExchangeUnavailable, match="no prices yet"):
        collector.collect([watch()], START)


def test_a_testnet_is_not_asked_whether_it_is_simulated() -> None:
    with VenueCollector(Venue("bybit", Environment.TESTNET)) as collector:
        assert not collector._is_simulated()


def test_bybit_collects_too(fake: FakeExchange) -> None:
    from exchanges.tests.canned import bybit_answer

    fake.route = lambda asked: STATUS if asked.path.endswith("status") else bybit_answer(asked)
    snapshot = collect_once(
        BYBIT, [Subscription(BYBIT, BTC, "1m", 1), Subscription(BYBIT, BTC, "1s", 5)], datetime.now(UTC)
    )
    assert snapshot.tickers[BTC].last == Decimal("1.01")
    assert snapshot.closes.keys() == {(BTC, "1m")}


def test_the_paper_exchange_agrees_with_every_closed_candle(paper: str) -> None:
    wanted = [watch(symbol, timeframe, 20) for symbol in (BTC, ETH) for timeframe in ("1s", "1m")]
    now = datetime.now(UTC)
    snapshot = collect_once(BINANCE, wanted, now)
    assert snapshot.simulated
    with PublicClient(BINANCE) as client:
        for (symbol, timeframe), series in snapshot.closes.items():
            length = length_of(timeframe)
            first = series.last_open_time - length * (len(series.closes) - 1)
            truth = client.fetch_candles(symbol, timeframe, len(series.closes), since=first)
            assert [candle.close for candle in truth] == list(series.closes)
            assert series.last_open_time + 2 * length > now, "the newest closed candle is there"
