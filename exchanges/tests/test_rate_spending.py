"""The budget where requests are sent: weights taken before, headers read after, and nothing sent without."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest

from exchanges import rate_budget
from exchanges.dialects import get_dialect
from exchanges.dialects.binance_limits import WEIGHTS, weigh
from exchanges.domain import RateLimit, Venue
from exchanges.errors import BudgetSpent, OrderRefused
from exchanges.gateway import PublicClient, Session, open_session
from exchanges.rate_budget import Purpose, asking, shared
from exchanges.rate_budget.alone import SHARES, OwnAccount
from exchanges.rate_budget.shared import Wanted
from exchanges.tests.conftest import (
    BINANCE,
    BYBIT,
    CREDENTIALS,
    ROOT,
    OpenSession,
    in_ten_seconds,
    market_buy,
)
from exchanges.tests.fake_exchange import FakeExchange, Reply

ACCOUNT: dict[str, Any] = {"balances": []}
WALLET = {"retCode": 0, "result": {"list": []}}
PROCESSES = 2
pytestmark = pytest.mark.usefixtures("limited")


def take(weight: int = 0, venue: Venue = BINANCE, limit: int = 6_000) -> shared.Outcome:
    """The account as it is, or after taking something from it."""
    wanted = Wanted(venue, RateLimit(limit, 60, 70), weight, Purpose.MARKET_DATA, "", "")
    return shared.take(wanted)


def test_each_request_takes_its_weight(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply(ACCOUNT))
    session_to(BINANCE).fetch_balances()
    assert take().used == 20
    fake.reply(Reply({"clientOrderId": "cm-1", "symbol": "BTCUSDT", "orderId": 1}))
    session_to(BINANCE).send_order(market_buy(), deadline=in_ten_seconds())
    assert take().used == 21


def test_what_the_answer_says_of_others_counts(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply(ACCOUNT, headers={"X-MBX-USED-WEIGHT-1M": "4000"}))
    session_to(BINANCE).fetch_balances()
    assert take().used == 4_000
    with pytest.raises(BudgetSpent) as spent, asking(Purpose.COVERAGE):
        session_to(BINANCE).fetch_balances()
    assert 0 < spent.value.retry_after <= 65
    assert (spent.value.code, len(fake.asked)) == ("spent", 1)
    with asking(Purpose.EXIT):
        session_to(BINANCE).fetch_balances()


@pytest.mark.parametrize("header", ["", "many", "-5", "1e3"])
def test_a_header_that_is_no_number_changes_nothing(
    fake: FakeExchange, session_to: OpenSession, header: str
) -> None:
    fake.reply(Reply(ACCOUNT, headers={"X-MBX-USED-WEIGHT-1M": header}))
    session_to(BINANCE).fetch_balances()
    assert take().used == 20


def test_refusals_tell_their_weight_too(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply({"code": -1121, "msg": "Invalid symbol."}, 400, {"X-MBX-USED-WEIGHT-1M": "90"}))
    with pytest.raises(Exception, match="Invalid symbol"):
        session_to(BINANCE).fetch_balances()
    assert take().used == 90


def test_an_order_beyond_the_budget_is_definitely_not_sent(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    take(4_200)
    with pytest.raises(OrderRefused) as refused:
        session_to(BINANCE).send_order(market_buy(), deadline=in_ten_seconds())
    assert refused.value.code == "not_sent"
    assert fake.asked == []
    fake.reply(Reply({"clientOrderId": "cm-1", "symbol": "BTCUSDT", "orderId": 1}))
    with asking(Purpose.EXIT):
        session_to(BINANCE).send_order(market_buy(), deadline=in_ten_seconds())


def test_the_limit_is_the_one_that_the_exchange_names(fake: FakeExchange) -> None:
    weights = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1_200}
    orders = {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100}
    fake.reply(Reply({"rateLimits": [orders, weights], "symbols": []}))
    with PublicClient(BINANCE) as client:
        client.fetch_instruments()
    assert take().limit == 1_200
    fake.reply(Reply({"rateLimits": "none", "symbols": []}))
    with PublicClient(BINANCE) as client:
        client.fetch_instruments()
    assert take().limit == 1_200


def test_an_account_that_has_asked_bybit_enough_waits_alone(fake: FakeExchange) -> None:
    reset = int((datetime.now(UTC) + timedelta(seconds=60)).timestamp() * 1_000)
    headers = {"X-Bapi-Limit-Status": "0", "X-Bapi-Limit-Reset-Timestamp": str(reset)}
    fake.reply(Reply(WALLET, headers=headers))
    with (
        open_session(BYBIT, CREDENTIALS, holder=1) as alice,
        open_session(BYBIT, CREDENTIALS, holder=2) as bob,
    ):
        alice.fetch_balances()
        with pytest.raises(BudgetSpent) as paused:
            alice.fetch_balances()
        assert (paused.value.code, 0 < paused.value.retry_after <= 1) == ("paused", True)
        bob.fetch_balances()
        fake.reply(Reply({"retCode": 0, "result": {"list": []}, "time": 1}))
        assert alice.find_order("BTC/USDT", "cm-1") is None, "another endpoint has a limit of its own"


def test_an_account_that_has_placed_its_orders_waits_until_binance_counts_anew(fake: FakeExchange) -> None:
    ack = {"clientOrderId": "cm-1", "symbol": "BTCUSDT", "orderId": 1}
    fake.reply(Reply(ack, headers={"X-MBX-ORDER-COUNT-10S": "100"}))
    with open_session(BINANCE, CREDENTIALS, holder=1) as session:
        session.send_order(market_buy(), deadline=in_ten_seconds())
        with pytest.raises(OrderRefused) as refused:
            session.send_order(market_buy("cm-2"), deadline=in_ten_seconds())
    assert refused.value.code == "not_sent"


def test_every_weight_is_the_exchanges_own(
    paper: str, paper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the paper exchange, whose weights are those that Binance documents."""
    taken: list[tuple[str, int, int]] = []
    note = rate_budget.Spender.note

    def record(spender: rate_budget.Spender, headers: Any) -> None:
        assert spender._wanted is not None
        used = int(headers["X-MBX-USED-WEIGHT-1M"])
        taken.append((spender._wanted.endpoint, spender._wanted.weight, used))
        note(spender, headers)

    monkeypatch.setattr(rate_budget.Spender, "note", record)
    ask_everything(paper_session)
    with PublicClient(BINANCE) as client:
        symbols = sorted(client.fetch_instruments())
        client.fetch_time()
        client.fetch_candles("BTC/USDT", "1m", 10)
        client.fetch_tickers(symbols[:20])
        client.fetch_tickers(symbols[:21])
    # Where a minute ended in between, the exchange began to count anew.
    counted = {
        endpoint: (weight, used - before)
        for (_, _, before), (endpoint, weight, used) in pairwise(taken)
        if used > before
    }
    assert counted == {endpoint: (weight, weight) for endpoint, (weight, _) in counted.items()}
    assert len({endpoint for endpoint, _, _ in taken}) == len(WEIGHTS)


