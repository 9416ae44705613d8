"""A bot over recorded candles makes exactly the trades that a plain calculation over the same candles gives.

The bot is the real one: engine, ledger, gateway and ccxt over HTTP to a paper exchange that replays the recording, one
candle per second, its clock moved on by hand. The calculation below knows nothing of them: it reads the file, takes means,
compares prices and adds up.
"""

import csv
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import pytest

from bots import engine
from bots.models import BotConfiguration, BotStatus
from exchanges.domain import Environment, Venue
from exchanges.market_data.collector import VenueCollector
from exchanges.market_data.snapshot import write_snapshot
from exchanges.market_data.subscriptions import Subscription
from exchanges.paper.tests.server import PaperServer, running
from trades.models import Trade
from users.keys import open_paper_key
from users.models import User

WINDOW, HISTORY, STEPS = 20, 60, 1_500
THRESHOLD, TARGET, STOP = Decimal("0.15"), Decimal("0.2"), Decimal("0.5")
CAPITAL = Decimal(100)
TICK, LOT, FEE, CENT8 = Decimal("0.01"), Decimal("0.00001"), Decimal("0.001"), Decimal("1e-8")
PAPER = Venue("binance", Environment.PAPER)


@pytest.fixture(scope="module")
def recording() -> Path:
    path = Path(os.environ.get("CARDUME_RECORDED_CANDLES") or "not-named")
    if not path.exists():
        pytest.skip("needs recorded candles: name the file in CARDUME_RECORDED_CANDLES")
    return path


@pytest.fixture(scope="module")
def paper(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperServer]:
    data = tmp_path_factory.mktemp("paper") / "paper.sqlite3"
    prices = f"replay:{recording},per=second,history={HISTORY},symbol=BTCUSDT"
    with running(PaperServer(data, "--prices", prices, "--clock", "manual", "--faults")) as server:
        yield server


@dataclass
class MarketClock:
    """The paper exchange's market time."""

    paper: PaperServer
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def advance(self) -> None:
        milliseconds = int(self.paper.control("clock", advance=1)["time"])
        self.now = datetime.fromtimestamp(milliseconds / 1000, UTC)


@dataclass(frozen=True)
class Expected:
    """One round trip of the plain calculation."""

    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    reason: str
    pnl: Decimal


def read_closes(path: Path) -> list[Decimal]:
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    return [Decimal(row["close"]) for row in rows[: HISTORY + STEPS + 1]]


def half_spread(price: Decimal) -> Decimal:
    return max(1, int(price / TICK) // 20_000) * TICK


def calculate(closes: list[Decimal]) -> list[Expected]:
    """Every closed round trip, in order."""
    done: list[Expected] = []
    entry: tuple[Decimal, Decimal] | None = None
    for now in range(HISTORY + 1, HISTORY + STEPS + 1):
        price, before = closes[now], closes[now - WINDOW : now]
        if entry is None and price <= sum(before, Decimal()) / WINDOW * (1 - THRESHOLD / 100):
            ask = price + half_spread(price)
            quantity = (CAPITAL / (ask * Decimal("1.005")) / LOT).to_integral_value(ROUND_DOWN) * LOT
            entry = (ask, quantity)
        elif entry is not None:
            reason = exit_reason(price, entry[0])
            if reason:
                done.append(close(entry, price - half_spread(price), reason))
                entry = None
    return done


def exit_reason(price: Decimal, entry_price: Decimal) -> str:
    if price <= entry_price * (1 - STOP / 100):
        return "stop_loss"
    return "take_profit" if price >= entry_price * (1 + TARGET / 100) else ""


def close(entry: tuple[Decimal, Decimal], bid: Decimal, reason: str) -> Expected:
    ask, bought = entry
    held = bought - (bought * FEE).quantize(CENT8, ROUND_DOWN)
    sold = (held / LOT).to_integral_value(ROUND_DOWN) * LOT
    notional = sold * bid
    proceeds = notional - (notional * FEE).quantize(CENT8, ROUND_DOWN)
    cost_share = (ask * bought * sold / held).quantize(Decimal("1e-18"))
    return Expected(sold, ask, bid, reason, proceeds - cost_share)


@pytest.fixture
def bot(transactional_db: None, redis: Any, settings: Any, paper: PaperServer) -> BotConfiguration:
    settings.PAPER_EXCHANGE_URL = paper.url
    owner = User.objects.create_user("alice@example.com", "a-long-password-1")
    return BotConfiguration.objects.create(
        owner=owner,
        name="replay",
        exchange_key=open_paper_key(owner, "binance", "replay", datetime.now(UTC)),
        symbols=["BTC/USDT"],
        capital=CAPITAL,
        capital_currency="USDT",
        interval_seconds=1,
        parameters={
            "timeframe": "1s",
            "window": WINDOW,
            "threshold_percent": str(THRESHOLD),
            "exit_at_average": False,
        },
        take_profit_percent=TARGET,
        stop_loss_percent=STOP,
        status=BotStatus.ACTIVE,
    )


def replay(bot: BotConfiguration, paper: PaperServer) -> None:
    clock = MarketClock(paper, datetime.now(UTC))
    subscriptions = [Subscription(PAPER, "BTC/USDT", "1s", WINDOW)]
    with VenueCollector(PAPER) as collector:
        for _ in range(STEPS):
            clock.advance()
            write_snapshot(collector.collect(subscriptions, clock()))
            assert engine.run_bot(bot.pk, clock(), 1, clock)


@pytest.mark.timeout(600)
def test_the_bots_trades_are_those_of_a_plain_calculation(
    bot: BotConfiguration, paper: PaperServer, recording: Path
) -> None:
    replay(bot, paper)
    trades = Trade.objects.filter(bot=bot, status="CLOSED").order_by("opened_at", "pk")
    made = [
        Expected(
            trade.quantity - trade.dust,
            trade.entry_price,
            trade.exit_price,
            trade.exit_reason,
            trade.realised_pnl,
        )
        for trade in trades
    ]
    expected = calculate(read_closes(recording))
    assert len(expected) >= 10
    assert {trade.reason for trade in expected} == {"take_profit", "stop_loss"}
    assert made == expected
