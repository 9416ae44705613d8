"""One user with a key and a bot, a fake exchange behind the key, and a clock that only moves when told."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bots.models import BotConfiguration, BotStatus
from exchanges.credentials import Credentials
from exchanges.domain import Instrument, Side
from trades import lease
from trades.domain import Leg, OrderIntent, Reason
from trades.ledger import Placement
from trades.tests.fake_exchange import AT, FakeExchange, FakeSession
from users.encryption import encrypt_credentials, fingerprints
from users.models import ExchangeAPIKey, KeyState, User

BTC = Instrument(
    symbol="BTC/USDT",
    exchange_symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00001"),
    min_quantity=Decimal("0.00001"),
    max_quantity=None,
    min_notional=Decimal(5),
)


class ManualClock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def dead_process() -> int:
    """The id of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(AT)


@pytest.fixture
def exchange() -> FakeExchange:
    return FakeExchange()


@pytest.fixture
def session(exchange: FakeExchange) -> FakeSession:
    return FakeSession(exchange)


@pytest.fixture
def bot(transactional_db: None) -> BotConfiguration:
    owner = User.objects.create_user("alice@example.com", "a-long-password-1")
    credentials = Credentials("test-api-key-abcd", "test-secret")
    key = ExchangeAPIKey.objects.create(
        owner=owner,
        exchange="binance",
        environment="paper",
        label="paper",
        masked="***abcd",
        fingerprint=fingerprints(credentials.api_key)[0],
        ciphertext=encrypt_credentials(credentials, owner.pk),
        state=KeyState.VALID,
    )
    return BotConfiguration.objects.create(
        owner=owner,
        name="bot",
        exchange_key=key,
        symbols=["BTC/USDT"],
        capital=Decimal(100),
        parameters={"timeframe": "1m", "window": 3, "threshold_percent": "1", "exit_at_average": False},
        status=BotStatus.ACTIVE,
        next_run_at=AT,
    )


@pytest.fixture
def placement(bot: BotConfiguration) -> Placement:
    return Placement(bot.pk, bot.exchange_key, BTC, "BRL")


@pytest.fixture(autouse=True)
def just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not looked for lost orders yet, as after each start."""
    monkeypatch.setattr("trades.adoption._searched", set())


@pytest.fixture(autouse=True)
def fixed_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """R$ 5.40 for a USDT: the rate's own source is tested with the market data."""
    monkeypatch.setattr("trades.imports.rate_for_fill", lambda *_: Decimal("5.4"))


@pytest.fixture
def held(bot: BotConfiguration, clock: ManualClock) -> lease.Held:
    held = lease.take(bot.pk, clock())
    assert held is not None
    return held


@pytest.fixture
def intent() -> Callable[..., OrderIntent]:
    def make(**changes: Any) -> OrderIntent:
        values: dict[str, Any] = {
            "symbol": "BTC/USDT",
            "side": Side.BUY,
            "leg": Leg.ENTRY,
            "reason": Reason.BELOW_AVERAGE,
            "quantity": Decimal("0.3"),
            "reference_price": Decimal(100),
            "decision_key": "tick-1|BTC/USDT|entry|1",
            "trade_id": None,
        }
        return OrderIntent(**{**values, **changes})

    return make
