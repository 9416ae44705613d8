"""Bybit's answers as our values: exact, complete, and None only where the exchange says so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.dialects import bybit
from exchanges.dialects.bybit_parsing import received_asset
from exchanges.domain import (
    ExchangeFill,
    ExchangeOrderStatus,
    Liquidity,
    OrderType,
    Permissions,
    Side,
)
from exchanges.errors import ExchangeUnavailable, RequestRefused
from exchanges.tests.canned import bybit_list
from exchanges.tests.conftest import BYBIT, OpenSession
from exchanges.tests.fake_exchange import Asked, FakeExchange, Reply

SYMBOL = "BTC/USDT"
AT_MS = "1772366400123"
AT = datetime(2026, 3, 1, 12, 0, 0, 123000, UTC)
ORDER = {
    "symbol": "BTCUSDT",
    "orderId": "1523347543495541248",
    "orderLinkId": "cm-1",
    "side": "Buy",
    "orderType": "Market",
    "orderStatus": "PartiallyFilledCanceled",
    "qty": "0.123456789012345678",
    "cumExecQty": "0.1",
    "createdTime": AT_MS,
}
FILL = {
    "symbol": "BTCUSDT",
    "execId": "2210000000101610464",
    "orderId": "1523347543495541248",
    "side": "Buy",
    "execPrice": "90584.1",
    "execQty": "0.000100000000000001",
    "execFee": "0.0000001",
    "execTime": AT_MS,
    "execType": "Trade",
    "isMaker": False,
}


def test_an_order_is_looked_up_among_recent_ones_then_in_the_history(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    fake.reply(bybit_list(), bybit_list(ORDER))
    order = session_to(BYBIT).find_order(SYMBOL, "cm-1")
    assert order is not None
    assert (order.exchange_order_id, order.type, order.side) == (
        "1523347543495541248",
        OrderType.MARKET,
        Side.BUY,
    )
    assert order.status == ExchangeOrderStatus.CANCELED
    assert (order.quantity, order.filled_quantity) == (Decimal("0.123456789012345678"), Decimal("0.1"))
    assert order.created_at == AT
    assert [asked.path for asked in fake.asked] == ["/v5/order/realtime", "/v5/order/history"]
    assert {asked.fields["orderLinkId"] for asked in fake.asked} == {"cm-1"}


def test_no_such_order_is_none_only_if_both_lists_say_so(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(bybit_list())
    assert session_to(BYBIT).find_order(SYMBOL, "cm-1") is None
    fake.reply(bybit_list(), Reply({"retCode": 10016, "retMsg": "Server error"}))
    with pytest.raises(ExchangeUnavailable):
        session_to(BYBIT).find_order(SYMBOL, "cm-1")


@pytest.mark.parametrize("changed", [{"orderLinkId": "other"}, {"orderStatus": "NewlyInvented"}, {"qty": ""}])
def test_an_order_that_makes_no_sense_is_not_believed(
    fake: FakeExchange, session_to: OpenSession, changed: dict[str, Any]
) -> None:
    fake.reply(bybit_list({**ORDER, **changed}))
    with pytest.raises(ExchangeUnavailable, match="could not be read"):
        session_to(BYBIT).find_order(SYMBOL, "cm-1")


@pytest.mark.parametrize("code", [110001, 170142, 170143, 170213])
def test_cancelling_what_is_closed_or_unknown_is_no_error(
    fake: FakeExchange, session_to: OpenSession, code: int
) -> None:
    fake.reply(Reply({"retCode": code, "retMsg": "Order does not exist."}))
    session_to(BYBIT).cancel_order(SYMBOL, "cm-1")


def test_cancelling_what_cannot_be_cancelled_is_refused(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply({"retCode": 170145, "retMsg": "This order type does not support cancellation"}))
    with pytest.raises(RequestRefused):
        session_to(BYBIT).cancel_order(SYMBOL, "cm-1")


def test_the_fills_of_a_recent_order_are_asked_by_its_id(fake: FakeExchange, session_to: OpenSession) -> None:
    recent = {**ORDER, "createdTime": str(int(AT_MS) - 1_000)}
    fake.reply(bybit_list(recent), bybit_list(FILL, {**FILL, "execType": "Funding"}))
    assert session_to(BYBIT).list_order_fills(SYMBOL, "1523347543495541248") == [
        ExchangeFill(
            exchange_fill_id="2210000000101610464",
            exchange_order_id="1523347543495541248",
            symbol=SYMBOL,
            side=Side.BUY,
            price=Decimal("90584.1"),
            quantity=Decimal("0.000100000000000001"),
            fee=Decimal("0.0000001"),
            fee_asset="BTC",
            liquidity=Liquidity.TAKER,
            executed_at=AT,
        )
    ]


@pytest.mark.parametrize("told", [{"orderId": "1523347543495541249"}, {"execPrice": "0"}, {"execQty": ""}])
def test_fills_of_another_order_or_of_nothing_are_not_believed(
    fake: FakeExchange, session_to: OpenSession, told: dict[str, str]
) -> None:
    recent = {**ORDER, "createdTime": str(int(AT_MS) - 1_000)}
    fake.reply(bybit_list(recent), bybit_list(FILL, {**FILL, **told}))
    with pytest.raises(ExchangeUnavailable):
        session_to(BYBIT).list_order_fills(SYMBOL, "1523347543495541248")


def test_the_fills_of_an_old_order_are_asked_from_its_creation_on(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    old = {**ORDER, "createdTime": str(int(AT_MS) - 10 * 86_400_000)}
    fake.reply(bybit_list(old), bybit_list(), bybit_list(FILL))
    assert len(session_to(BYBIT).list_order_fills(SYMBOL, "1523347543495541248")) == 1
    windows = [asked.fields for asked in fake.asked if asked.path == "/v5/execution/list"]
    assert [window["startTime"] for window in windows] == [
        old["createdTime"],
        str(int(AT_MS) - 3 * 86_400_000),
    ]
    assert {window["orderId"] for window in windows} == {"1523347543495541248"}


@pytest.mark.parametrize(
    ("told", "asset"),
    [({"feeCurrency": "MNT"}, "MNT"), ({"feeCoin": "USDT", "feeCurrency": ""}, "USDT"), ({}, "BTC")],
)
def test_the_fee_asset_is_the_one_told_or_the_one_received(
    fake: FakeExchange, session_to: OpenSession, told: dict[str, str], asset: str
) -> None:
    fake.reply(bybit_list({**FILL, **told}))
    assert session_to(BYBIT).list_fills(SYMBOL, datetime.now(UTC))[0].fee_asset == asset


@pytest.mark.parametrize(
    ("side", "rebate", "asset"),
    [
        (Side.BUY, False, "BTC"),
        (Side.SELL, False, "USDT"),
        (Side.BUY, True, "USDT"),
        (Side.SELL, True, "BTC"),
    ],
)
def test_a_spot_fee_comes_out_of_what_is_received(side: Side, rebate: bool, asset: str) -> None:
    assert received_asset(SYMBOL, side, rebate=rebate) == asset


def windowed(rows: list[dict[str, Any]], time_field: str) -> Callable[[Asked], Any]:
    """Bybit's rule: seven days from the start at most, newest first, pages by a cursor."""
    week = 7 * 86_400_000

    def answer(asked: Asked) -> Any:
        fields = asked.fields
        start = int(fields.get("startTime", 0))
        end = int(fields.get("endTime", start + week))
        assert end - start <= week
        found = [row for row in rows if start <= int(row[time_field]) <= end] if "startTime" in fields else []
        offset, limit = int(fields.get("cursor", 0)), int(fields["limit"])
        page = found[::-1][offset : offset + limit]
        following = str(offset + limit) if offset + limit < len(found) else ""
        return {"retCode": 0, "result": {"list": page, "nextPageCursor": following}}

    return answer