def ask_everything(session: Session) -> None:
    symbol, since = "BTC/USDT", datetime.now(UTC) - timedelta(minutes=1)
    session.fetch_permissions()
    number = session.send_order(market_buy("weights-1"), deadline=in_ten_seconds()).exchange_order_id
    session.find_order(symbol, "weights-1")
    session.list_order_fills(symbol, number)
    session.list_fills(symbol, since)
    session.list_orders(symbol, since)
    session.cancel_order(symbol, "weights-1")
    session.fetch_balances()


def test_what_is_not_in_the_table_weighs_as_much_as_the_heaviest() -> None:
    assert weigh("GET", "somethingNew", {}) == max(WEIGHTS.values())
    assert weigh("GET", "ticker/24hr", {"symbols": '["A"]'}) == 2
    assert weigh("GET", "ticker/24hr", {"symbols": "A," * 20}) == 40


@pytest.mark.parametrize(("others", "seconds_later", "corrections"), [(0, 0, 0), (1, 0, 1), (0, 60, 1)])
def test_redis_is_asked_again_only_where_an_answer_tells_something_new(
    redis: Any, monkeypatch: pytest.MonkeyPatch, others: int, seconds_later: int, corrections: int
) -> None:
    corrected: list[Any] = []
    monkeypatch.setattr(shared, "correct", lambda *told: corrected.append(told))
    spender = rate_budget.Spender(BINANCE, get_dialect("binance"), Purpose.ENTRY)
    spender.take("GET", "account")
    outcome = spender._outcome
    assert outcome is not None
    answered = datetime.fromtimestamp(outcome.window * 60 + 30 + seconds_later, UTC)
    used = outcome.own + outcome.others + others
    spender.note({"X-MBX-USED-WEIGHT-1M": str(used), "Date": format_datetime(answered, usegmt=True)})
    assert len(corrected) == corrections


def test_without_redis_a_process_asks_a_little(
    fake: FakeExchange, no_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchanges.dialects import DIALECTS

    monkeypatch.setattr(DIALECTS["binance"], "limit", RateLimit(1_000, 60, 70))
    fake.reply(Reply(ACCOUNT, headers={"X-MBX-USED-WEIGHT-1M": "20"}))
    with open_session(BINANCE, CREDENTIALS) as session:
        session.fetch_balances()
        with pytest.raises(BudgetSpent) as spent:
            session.fetch_balances()
    assert 50 < spent.value.retry_after <= 60
    assert len(fake.asked) == 1


def test_what_was_asked_without_redis_does_not_wait_for_it_again_to_be_noted(
    fake: FakeExchange, no_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    for name in ("correct", "pause"):
        monkeypatch.setattr(shared, name, lambda *_, name=name: tried.append(name))
    fake.reply(Reply(ACCOUNT, headers={"X-MBX-USED-WEIGHT-1M": "20", "X-MBX-ORDER-COUNT-10S": "100"}))
    with open_session(BINANCE, CREDENTIALS, holder=1) as session:
        session.fetch_balances()
    assert tried == []


def test_alone_a_process_keeps_to_its_share_and_its_reserves() -> None:
    now = [1_000.0]
    account = OwnAccount(lambda: now[0])
    limit = RateLimit(100 * SHARES, 60, 70)

    def spend(purpose: Purpose) -> int:
        return sum(account.take(limit, 5, purpose) == 0 for _ in range(100)) * 5

    assert [spend(one) for one in (Purpose.AUDIT, Purpose.ENTRY, Purpose.EXIT, Purpose.MARKET_DATA)] == [
        50,
        20,
        15,
        10,
    ]
    now[0] += 10
    assert account.take(limit, 5, Purpose.ENTRY) == 50
    now[0] += 50
    assert account.take(limit, 5, Purpose.ENTRY) == 0


def test_two_processes_share_one_account(redis: Any, redis_url: str) -> None:
    command = [sys.executable, "-m", "exchanges.tests.spending_process", redis_url]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    granted = [int(process.communicate(timeout=60)[0]) for process in started]
    assert sum(granted) == 950
