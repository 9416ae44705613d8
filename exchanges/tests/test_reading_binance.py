"""Binance's answers as our values: exact, complete, and None only where the exchange says so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.dialects import binance, binance_lists
from exchanges.domain import (
    Environment,
    ExchangeFill,
    ExchangeOrder,
    ExchangeOrderStatus,
    Liquidity,
    OrderType,
    Permissions,
    Side,
)
from exchanges.errors import ExchangeUnavailable, KeyRefused, RequestRefused
from exchanges.tests.conftest import BINANCE, OpenSession
from exchanges.tests.fake_exchange import Asked, FakeExchange, Reply

SYMBOL = "BTC/USDT"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = {
    "symbol": "BTCUSDT",
    "orderId": 9007199254740993,
    "clientOrderId": "cm-1",
    "price": "0.00000000",
    "origQty": "0.123456789012345678",
    "executedQty": "0.023456789012345678",
    "status": "PARTIALLY_FILLED",
    "type": "LIMIT",
    "side": "SELL",
    "time": 1772366400123,
}
FILL = {
    "symbol": "BTCUSDT",
    "id": 28457,
    "orderId": 9007199254740993,
    "price": "90584.123456789012345678",
    "qty": "0.023456789012345678",
    "commission": "0.000000000000000001",
    "commissionAsset": "BNB",
    "time": 1772366400123,
    "isBuyer": False,
    "isMaker": True,
}


def test_an_order_is_exact(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply(ORDER))
    assert session_to(BINANCE).find_order(SYMBOL, "cm-1") == ExchangeOrder(
        exchange_order_id="9007199254740993",
        client_order_id="cm-1",
        symbol=SYMBOL,
        side=Side.SELL,
        type=OrderType.LIMIT,
        status=ExchangeOrderStatus.PARTIAL,
        quantity=Decimal("0.123456789012345678"),
        filled_quantity=Decimal("0.023456789012345678"),
        created_at=datetime(2026, 3, 1, 12, 0, 0, 123000, UTC),
    )
    assert fake.asked[0].fields["origClientOrderId"] == "cm-1"


def test_a_fill_is_exact(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply([FILL]))
    assert session_to(BINANCE).list_order_fills(SYMBOL, "9007199254740993") == [
        ExchangeFill(
            exchange_fill_id="28457",
            exchange_order_id="9007199254740993",
            symbol=SYMBOL,
            side=Side.SELL,
            price=Decimal("90584.123456789012345678"),
            quantity=Decimal("0.023456789012345678"),
            fee=Decimal("0.000000000000000001"),
            fee_asset="BNB",
            liquidity=Liquidity.MAKER,
            executed_at=datetime(2026, 3, 1, 12, 0, 0, 123000, UTC),
        )
    ]


def test_an_amount_written_as_a_number_keeps_its_digits(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply(b'{"balances":[{"asset":"BTC","free":0.1000000000000000055511151231,"locked":7}]}'))
    balance = session_to(BINANCE).fetch_balances()["BTC"]
    assert (balance.free, balance.locked) == (Decimal("0.1000000000000000055511151231"), Decimal(7))


def test_no_such_order_is_none_only_in_the_exchange_own_words(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    fake.reply(Reply({"code": -2013, "msg": "Order does not exist."}, 400))
    assert session_to(BINANCE).find_order(SYMBOL, "cm-1") is None
    fake.reply(Reply({"code": -2026, "msg": "Order was archived."}, 400))
    with pytest.raises(RequestRefused):
        session_to(BINANCE).find_order(SYMBOL, "cm-1")
    fake.reply(Reply(b"<html>", 404))
    with pytest.raises(ExchangeUnavailable):
        session_to(BINANCE).find_order(SYMBOL, "cm-1")


@pytest.mark.parametrize(
    "changed",
    [{"clientOrderId": "other"}, {"status": "NEWLY_INVENTED"}, {"side": "HOLD"}, {"type": "PEGGED"}],
)
def test_an_order_that_makes_no_sense_is_not_believed(
    fake: FakeExchange, session_to: OpenSession, changed: dict[str, Any]
) -> None:
    fake.reply(Reply({**ORDER, **changed}))
    with pytest.raises(ExchangeUnavailable, match="could not be read"):
        session_to(BINANCE).find_order(SYMBOL, "cm-1")


def test_cancelling_what_is_closed_or_unknown_is_no_error(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    fake.reply(Reply({"code": -2011, "msg": "Unknown order sent."}, 400))
    session_to(BINANCE).cancel_order(SYMBOL, "cm-1")
    fake.reply(Reply({"code": -2011, "msg": "Order was not canceled due to cancel restrictions."}, 400))
    with pytest.raises(RequestRefused):
        session_to(BINANCE).cancel_order(SYMBOL, "cm-1")


def pages_of(rows: list[dict[str, Any]], cursor: str, field: str) -> Callable[[Asked], Any]:
    """Binance's rule: from an id on, or within a time window of at most a day; `PAGE` rows at most."""

    def answer(asked: Asked) -> Any:
        fields = asked.fields
        found = [row for row in rows if int(row[field]) >= int(fields.get(cursor, 0))]
        start, end = int(fields.get("startTime", 0)), int(fields.get("endTime", 1 << 62))
        assert end - start < 86_400_000 or "endTime" not in fields
        assert not (cursor in fields and "startTime" in fields)
        return [row for row in found if start <= row["time"] <= end][: int(fields["limit"])]

    return answer