def test_all_fills_are_listed_through_windows_and_pages(
    fake: FakeExchange, session_to: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bybit, "FILLS_PAGE", 10)
    now = datetime.now(UTC)
    first = int((now - timedelta(days=19)).timestamp() * 1_000)
    rows = [{**FILL, "execId": f"{n}x", "execTime": str(first + n * 15_000_000)} for n in range(100)]
    fake.route = windowed(rows, "execTime")
    fills = session_to(BYBIT).list_fills(SYMBOL, now - timedelta(days=20))
    assert sorted(fill.exchange_fill_id for fill in fills) == sorted(str(row["execId"]) for row in rows)
    assert len(fills) == 100


def test_all_orders_are_listed_open_ones_too(fake: FakeExchange, session_to: OpenSession) -> None:
    now = datetime.now(UTC)
    at = str(int((now - timedelta(days=3)).timestamp() * 1_000))
    finished = windowed([{**ORDER, "orderId": "1", "createdTime": at}], "createdTime")
    still_open = {**ORDER, "orderId": "2", "orderStatus": "New", "createdTime": at}
    updated = {**ORDER, "orderId": "1", "orderStatus": "Filled", "createdTime": at}

    def answer(asked: Asked) -> Any:
        listed = {"0": still_open, "1": updated}
        if asked.path.endswith("history"):
            return finished(asked)
        return {"retCode": 0, "result": {"list": [listed[asked.fields["openOnly"]]], "nextPageCursor": ""}}

    fake.route = answer
    orders = session_to(BYBIT).list_orders(SYMBOL, now - timedelta(days=10))
    found = {order.exchange_order_id: order.status for order in orders}
    assert found == {"1": ExchangeOrderStatus.FILLED, "2": ExchangeOrderStatus.OPEN}
    assert session_to(BYBIT).list_orders(SYMBOL, now - timedelta(days=1)) == []


