"""Both ways of dispatch give the same orders: leaving a bot alone between its levels loses nothing.

The same bot trades over the same prices twice, once run at each of its moments and once only when woken, and the orders
are compared to the last digit. Everything but the exchange is real.
"""

import csv
import gzip
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots import engine, quiet
from bots.dispatch import Dispatcher
from bots.models import BotConfiguration, BotStatus
from bots.rank import Rank
from bots.roster import Roster
from bots.tests.conftest import PAPER
from bots.window import claim_window
from exchanges.credentials import Credentials
from exchanges.domain import Ticker
from exchanges.market_data.snapshot import Series, Snapshot, write_snapshot
from saas.clock import to_microseconds
from saas.redis import get_redis
from trades import adoption
from trades.models import Order
from trades.tests.conftest import BTC, ManualClock
from trades.tests.fake_exchange import AT, FakeExchange, FakeSession
from users.encryption import encrypt_credentials, fingerprints
from users.models import ExchangeAPIKey

STEPS, CANDLE_STEPS, MOST_CANDLES = 200, 3, 30
OrderSeen = tuple[Any, ...]
percents = st.integers(1, 60).map(lambda hundredths: Decimal(hundredths) / 100)


@dataclass(frozen=True)
class Case:
    """What a bot is told, and where in the prices it begins."""

    start: int
    interval: int
    window: int
    threshold: Decimal
    exit_at_average: bool
    take_profit: Decimal | None
    stop_loss: Decimal | None
    trailing_stop: Decimal | None

    def fields(self) -> dict[str, Any]:
        return {
            "interval_seconds": self.interval,
            "take_profit_percent": self.take_profit,
            "stop_loss_percent": self.stop_loss,
            "trailing_stop_percent": self.trailing_stop,
            "parameters": {
                "timeframe": "1m",
                "window": self.window,
                "threshold_percent": str(self.threshold),
                "exit_at_average": self.exit_at_average,
            },
        }


cases = st.builds(
    Case,
    start=st.integers(0, 5_000),
    interval=st.integers(1, 4),
    window=st.integers(2, 12),
    threshold=st.integers(1, 15).map(lambda hundredths: Decimal(hundredths) / 100),
    exit_at_average=st.booleans(),
    take_profit=st.none() | percents,
    stop_loss=st.none() | percents,
    trailing_stop=st.none() | percents,
)
# Each example is a few hundred ticks of the real engine.
few = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])


def walk() -> list[Decimal]:
    """Prices that go up and down by some hundredths of a percent, the same in every run."""
    steps, price, prices = random.Random(7), Decimal(100_000), []
    for _ in range(6_000):
        price = (price * (1 + Decimal(steps.randint(-9, 9)) / 10_000)).quantize(Decimal("0.01"))
        prices.append(price)
    return prices


@pytest.fixture(scope="module")
def recorded() -> list[Decimal]:
    path = Path(os.environ.get("CARDUME_RECORDED_CANDLES") or "not-named")
    if not path.exists():
        pytest.skip("needs recorded candles: name the file in CARDUME_RECORDED_CANDLES")
    with gzip.open(path, "rt") as file:
        return [Decimal(row["close"]) for row in csv.DictReader(file)]


class Market:
    """The prices of a case, a candle closing every few of them."""

    def __init__(self, prices: Sequence[Decimal], case: Case, clock: ManualClock) -> None:
        self.prices = prices[case.start : case.start + STEPS]
        self.clock = clock

    def publish(self, step: int) -> Decimal:
        price, half = self.prices[step], Decimal("0.5")
        closed = self.prices[: step + 1 : CANDLE_STEPS][:-1][-MOST_CANDLES:]
        tickers = {
            "BTC/USDT": Ticker("BTC/USDT", price - half, price + half, price),
            "USDT/BRL": Ticker("USDT/BRL", Decimal(5), Decimal(5), Decimal(5)),
        }
        opened = self.clock.now - timedelta(seconds=step % CANDLE_STEPS)
        closes = {("BTC/USDT", "1m"): Series(opened, tuple(closed))}
        write_snapshot(Snapshot(PAPER, self.clock(), tickers, closes, simulated=True))
        return price


def trade(
    bot: BotConfiguration, prices: Sequence[Decimal], case: Case, exchange: FakeExchange
) -> list[OrderSeen]:
    """The orders of a bot that begins with nothing."""
    get_redis().flushdb()
    adoption._searched.clear()
    clock = ManualClock(AT)
    market, roster = Market(prices, case, clock), Roster()
    dispatcher = Dispatcher(roster)
    claim_window(to_microseconds(clock()))
    for step in range(STEPS):
        clock.advance(1)
        exchange.price = market.publish(step)
        for run in dispatcher.tick(clock):
            if run.rank is not Rank.QUIET or not quiet.look(roster, run.bot_id, run.due_at, clock):
                expected = run.rank.expects_order
                engine.run_bot(run.bot_id, run.due_at, run.seconds_to_begin, clock, expected)
    orders = Order.objects.filter(bot=bot).order_by("pk")
    return list(orders.values_list("decision_key", "side", "quantity", "reason", "status", "reference_price"))


def copy_of(bot: BotConfiguration, case: Case) -> BotConfiguration:
    """Another bot with a key of its own, the only one that runs."""
    BotConfiguration.objects.update(status=BotStatus.STOPPED)
    key = ExchangeAPIKey.objects.get(pk=bot.exchange_key_id)
    credentials = Credentials(f"test-api-key-{ExchangeAPIKey.objects.count()}", "test-secret")
    key.pk, key.fingerprint = None, fingerprints(credentials.api_key)[0]
    key.ciphertext = encrypt_credentials(credentials, key.owner_id)
    key.save()
    fields = BotConfiguration.objects.filter(pk=bot.pk).values().get()
    own = {"id": None, "exchange_key_id": key.pk, "status": BotStatus.ACTIVE}
    return BotConfiguration.objects.create(**{**fields, **case.fields(), **own})


@pytest.fixture
def compare(bot: BotConfiguration, redis: object, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("bots.run.get_instruments", lambda _: {"BTC/USDT": BTC})
    monkeypatch.setattr("trades.adoption.get_instruments", lambda _: {"BTC/USDT": BTC})

    def both(prices: Sequence[Decimal], case: Case) -> tuple[list[OrderSeen], list[OrderSeen]]:
        found = []
        for way in ("every", "wake"):
            settings.BOT_DISPATCH = way
            exchange = FakeExchange(free={"USDT": Decimal(1_000_000), "BTC": Decimal(1_000)})
            monkeypatch.setattr("bots.run.open_key_session", lambda _, known=exchange: FakeSession(known))
            found.append(trade(copy_of(bot, case), prices, case, exchange))
        return found[0], found[1]

    return both


@few
@given(case=cases)
def test_over_made_up_prices(compare: Any, case: Case) -> None:
    every, wake = compare(walk(), case)
    assert wake == every


@few
@given(case=cases)
def test_over_recorded_prices(compare: Any, recorded: list[Decimal], case: Case) -> None:
    every, wake = compare(recorded, case)
    assert wake == every


def test_such_a_bot_trades_often(compare: Any) -> None:
    case = Case(0, 1, 5, Decimal("0.05"), True, Decimal("0.1"), Decimal("0.3"), Decimal("0.2"))
    every, wake = compare(walk(), case)
    assert len(every) >= 20
    assert wake == every
