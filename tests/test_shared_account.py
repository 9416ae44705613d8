"""A bot and its owner on one account of the paper exchange, over real HTTP and in both dialects.

The owner trades by hand through signed calls of their own. Each test ends with the exchange's own ledger.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bots import engine
from bots.decisions import read_decisions
from bots.models import BotConfiguration, BotStatus
from bots.sizing import floor_to_step
from exchanges import instruments
from exchanges.credentials import Credentials
from exchanges.domain import Environment, Ticker, Venue
from exchanges.market_data.snapshot import Series, Snapshot, write_snapshot
from exchanges.paper.tests.server import PaperServer, running
from saas.clock import utc_now
from saas.redis import get_redis, key
from trades.coverage import look_at_key
from trades.models import Order, Trade
from users.encryption import encrypt_credentials, fingerprints
from users.models import ExchangeAPIKey, KeyState, User

PRICE = Decimal(100_000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperServer]:
    folder: Path = tmp_path_factory.mktemp("paper")
    with running(PaperServer(folder / "paper.sqlite3", "--faults")) as exchange:
        exchange.control("price", symbol="BTCUSDT", price=str(PRICE))
        yield exchange


@dataclass
class SharedAccount:
    """One account, its owner's hands and one bot."""

    server: PaperServer
    account: dict[str, Any]
    bot: BotConfiguration
    ahead: timedelta = timedelta()

    def clock(self) -> datetime:
        """Real time, and what the test has waited in thought."""
        return utc_now() + self.ahead

    def wait(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    def tick(self, price: Decimal = PRICE) -> str:
        """One run of the bot at this price, its pauses over; the code of what it decided."""
        tickers = {
            "BTC/USDT": Ticker("BTC/USDT", price, price, price),
            "USDT/BRL": Ticker("USDT/BRL", Decimal(5), Decimal(5), Decimal(5)),
        }
        series = Series(self.clock(), (PRICE * 2, PRICE * 2, PRICE * 2))
        candles = {("BTC/USDT", "1m"): series}
        write_snapshot(Snapshot(self.bot.exchange_key.venue, self.clock(), tickers, candles, simulated=True))
        get_redis().delete(key(f"cooldown:{self.bot.pk}:BTC/USDT:exit"))
        assert engine.run_bot(self.bot.pk, self.clock(), 1, self.clock)
        return read_decisions(self.bot.pk, 1)[0].code

    def stop_out(self) -> str:
        return self.tick(PRICE * Decimal("0.9"))

    def look_twice(self) -> int:
        self.wait(60)
        corrected = look_at_key(self.bot.exchange_key_id, self.clock)
        self.wait(5)
        return corrected + look_at_key(self.bot.exchange_key_id, self.clock)

    def order_by_hand(self, **fields: Any) -> dict[str, Any]:
        answer = self.server.signed(self.account, "POST", "/api/v3/order", symbol="BTCUSDT", **fields)
        assert answer.status_code == 200, answer.text
        placed: dict[str, Any] = answer.json()
        return placed

    def cancel_by_hand(self, order: dict[str, Any]) -> None:
        answer = self.server.signed(
            self.account, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=order["orderId"]
        )
        assert answer.status_code == 200, answer.text

    def withdraw(self, quantity: Decimal) -> None:
        self.server.control("account", apiKey=self.account["apiKey"], withdraw={"BTC": str(quantity)})

    def bitcoins(self) -> Decimal:
        balance = self.server.ledger(self.account)["balances"].get("BTC", {"free": "0", "locked": "0"})
        return Decimal(balance["free"]) + Decimal(balance["locked"])

    def status_of(self, order: dict[str, Any]) -> str:
        rows = self.server.ledger(self.account)["orders"]
        return next(str(row["status"]) for row in rows if row["id"] == order["orderId"])

    def own_bitcoin_orders(self) -> int:
        return Order.objects.filter(bot=self.bot).count()


def sellable(trade: Trade) -> str:
    return str(floor_to_step(trade.held_quantity, trade.lot_size))


@pytest.fixture(params=["binance", "bybit"])
def shared(
    request: pytest.FixtureRequest,
    server: PaperServer,
    transactional_db: None,
    redis: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[SharedAccount]:
    settings.PAPER_EXCHANGE_URL = settings.BYBIT_PAPER_URL = server.url
    monkeypatch.setattr("trades.imports.rate_for_fill", lambda *_: Decimal(5))
    instruments._kept.clear()
    account = server.open_account(balances={"USDT": "1000"})
    credentials = Credentials(account["apiKey"], account["secretKey"])
    owner = User.objects.create_user("alice@example.com", None)
    exchange_key = ExchangeAPIKey.objects.create(
        owner=owner,
        exchange=request.param,
        environment=Environment.PAPER.value,
        ciphertext=encrypt_credentials(credentials, owner.pk),
        fingerprint=fingerprints(credentials.api_key)[0],
        state=KeyState.VALID,
    )
    assert exchange_key.venue == Venue(request.param, Environment.PAPER)
    bot = BotConfiguration.objects.create(
        owner=owner,
        name="bot",
        exchange_key=exchange_key,
        symbols=["BTC/USDT"],
        capital=Decimal(500),
        parameters={"timeframe": "1m", "window": 3, "threshold_percent": "1", "exit_at_average": False},
        stop_loss_percent=Decimal(5),
        status=BotStatus.ACTIVE,
    )
    yield SharedAccount(server, account, bot)
    instruments._kept.clear()


@pytest.fixture
def trade(shared: SharedAccount) -> Trade:
    """The bot's position of nearly 100 USDT, whose coins are all that the account has."""
    assert shared.tick() == "below_average"
    trade = Trade.objects.get()
    assert shared.bitcoins() == trade.held_quantity
    return trade


def test_a_position_sold_by_hand_is_closed_and_nothing_more_is_sold(
    shared: SharedAccount, trade: Trade
) -> None:
    sold = shared.order_by_hand(side="SELL", type="MARKET", quantity=sellable(trade))
    assert shared.stop_out() == "coins_missing"
    assert shared.look_twice() == 1
    trade.refresh_from_db()
    assert (trade.status, trade.exit_reason, trade.realised_pnl) == ("CLOSED", "manual", Decimal(0))
    assert trade.corrected_quantity == trade.quantity - trade.dust
    assert [event.kind for event in shared.bot.events.all()][:1] == ["position_gone"]
    assert (shared.own_bitcoin_orders(), shared.status_of(sold)) == (1, "FILLED")


def test_a_part_moved_away_is_taken_off_and_exactly_the_rest_is_sold(
    shared: SharedAccount, trade: Trade
) -> None:
    shared.withdraw(Decimal("0.0004"))
    assert shared.look_twice() == 1
    assert shared.stop_out() == "stop_loss"
    trade.refresh_from_db()
    assert (trade.status, trade.corrected_quantity) == ("CLOSED", Decimal("0.0004"))
    assert shared.bitcoins() == trade.dust < trade.lot_size
    assert trade.cost == trade.corrected_cost + trade.dust_cost + trade.proceeds - trade.realised_pnl
    assert shared.look_twice() == 0


def test_the_owners_open_order_keeps_its_coins_and_is_never_touched(
    shared: SharedAccount, trade: Trade
) -> None:
    resting = shared.order_by_hand(
        side="SELL", type="LIMIT", timeInForce="GTC", quantity=sellable(trade), price=str(PRICE * 2)
    )
    assert [shared.stop_out(), shared.stop_out()] == ["coins_locked"] * 2
    assert shared.look_twice() == 0
    assert shared.status_of(resting) == "NEW"
    shared.cancel_by_hand(resting)
    assert shared.stop_out() == "stop_loss"
    trade.refresh_from_db()
    assert (trade.status, trade.corrected_quantity) == ("CLOSED", Decimal(0))


def test_coins_that_the_owner_had_before_are_neither_sold_nor_missed(shared: SharedAccount) -> None:
    shared.server.control("account", apiKey=shared.account["apiKey"], deposit={"BTC": "0.5"})
    shared.tick()
    shared.withdraw(Decimal("0.4"))
    assert shared.look_twice() == 0
    assert shared.stop_out() == "stop_loss"
    trade = Trade.objects.get()
    assert shared.bitcoins() == Decimal("0.1") + trade.dust