def test_the_last_closed_orders_are_read_back_to_the_moment_asked_for_only(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    now = datetime.now(UTC)
    at = [str(int((now - timedelta(days=days)).timestamp() * 1_000)) for days in (1, 3)]
    rows = [{**ORDER, "orderId": str(number + 1), "createdTime": time} for number, time in enumerate(at)]

    def answer(asked: Asked) -> Any:
        empty = asked.path.endswith("history") or asked.fields["openOnly"] == "0"
        return {"retCode": 0, "result": {"list": [] if empty else rows, "nextPageCursor": "more"}}

    fake.route = answer
    orders = session_to(BYBIT).list_orders(SYMBOL, now - timedelta(days=2))
    assert [order.exchange_order_id for order in orders] == ["1"]
    assert len(fake.asked) == 3


def test_a_cursor_that_stands_still_is_noticed(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(bybit_list(FILL, cursor="same"))
    with pytest.raises(ExchangeUnavailable):
        session_to(BYBIT).list_fills(SYMBOL, datetime.now(UTC))


def test_balances_tell_free_and_locked(fake: FakeExchange, session_to: OpenSession) -> None:
    coins = [
        {"coin": "BTC", "walletBalance": "1.000000000000000001", "locked": "0.25"},
        {"coin": "USDT", "walletBalance": "10", "locked": ""},
    ]
    fake.reply(bybit_list({"coin": coins}))
    balances = session_to(BYBIT).fetch_balances()
    assert (balances["BTC"].free, balances["BTC"].locked) == (
        Decimal("0.750000000000000001"),
        Decimal("0.25"),
    )
    assert (balances["USDT"].free, balances["USDT"].locked) == (Decimal(10), Decimal(0))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, Permissions(True, False, False, False, None)),
        ({"readOnly": 1}, Permissions(False, False, False, False, None)),
        ({"permissions": {"Spot": [], "Wallet": []}}, Permissions(False, False, False, False, None)),
        (
            {
                "permissions": {"Spot": ["SpotTrade"], "Wallet": ["AccountTransfer", "Withdraw"]},
                "ips": ["1.2.3.4"],
            },
            Permissions(True, True, True, True, None),
        ),
        (
            {"expiredAt": "2026-03-01T12:00:00Z"},
            Permissions(True, False, False, False, AT.replace(microsecond=0)),
        ),
        ({"expiredAt": "1970-01-01T00:00:00Z"}, Permissions(True, False, False, False, None)),
    ],
)
def test_permissions_are_those_of_the_key(
    fake: FakeExchange, session_to: OpenSession, told: dict[str, Any], expected: Permissions
) -> None:
    plain = {"readOnly": 0, "permissions": {"Spot": ["SpotTrade"], "Wallet": []}, "ips": ["*"]}
    fake.reply(Reply({"retCode": 0, "result": {**plain, **told}}))
    assert session_to(BYBIT).fetch_permissions() == expected
