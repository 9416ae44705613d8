"""The rate of a fill is the one of its moment: the shared snapshot's when it is new, its minute's when it is old."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.domain import Environment, Ticker, Venue
from exchanges.market_data.snapshot import Snapshot, write_snapshot
from exchanges.paper.tests.server import PaperServer, running
from saas.clock import utc_now
from trades.rates import rate_for_fill

PAPER = Venue("binance", Environment.PAPER)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperServer]:
    with running(
        PaperServer(tmp_path_factory.mktemp("rates") / "paper.sqlite3", "--prices", "walk")
    ) as server:
        yield server


@pytest.fixture
def venue(paper: PaperServer, redis: Any, settings: Any) -> Venue:
    settings.PAPER_EXCHANGE_URL = paper.url
    return PAPER


def publish(price: str) -> None:
    ticker = Ticker("USDT/BRL", Decimal(price), Decimal(price), Decimal(price))
    write_snapshot(Snapshot(PAPER, utc_now(), {"USDT/BRL": ticker}, {}, simulated=True))


def test_an_asset_is_worth_itself(venue: Venue) -> None:
    assert rate_for_fill(venue, "BRL", "BRL", utc_now(), utc_now()) == 1


def test_a_new_fill_takes_the_shared_snapshot(venue: Venue) -> None:
    publish("5.5")
    assert rate_for_fill(venue, "USDT", "BRL", utc_now(), utc_now()) == Decimal("5.5")


def test_an_old_fill_takes_the_close_of_its_own_minute(venue: Venue, paper: PaperServer) -> None:
    publish("9999")
    at = (utc_now() - timedelta(minutes=30)).replace(second=30, microsecond=0)
    start = int(at.replace(second=0).timestamp() * 1000)
    candle = paper.get("/api/v3/klines", symbol="USDTBRL", interval="1m", startTime=start, limit=1).json()[0]
    assert rate_for_fill(venue, "USDT", "BRL", at, utc_now()) == Decimal(candle[4])
    assert rate_for_fill(venue, "BRL", "USDT", at, utc_now()) == 1 / Decimal(candle[4])


def test_where_there_is_no_pair_the_rate_is_unknown(venue: Venue) -> None:
    assert rate_for_fill(venue, "ADA", "DOGE", utc_now() - timedelta(hours=1), utc_now()) is None
