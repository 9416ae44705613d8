"""Instruments are asked once and shared, and what people type is found."""

import threading
import time
from decimal import Decimal
from typing import Any

import pytest

from exchanges import instruments
from exchanges.domain import Instrument
from exchanges.errors import ExchangeUnavailable
from exchanges.instruments import (
    UnknownSymbol,
    find_instrument,
    get_instruments,
)
from exchanges.tests.canned import binance_answer
from exchanges.tests.conftest import BINANCE
from exchanges.tests.fake_exchange import Asked, FakeExchange, Reply
from exchanges.tests.test_streaming import wait_for

BTC = Instrument(
    symbol="BTC/USDT",
    exchange_symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00001"),
    min_quantity=Decimal("0.00001"),
    max_quantity=Decimal("120.5"),
    min_notional=Decimal(5),
)


@pytest.fixture
def another_process(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Forgets what this process keeps, as a process that has just started would have nothing."""
    return lambda: instruments._kept.clear()


def age(seconds: float = 0) -> None:
    """All that is kept has not been fresh for so long."""
    until = time.monotonic() - seconds
    instruments._kept.update({key: (until, kept) for key, (_, kept) in instruments._kept.items()})


def test_the_exchange_is_asked_once(fake: FakeExchange, another_process: Any) -> None:
    fake.route = binance_answer
    assert get_instruments(BINANCE) == {"BTC/USDT": BTC}
    assert get_instruments(BINANCE)["BTC/USDT"] is get_instruments(BINANCE)["BTC/USDT"]
    another_process()
    assert get_instruments(BINANCE) == {"BTC/USDT": BTC}
    assert len(fake.asked) == 1


def test_old_ones_serve_while_the_exchange_is_away(fake: FakeExchange, redis: Any) -> None:
    fake.route = binance_answer
    known = get_instruments(BINANCE)
    age(instruments.LIFETIME_SECONDS)
    redis.flushdb()
    fake.route = None
    fake.reply(Reply(b"", 503))
    assert get_instruments(BINANCE) is known


def test_nobody_waits_for_newer_ones(fake: FakeExchange, redis: Any) -> None:
    """An exchange that does not tell its rules may tell its prices, and a sale may be due."""
    fake.route = binance_answer
    known = get_instruments(BINANCE)
    age()
    redis.flushdb()
    told = threading.Event()

    def answer(asked: Asked) -> Any:
        assert told.wait(20)
        return binance_answer(asked)

    fake.route = answer
    assert get_instruments(BINANCE) is known
    assert get_instruments(BINANCE) is known, "and one asks, whoever else wants them"
    told.set()
    wait_for(lambda: get_instruments(BINANCE) is not known)
    assert len(fake.asked) == 2


def test_nothing_known_and_nobody_to_ask_is_unavailability(fake: FakeExchange) -> None:
    fake.reply(Reply(b"", 503))
    with pytest.raises(ExchangeUnavailable):
        get_instruments(BINANCE)


def test_without_redis_the_exchange_is_asked(fake: FakeExchange, settings: Any, free_port: int) -> None:
    from saas.redis import get_redis

    fake.route = binance_answer
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"
    get_redis.cache_clear()
    assert get_instruments(BINANCE) == {"BTC/USDT": BTC}


@pytest.mark.parametrize(
    "typed", ["BTC/USDT", "BTCUSDT", "btcusdt", "btc/usdt", "BTC-USDT", "btc_usdt", " BTC/USDT ", "btc usdt"]
)
def test_what_people_type_is_found(fake: FakeExchange, typed: str) -> None:
    fake.route = binance_answer
    assert find_instrument(BINANCE, typed) == BTC


@pytest.mark.parametrize(
    "typed", ["", "BTC", "USDT/BTC", "BTC/USDT:USDT", "BTC/USD", "x" * 1_000, "BTC/USDT\x00"]
)
def test_what_is_not_listed_is_unknown(fake: FakeExchange, typed: str) -> None:
    fake.route = binance_answer
    with pytest.raises(UnknownSymbol) as unknown:
        find_instrument(BINANCE, typed)
    assert unknown.value.text == typed
    assert len(str(unknown.value)) < 80
