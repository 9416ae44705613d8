"""A bot on each exchange's side of the paper exchange, from the account opened in one click to the closed trade.

Everything is real but the process: API, engine, ledger, gateway and ccxt over HTTP. The market's clock is moved on by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from bots import engine
from bots.decisions import read_decisions
from bots.models import BotConfiguration
from exchanges.market_data.collector import VenueCollector
from exchanges.market_data.snapshot import write_snapshot
from exchanges.market_data.subscriptions import Subscription
from exchanges.paper.tests.server import PaperServer, running
from trades.domain import OrderStatus, TradeStatus
from trades.models import Fill, Order, Trade
from users.keys import read_credentials
from users.models import ExchangeAPIKey, User

SYMBOL, WINDOW = "BTC/USDT", 3
ORDER_PATHS = {"binance": "/api/v3/order", "bybit": "/v5/order/create"}


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperServer]:
    data: Path = tmp_path_factory.mktemp("paper") / "paper.sqlite3"
    with running(PaperServer(data, "--faults", "--clock", "manual")) as server:
        yield server


@dataclass
class Trader:
    """A bot, the market that it watches, and the clock of both."""

    bot: BotConfiguration
    paper: PaperServer
    collector: VenueCollector
    now: datetime

    def clock(self) -> datetime:
        return self.now

    def pin(self, price: str) -> None:
        self.paper.control("price", symbol="BTCUSDT", price=price)

    def tick(self, seconds: int = 1) -> str:
        """What the bot does at the next tick."""
        milliseconds = int(self.paper.control("clock", advance=seconds)["time"])
        self.now = datetime.fromtimestamp(milliseconds / 1000, UTC)
        subscriptions = [Subscription(self.collector.venue, SYMBOL, "1m", WINDOW)]
        write_snapshot(self.collector.collect(subscriptions, self.now))
        assert engine.run_bot(self.bot.pk, self.now, 1, self.clock)
        return read_decisions(self.bot.pk, 1)[0].action

    def ledger(self) -> dict[str, Any]:
        return self.paper.ledger({"apiKey": read_credentials(self.bot.exchange_key).api_key})


@pytest.fixture(params=["binance", "bybit"])
def trader(
    request: pytest.FixtureRequest, transactional_db: None, redis: Any, settings: Any, paper: PaperServer
) -> Iterator[Trader]:
    settings.PAPER_EXCHANGE_URL = paper.url
    owner = User.objects.create_user("alice@example.com", "a-long-password-1")
    client = APIClient()
    client.force_authenticate(owner)
    opened = client.post("/api/exchange-keys/paper/", {"exchange": request.param}, format="json")
    assert (opened.status_code, opened.json()["state"]) == (201, "valid")
    key = ExchangeAPIKey.objects.get(pk=opened.json()["id"])
    created = client.post("/api/bots/", content(key), format="json")
    assert created.status_code == 201, created.json()
    bot = BotConfiguration.objects.get(pk=created.json()["id"])
    assert client.post(f"/api/bots/{bot.pk}/start/").status_code == 200
    with VenueCollector(key.venue) as collector:
        yield Trader(bot, paper, collector, datetime.now(UTC))
    paper.control("faults", clear=True)
    paper.control("price", symbol="BTCUSDT", price=None)


def content(key: ExchangeAPIKey) -> dict[str, Any]:
    return {
        "name": "paper",
        "exchange_key": key.pk,
        "symbols": ["BTCUSDT"],
        "strategy": "buy_below_average",
        "parameters": {"timeframe": "1m", "window": WINDOW, "threshold_percent": "1"},
        "capital": "500",
        "capital_currency": "USDT",
        "interval_seconds": 1,
        "max_open_trades": 1,
        "take_profit_percent": "3",
    }


def assert_ledgers_agree(trader: Trader) -> None:
    ledger = trader.ledger()
    ours = {(o.client_order_id, o.status, o.filled_quantity) for o in Order.objects.all()}
    assert ours == {
        (o["client_order_id"], o["status"], Decimal(o["executed_quantity"])) for o in ledger["orders"]
    }
    fills = sorted((f.price, f.quantity, f.fee, f.fee_asset) for f in Fill.objects.all())
    assert fills == sorted(
        (Decimal(f["price"]), Decimal(f["quantity"]), Decimal(f["fee"]), f["fee_asset"])
        for f in ledger["fills"]
    )


def test_it_buys_below_the_average_and_sells_at_the_target(trader: Trader) -> None:
    trader.pin("50000")
    assert trader.tick((WINDOW + 1) * 60) == "wait"
    trader.pin("49000")
    assert [trader.tick(), trader.tick()] == ["buy", "hold"]
    trader.pin("51000")
    assert trader.tick() == "sell"
    trade = Trade.objects.get()
    assert (trade.status, trade.exit_reason) == (TradeStatus.CLOSED.value, "take_profit")
    assert trade.realised_pnl > 0
    assert_ledgers_agree(trader)


def test_an_order_that_was_accepted_and_executes_later_is_imported_later(trader: Trader) -> None:
    path = ORDER_PATHS[trader.bot.exchange_key.exchange]
    trader.pin("50000")
    trader.tick((WINDOW + 1) * 60)
    trader.paper.control("faults", add=[{"kind": "defer", "endpoint": f"POST {path}", "seconds": 3}])
    trader.pin("49000")
    trader.tick()
    order = Order.objects.get()
    assert (order.status, order.filled_quantity) == (OrderStatus.OPEN.value, Decimal(0))
    for _ in range(30):
        trader.tick()
    order = Order.objects.get()
    assert order.status == OrderStatus.FILLED.value
    assert_ledgers_agree(trader)
