"""Every failure becomes one of our errors, by the exchange's own code where it gave one."""

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest
from ccxt.base.errors import error_hierarchy

from exchanges import gateway, rate_budget
from exchanges.answers import DEFAULT_RETRY_SECONDS, Answer, retry_seconds
from exchanges.ccxt_errors import MEANINGS, translate
from exchanges.dialects import DIALECTS
from exchanges.domain import Environment, Venue
from exchanges.errors import (
    ExchangeError,
    ExchangeUnavailable,
    KeyRefused,
    OrderRefused,
    OrderStatusUnknown,
    RateLimited,
    RequestRefused,
)
from exchanges.tests.conftest import BINANCE, BYBIT, OpenSession
from exchanges.tests.fake_exchange import FakeExchange, Raw, Reply

ACCOUNT: dict[str, Any] = {"balances": []}


def walk(tree: dict[str, Any]) -> Iterator[str]:
    for name, children in tree.items():
        yield name
        yield from walk(children)


@pytest.mark.parametrize("name", sorted(set(walk(error_hierarchy)) - {"BaseError"}))
def test_no_error_of_ccxt_is_unmapped(name: str) -> None:
    kind = getattr(ccxt, name)
    assert {parent.__name__ for parent in kind.__mro__} & MEANINGS.keys()
    meaning = translate(kind("binance GET https://host/?signature=0123456789abcdef"))
    assert isinstance(meaning, ExchangeError)
    assert "signature" not in str(meaning)


def test_every_mapped_error_exists_in_ccxt() -> None:
    assert set(walk(error_hierarchy)) >= MEANINGS.keys()


def test_no_failure_without_an_answer_counts_as_a_refused_order() -> None:
    assert not any(issubclass(meaning, OrderRefused | OrderStatusUnknown) for meaning, _ in MEANINGS.values())


def test_an_error_that_is_not_of_ccxt_is_unavailability() -> None:
    assert type(translate(RuntimeError("https://host/?signature=x"))) is ExchangeUnavailable


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, -2014, KeyRefused),
        (401, -2015, KeyRefused),
        (400, -1022, KeyRefused),
        (400, -2008, KeyRefused),
        (400, -1021, ExchangeUnavailable),
        (400, -1000, ExchangeUnavailable),
        (503, -1008, ExchangeUnavailable),
        (500, -1121, ExchangeUnavailable),
        (400, -1121, RequestRefused),
        (400, -1100, RequestRefused),
        (400, -1015, RequestRefused),
        (429, -1003, RateLimited),
        (418, -1003, RateLimited),
        (403, "", RateLimited),
        (451, 0, RequestRefused),
        (404, "", ExchangeUnavailable),
    ],
)
def test_binance_codes(
    fake: FakeExchange, session_to: OpenSession, status: int, code: int | str, expected: type[ExchangeError]
) -> None:
    fake.reply(Reply({"code": code, "msg": "why"} if code != "" else b"<html>", status))
    with pytest.raises(ExchangeError) as failure:
        session_to(BINANCE).fetch_balances()
    assert type(failure.value) is expected
    assert failure.value.code == str(code)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (200, 10003, KeyRefused),
        (200, 33004, KeyRefused),
        (200, 10005, KeyRefused),
        (401, 10004, KeyRefused),
        (200, 10002, ExchangeUnavailable),
        (200, 10006, ExchangeUnavailable),
        (200, 10016, ExchangeUnavailable),
        (200, 10001, RequestRefused),
        (200, 10018, RateLimited),
        (429, "", RateLimited),
        (200, 10009, RateLimited),
        (403, "", RateLimited),
        (401, "", KeyRefused),
        (502, "", ExchangeUnavailable),
    ],
)
def test_bybit_codes(
    fake: FakeExchange, session_to: OpenSession, status: int, code: int | str, expected: type[ExchangeError]
) -> None:
    fake.reply(Reply({"retCode": code, "retMsg": "why"} if code != "" else b"<html>", status))
    with pytest.raises(ExchangeError) as failure:
        session_to(BYBIT).fetch_balances()
    assert type(failure.value) is expected
    assert failure.value.code == str(code)


@pytest.mark.parametrize("venue", [BINANCE, BYBIT], ids=str)
@pytest.mark.parametrize(
    "garbled",
    [Reply(b""), Reply(b"<html>"), Reply(b'{"balances": ['), Reply(b"null"), Reply([]), Reply({}), Raw(b"")],
    ids=["empty", "html", "cut", "null", "list", "object", "closed"],
)
def test_a_garbled_answer_to_a_question_is_unavailability(
    fake: FakeExchange, session_to: OpenSession, venue: Venue, garbled: Reply | Raw
) -> None:
    fake.reply(garbled)
    with pytest.raises(ExchangeUnavailable):
        session_to(venue).fetch_balances()


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1,5", "", None, 0.1e-400, True, {}])
def test_an_amount_that_is_none_is_unavailability(
    fake: FakeExchange, session_to: OpenSession, amount: Any
) -> None:
    fake.reply(Reply({"balances": [{"asset": "BTC", "free": amount, "locked": "0"}]}))
    if amount == 0.0 and amount is not None:
        assert session_to(BINANCE).fetch_balances()["BTC"].free == 0
        return
    with pytest.raises(ExchangeUnavailable):
        session_to(BINANCE).fetch_balances()


def test_a_key_revoked_after_a_good_call_is_still_a_refused_key(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    session = session_to(BINANCE)
    fake.reply(Reply(ACCOUNT), Reply({"code": -2015, "msg": "Invalid API-key, IP, or permissions."}, 401))
    session.fetch_balances()
    with pytest.raises(KeyRefused):
        session.fetch_balances()


def test_a_rate_limit_stops_asking_until_it_is_over(
    fake: FakeExchange, session_to: OpenSession, redis: Any
) -> None:
    fake.reply(Reply({"code": -1003, "msg": "Too many requests."}, 429, {"Retry-After": "7"}))
    with pytest.raises(RateLimited) as limited:
        session_to(BINANCE).fetch_balances()
    assert limited.value.retry_after == 7
    with pytest.raises(RateLimited) as held:
        session_to(BINANCE).fetch_balances()
    assert 0 < held.value.retry_after <= 7
    assert len(fake.asked) == 1
    # As after those seconds: Redis and this process remember the hold no longer.
    redis.flushdb()
    rate_budget.forget()
    fake.reply(Reply(ACCOUNT))
    assert session_to(BINANCE).fetch_balances() == {}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        ("0", DEFAULT_RETRY_SECONDS),
        ("soon", DEFAULT_RETRY_SECONDS),
        ("-5", DEFAULT_RETRY_SECONDS),
    ],
)
def test_an_unreadable_retry_after_is_a_minute(header: str, seconds: float) -> None:
    assert retry_seconds(Answer(429, {"Retry-After": header}, None)) == seconds


def test_an_answer_that_trickles_is_cut_off(
    fake: FakeExchange, session_to: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "TIMEOUT_SECONDS", 0.3)
    fake.trickle = True
    with pytest.raises(ExchangeUnavailable, match="no answer in time"):
        session_to(BINANCE).fetch_balances()


def test_an_exchange_without_a_dialect_is_refused() -> None:
    with pytest.raises(RequestRefused, match="kraken is not supported"):
        gateway.open_public(Venue("kraken", Environment.LIVE))


def test_a_dialect_that_the_paper_exchange_does_not_speak_has_no_paper_trading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(DIALECTS["bybit"], "is_on_paper", False)
    with pytest.raises(RequestRefused, match="paper trading is not available for bybit"):
        gateway.open_public(BYBIT)