def fills_of(ids: range, at: datetime) -> list[dict[str, Any]]:
    """Three fills in every millisecond, so that pages end between fills of one moment."""
    first = int(at.timestamp() * 1_000)
    return [{**FILL, "id": number, "time": first + number // 3} for number in ids]


def test_all_fills_are_listed_however_many_share_a_millisecond(
    fake: FakeExchange, session_to: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binance_lists, "PAGE", 10)
    now = datetime.now(UTC)
    fake.route = pages_of(fills_of(range(100, 195), now - timedelta(days=3)), "fromId", "id")
    fills = session_to(BINANCE).list_fills(SYMBOL, now - timedelta(days=5))
    assert [int(fill.exchange_fill_id) for fill in fills] == list(range(100, 195))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20])
def test_recent_fills_take_as_few_requests_as_they_need(
    fake: FakeExchange, session_to: OpenSession, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(binance_lists, "PAGE", 10)
    now = datetime.now(UTC)
    fake.route = pages_of(fills_of(range(1, count + 1), now - timedelta(minutes=5)), "fromId", "id")
    assert len(session_to(BINANCE).list_fills(SYMBOL, now - timedelta(minutes=10))) == count
    assert len(fake.asked) == count // 10 + 1


@pytest.mark.parametrize(
    "told", [{"orderId": 9007199254740992}, {"price": "0.00000000"}, {"qty": "0"}, {"qty": "-1"}]
)
def test_fills_of_another_order_or_of_nothing_are_not_believed(
    fake: FakeExchange, session_to: OpenSession, told: dict[str, Any]
) -> None:
    fake.reply(Reply([FILL, {**FILL, "id": 28458, **told}]))
    with pytest.raises(ExchangeUnavailable):
        session_to(BINANCE).list_order_fills(SYMBOL, "9007199254740993")


def test_the_fills_of_one_order_are_all_listed(
    fake: FakeExchange, session_to: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binance_lists, "PAGE", 10)
    fake.route = pages_of(fills_of(range(1, 36), NOW), "fromId", "id")
    assert len(session_to(BINANCE).list_order_fills(SYMBOL, "9007199254740993")) == 35
    assert {asked.fields["orderId"] for asked in fake.asked} == {"9007199254740993"}


def test_all_orders_are_listed_also_after_days_without_any(
    fake: FakeExchange, session_to: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binance_lists, "PAGE", 10)
    now = datetime.now(UTC)
    first = int((now - timedelta(days=6)).timestamp() * 1_000)
    rows = [{**ORDER, "orderId": 500 + day, "time": first + day * 43_200_000} for day in range(12)]
    fake.route = pages_of(rows, "orderId", "orderId")
    orders = session_to(BINANCE).list_orders(SYMBOL, now - timedelta(days=9))
    assert [int(order.exchange_order_id) for order in orders] == list(range(500, 512))


def test_an_exchange_that_repeats_its_page_for_ever_is_noticed(
    fake: FakeExchange, session_to: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binance_lists, "PAGE", 2)
    fake.reply(Reply(fills_of(range(1, 3), NOW)))
    with pytest.raises(ExchangeUnavailable):
        session_to(BINANCE).list_fills(SYMBOL, datetime.now(UTC))


def test_permissions_are_those_of_the_key(fake: FakeExchange, session_to: OpenSession) -> None:
    told = {
        "ipRestrict": True,
        "enableReading": True,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "permitsUniversalTransfer": True,
        "enableSpotAndMarginTrading": True,
        "tradingAuthorityExpirationTime": 1772366400000,
    }
    fake.reply(Reply(told))
    assert session_to(BINANCE).fetch_permissions() == Permissions(True, False, True, True, NOW)
    assert fake.asked[0].path == "/sapi/v1/account/apiRestrictions"


def test_permissions_that_are_not_told_are_unknown(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply({"enableSpotAndMarginTrading": False}))
    assert session_to(BINANCE).fetch_permissions() == Permissions(False, None, None, None, None)


def test_a_testnet_cannot_tell_permissions_but_refuses_a_wrong_key() -> None:
    asked: list[str] = []

    def ask(api: str, method: str, path: str, params: Any = None) -> Any:
        asked.append(f"{api} {method} {path}")
        if len(asked) > 1:
            raise KeyRefused("Invalid API-key", "-2015")
        return {"balances": []}

    dialect = binance.BinanceDialect()
    unknown = Permissions(None, None, None, None, None)
    assert dialect.fetch_permissions(ask, Environment.TESTNET) == unknown
    with pytest.raises(KeyRefused):
        dialect.fetch_permissions(ask, Environment.TESTNET)
    assert set(asked) == {"private GET account"}
