"""Who and what the API's tests play with: alice and bob, charlie the outsider, and a venue whose prices a test sets.

Fixtures to import (name them in the test module's `__all__`) and functions that make rows. Trades are made of orders and
fills by the same projection that the ledger uses.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from rest_framework.test import APIClient

from bots.models import BotConfiguration
from exchanges import instruments
from exchanges.credentials import Credentials
from exchanges.domain import Candle, Environment, Instrument, Ticker, Venue
from exchanges.errors import ExchangeUnavailable
from exchanges.market_data.snapshot import Snapshot, write_snapshot
from saas.clock import utc_now
from trades.models import Fill, Order, Trade
from trades.projection import project_trade
from users.encryption import encrypt_credentials, fingerprints
from users.models import ExchangeAPIKey, KeyState, User
from users.tokens import issue_pair

PAPER = Venue("binance", Environment.PAPER)
LONG_AGO = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
_numbers = count(1)


def instrument(base: str, quote: str, lot: str, min_notional: str = "5") -> Instrument:
    step = Decimal(lot)
    return Instrument(
        symbol=f"{base}/{quote}",
        exchange_symbol=f"{base}{quote}",
        base=base,
        quote=quote,
        tick_size=Decimal("0.01"),
        lot_size=step,
        min_quantity=step,
        max_quantity=None,
        min_notional=Decimal(min_notional),
    )


@dataclass
class FakeVenue:
    """The exchange as the gateway's public side sees it. `reachable` False lets every question fail.

    `candles` are what it answers for every symbol and length; without any they are all alike.
    """

    reachable: bool = True
    asked: int = 0
    instruments: dict[str, Instrument] = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    candles: list[Candle] = field(default_factory=list)

    def offer(self, listed: Instrument, price: str) -> None:
        self.instruments[listed.symbol] = listed
        self.prices[listed.symbol] = Decimal(price)

    def load_instruments(self, _venue: Venue) -> dict[str, Instrument]:
        self._ask()
        return dict(self.instruments)

    def tickers(self) -> dict[str, Ticker]:
        return {symbol: Ticker(symbol, price, price, price) for symbol, price in self.prices.items()}

    def publish(self, taken_at: datetime | None = None) -> None:
        """Write the shared snapshot, as the market-data process does."""
        write_snapshot(Snapshot(PAPER, taken_at or utc_now(), self.tickers(), {}, simulated=True))

    def fetch_market(self, symbols: Sequence[str]) -> tuple[dict[str, Ticker], None]:
        self._ask()
        return {symbol: ticker for symbol, ticker in self.tickers().items() if symbol in symbols}, None

    def fetch_candles(
        self, _symbol: str, _timeframe: str, limit: int, since: datetime | None = None
    ) -> list[Candle]:
        self._ask()
        if self.candles:
            later = [candle for candle in self.candles if since is None or candle.open_time >= since]
            return later[-limit:] if since is None else later[:limit]
        one = Decimal("100.5")
        return [
            Candle(LONG_AGO + timedelta(minutes=number), one, one, one, one, Decimal(3))
            for number in range(limit)
        ]

    def close(self) -> None:
        return

    def __enter__(self) -> "FakeVenue":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def _ask(self) -> None:
        self.asked += 1
        if not self.reachable:
            raise ExchangeUnavailable("no answer")


@pytest.fixture
def venue(redis: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVenue]:
    """BTC at 100,000 and ETH at 4,000 USDT, SHIB cheap, and a dollar at R$ 5.00; the snapshot is published."""
    fake = FakeVenue()
    fake.offer(instrument("BTC", "USDT", "0.00001"), "100000")
    fake.offer(instrument("ETH", "USDT", "0.0001"), "4000")
    fake.offer(instrument("SHIB", "USDT", "1"), "0.00001")
    fake.offer(instrument("USDT", "BRL", "0.1", "10"), "5")
    instruments._kept.clear()
    monkeypatch.setattr("exchanges.instruments.load_instruments", fake.load_instruments)
    monkeypatch.setattr("exchanges.market_data.collector.open_public", lambda _: fake)
    monkeypatch.setattr("exchanges.market_data.charts.open_public", lambda _: fake)
    monkeypatch.setattr("exchanges.market_data.collector.VenueCollector._is_simulated", lambda _: True)
    fake.publish()
    yield fake
    instruments._kept.clear()


@dataclass(frozen=True)
class Person:
    user: User
    key: ExchangeAPIKey
    client: APIClient


def make_person(name: str, **fields: Any) -> Person:
    user = User.objects.create_user(f"{name}@example.com", None, **{"language": "en", **fields})
    return Person(user, make_key(user), sign_in(user))


def sign_in(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_pair(user).access}")
    return client


def make_key(owner: User, **fields: Any) -> ExchangeAPIKey:
    """A checked paper key with a thousand dollars, its secrets really encrypted."""
    credentials = Credentials(f"api-key-{next(_numbers):04}", "secret-key")
    values = {
        "exchange": PAPER.exchange,
        "environment": PAPER.environment.value,
        "label": "paper",
        "ciphertext": encrypt_credentials(credentials, owner.pk),
        "fingerprint": fingerprints(credentials.api_key)[0],
        "masked": "***" + credentials.api_key[-4:],
        "state": KeyState.VALID,
        "balances": {"USDT": {"free": "1000", "locked": "0"}, "BRL": {"free": "50", "locked": "10"}},
    }
    return ExchangeAPIKey.objects.create(owner=owner, **{**values, **fields})


@pytest.fixture
def alice(db: None, redis: Any) -> Person:
    return make_person("alice")


@pytest.fixture
def bob(db: None, redis: Any) -> Person:
    return make_person("bob")


@pytest.fixture
def charlie(db: None, redis: Any) -> Person:
    return make_person("charlie")


def bot_body(person: Person, **changes: Any) -> dict[str, Any]:
    """What POST /api/bots/ takes."""
    body = {
        "name": "dip buyer",
        "exchange_key": person.key.pk,
        "symbols": ["BTC/USDT"],
        "strategy": "buy_below_average",
        "parameters": {"timeframe": "1m", "window": 20, "threshold_percent": "1"},
        "capital": "500",
        "capital_currency": "BRL",
        "interval_seconds": 5,
        "max_open_trades": 1,
        "take_profit_percent": "2",
        "stop_loss_percent": "5",
    }
    return {**body, **changes}


def make_bot(person: Person, **fields: Any) -> BotConfiguration:
    values = {
        "name": "dip buyer",
        "exchange_key": person.key,
        "symbols": ["BTC/USDT"],
        "parameters": {"timeframe": "1m", "window": 20, "threshold_percent": "1", "exit_at_average": False},
        "capital": Decimal(500),
        "stop_loss_percent": Decimal(5),
    }
    return BotConfiguration.objects.create(owner=person.user, **{**values, **fields})


def make_order(bot: BotConfiguration, **fields: Any) -> Order:
    number = next(_numbers)
    symbol = fields.get("symbol", "BTC/USDT")
    base, _, quote = symbol.partition("/")
    values = {
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "side": "buy",
        "type": "market",
        "leg": "entry",
        "reason": "below_average",
        "status": "FILLED",
        "quantity": Decimal("0.001"),
        "reference_price": Decimal(100_000),
        "client_order_id": f"client-{number}",
        "exchange_order_id": f"order-{number}",
        "decision_key": f"tick-{number}",
        "lease_token": 1,
        "lease_until": LONG_AGO,
        "lot_size": Decimal("0.00001"),
        "display_currency": "BRL",
        "created_at": LONG_AGO,
    }
    return Order.objects.create(
        owner_id=bot.owner_id, bot=bot, exchange_key=bot.exchange_key, **{**values, **fields}
    )


def make_fill(order: Order, price: str, quantity: str, at: datetime, **fields: Any) -> Fill:
    """Without a fee unless one is given."""
    values = {
        "exchange_fill_id": str(next(_numbers)),
        "price": Decimal(price),
        "quantity": Decimal(quantity),
        "fee": Decimal(0),
        "fee_asset": order.quote,
        "liquidity": "taker",
        "executed_at": at,
        "display_currency": order.display_currency,
        "display_rate": Decimal(5),
    }
    return Fill.objects.create(
        owner_id=order.owner_id,
        order=order,
        exchange_key_id=order.exchange_key_id,
        symbol=order.symbol,
        side=order.side,
        **{**values, **fields},
    )


def make_trade(
    bot: BotConfiguration,
    *,
    buys: Iterable[tuple[str, str]] = (("100000", "0.001"),),
    sells: Iterable[tuple[str, str]] = (),
    opened_at: datetime = LONG_AGO,
    lasts: timedelta = timedelta(hours=1),
    symbol: str = "BTC/USDT",
    rate: str | None = "5",
    **order_fields: Any,
) -> Trade:
    """A trade of these (price, quantity) fills; open while not everything is sold."""
    fill_fields = {"display_rate": None if rate is None else Decimal(rate)}
    order = make_order(bot, symbol=symbol, created_at=opened_at, **order_fields)
    for price, quantity in buys:
        make_fill(order, price, quantity, opened_at, **fill_fields)
    project_trade(order)
    order.refresh_from_db()
    sales = list(sells)
    if sales:
        closed_at = opened_at + lasts
        leaving = {"side": "sell", "leg": "exit", "reason": "take_profit", "trade": order.trade}
        sale = make_order(bot, symbol=symbol, created_at=closed_at, **{**order_fields, **leaving})
        for price, quantity in sales:
            make_fill(sale, price, quantity, closed_at, **fill_fields)
        project_trade(sale)
    return Trade.objects.get(orders=order)
