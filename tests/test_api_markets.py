"""`/api/markets/` and `/api/candles/`: what can be traded at what price."""

from typing import Any

import pytest

from exchanges.dialects import DIALECTS
from saas.redis import key
from tests.cast import PAPER, FakeVenue, Person, alice, venue

__all__ = ["alice", "venue"]

MARKETS = "/api/markets/?exchange=binance&environment=paper"
CANDLES = "/api/candles/?exchange=binance&environment=paper"


def test_markets_list_the_instruments_with_their_last_prices(alice: Person, venue: FakeVenue) -> None:
    market = alice.client.get(MARKETS).json()
    assert (market["exchange"], market["environment"], market["simulated"]) == ("binance", "paper", True)
    assert market["instruments"][0] == {
        "symbol": "BTC/USDT",
        "base": "BTC",
        "quote": "USDT",
        "tick_size": "0.01",
        "lot_size": "0.00001",
        "min_quantity": "0.00001",
        "min_notional": "5",
        "last_price": "100000",
    }


def test_without_a_snapshot_the_prices_are_unknown(alice: Person, venue: FakeVenue, redis: Any) -> None:
    redis.delete(key(f"market:{PAPER}"))
    market = alice.client.get(MARKETS).json()
    assert {row["last_price"] for row in market["instruments"]} == {None}
    assert market["simulated"] is True


def test_candles_are_exact_and_take_any_spelling_of_a_symbol(alice: Person, venue: FakeVenue) -> None:
    candles = alice.client.get(f"{CANDLES}&symbol=btcusdt&timeframe=1m&limit=3").json()
    assert len(candles) == 3
    assert candles[0] == {
        "open_time": "2026-11-10T12:00:00Z",
        "open": "100.5",
        "high": "100.5",
        "low": "100.5",
        "close": "100.5",
        "volume": "3",
    }


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("/api/markets/?exchange=nowhere&environment=paper", "exchange"),
        ("/api/markets/?environment=paper", "exchange"),
        ("/api/markets/?exchange=binance&environment=moon", "environment"),
        (f"{CANDLES}&symbol=NOPE&timeframe=1m", "symbol"),
        (f"{CANDLES}&timeframe=1m", "symbol"),
        (f"{CANDLES}&symbol=BTC/USDT&timeframe=2m", "timeframe"),
        ("/api/candles/?exchange=bybit&environment=live&symbol=BTC/USDT&timeframe=1s", "timeframe"),
        (f"{CANDLES}&symbol=BTC/USDT&timeframe=1m&limit=0", "limit"),
        (f"{CANDLES}&symbol=BTC/USDT&timeframe=1m&limit=1001", "limit"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    alice: Person, venue: FakeVenue, url: str, field: str
) -> None:
    answer = alice.client.get(url)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize("url", [MARKETS, f"{CANDLES}&symbol=BTC/USDT&timeframe=1m"])
def test_an_exchange_that_does_not_answer_is_a_503(alice: Person, venue: FakeVenue, url: str) -> None:
    venue.reachable = False
    answer = alice.client.get(url)
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange_unavailable")


def test_an_exchange_without_paper_trading_is_refused_by_its_environment(
    alice: Person, venue: FakeVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DIALECTS["bybit"], "is_on_paper", False)
    answer = alice.client.get("/api/markets/?exchange=bybit&environment=paper")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["environment"])
