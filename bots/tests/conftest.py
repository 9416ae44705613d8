"""The ledger's cast (a user, a key, a bot, a fake exchange) and a market that a test sets by hand."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from bots.models import BotConfiguration
from exchanges.domain import Environment, Ticker, Venue
from exchanges.market_data.snapshot import Series, Snapshot, write_snapshot
from trades.tests.conftest import (
    BTC,
    ManualClock,
    bot,
    clock,
    exchange,
    fixed_rate,
    held,
    intent,
    just_started,
    placement,
    session,
)
from trades.tests.fake_exchange import FakeExchange, FakeSession

__all__ = ["bot", "clock", "exchange", "fixed_rate", "held", "intent", "just_started", "placement", "session"]

PAPER = Venue("binance", Environment.PAPER)
SetMarket = Callable[..., None]


@pytest.fixture
def set_market(redis: object, clock: ManualClock, exchange: FakeExchange) -> SetMarket:
    """Publish a snapshot taken now: BTC at `price` with `closes` before it, and a dollar at R$ 5.00.

    `book` is the best bid and ask where they are not the price.
    """

    def publish(
        price: str,
        closes: tuple[str, ...] = ("100", "100", "100"),
        book: tuple[str, str] | None = None,
    ) -> None:
        clock.advance(0.001)
        last = exchange.price = Decimal(price)
        bid, ask = map(Decimal, book or (price, price))
        tickers = {
            "BTC/USDT": Ticker("BTC/USDT", bid, ask, last),
            "USDT/BRL": Ticker("USDT/BRL", Decimal(5), Decimal(5), Decimal(5)),
        }
        series = Series(clock(), tuple(Decimal(close) for close in closes))
        write_snapshot(Snapshot(PAPER, clock(), tickers, {("BTC/USDT", "1m"): series}, simulated=True))

    return publish


@pytest.fixture
def engine_session(
    session: FakeSession, bot: BotConfiguration, monkeypatch: pytest.MonkeyPatch
) -> FakeSession:
    """The engine's sessions and instruments come from the fake exchange."""
    monkeypatch.setattr("bots.run.open_key_session", lambda _: session)
    monkeypatch.setattr("trades.sweeper.open_key_session", lambda _: session)
    monkeypatch.setattr("bots.run.get_instruments", lambda _: {"BTC/USDT": BTC})
    return session
