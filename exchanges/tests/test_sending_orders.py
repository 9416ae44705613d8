"""What an answer to an order means: acknowledged, a documented no, or unknown. Never anything else, and sent once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges import gateway, rate_budget
from exchanges.dialects import bybit_ways
from exchanges.domain import ExchangeOrderStatus, Liquidity, OrderRequest, OrderType, Side, Venue
from exchanges.errors import OrderRefused, OrderStatusUnknown
from exchanges.tests.conftest import BINANCE, BYBIT, OpenSession, held_for, in_ten_seconds, market_buy
from exchanges.tests.fake_exchange import Asked, FakeExchange, Raw, Reply

BINANCE_ACK = {"symbol": "BTCUSDT", "orderId": 28, "clientOrderId": "cm-1", "transactTime": 1507725176595}
BYBIT_ACK = {
    "retCode": 0,
    "retMsg": "OK",
    "result": {"orderId": "1321003749386327552", "orderLinkId": "cm-1"},
}
ACKS = {BINANCE: BINANCE_ACK, BYBIT: BYBIT_ACK}
HTML = b"<html><body>502 Bad Gateway</body></html>"
HALF = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"symbol":"BTCUSDT","orderId":28'

GARBLED = {
    "empty": Reply(b""),
    "html": Reply(HTML),
    "cut JSON": Reply(b'{"symbol":"BTCUSDT","orderId":28,"clientOr'),
    "half the body": Raw(HALF),
    "no answer at all": Raw(b""),
    "not HTTP": Raw(b"\x00\x01garbage\r\n\r\n"),
    "null": Reply(b"null"),
    "a list": Reply([]),
    "an empty object": Reply({}),
    "a deep hole": Reply(b"[" * 100_000),
    "invalid UTF-8": Reply(b'{"orderId": "\xff\xfe"}'),
    "moved elsewhere": Reply({}, 307, {"Location": "https://api.binance.com/api/v3/order"}),
}
ANY_VENUE = pytest.mark.parametrize("venue", [BINANCE, BYBIT], ids=str)


def send(session_to: OpenSession, venue: Venue, order: OrderRequest | None = None) -> str:
    said = session_to(venue).send_order(order or market_buy(), deadline=in_ten_seconds())
    return said.exchange_order_id


@ANY_VENUE
def test_an_acknowledgement_gives_the_order_id(
    fake: FakeExchange, session_to: OpenSession, venue: Venue
) -> None:
    fake.reply(Reply(ACKS[venue]))
    assert send(session_to, venue) in ("28", "1321003749386327552")
    assert len(fake.asked) == 1


FILLS = [
    {"price": "90000.1", "qty": "0.0005", "commission": "5E-7", "commissionAsset": "BTC", "tradeId": 56},
    {"price": "90000.2", "qty": "0.0015", "commission": "0.00001", "commissionAsset": "BNB", "tradeId": 57},
]
FULL = {
    **BINANCE_ACK,
    "origQty": "0.00200000",
    "executedQty": "0.00200000",
    "status": "FILLED",
    "type": "MARKET",
    "side": "BUY",
    "fills": FILLS,
}


def test_a_full_acknowledgement_tells_what_was_executed(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply(FULL))
    said = session_to(BINANCE).send_order(market_buy(), deadline=in_ten_seconds())
    assert said.execution is not None
    order, fills = said.execution.order, said.execution.fills
    assert (order.exchange_order_id, order.status, order.filled_quantity) == (
        said.exchange_order_id,
        ExchangeOrderStatus.FILLED,
        Decimal("0.002"),
    )
    assert [
        (fill.exchange_fill_id, fill.price, fill.quantity, fill.fee, fill.fee_asset) for fill in fills
    ] == [
        ("56", Decimal("90000.1"), Decimal("0.0005"), Decimal("0.0000005"), "BTC"),
        ("57", Decimal("90000.2"), Decimal("0.0015"), Decimal("0.00001"), "BNB"),
    ]
    assert {(fill.side, fill.liquidity, fill.exchange_order_id) for fill in fills} == {
        (Side.BUY, Liquidity.TAKER, "28")
    }


UNREADABLE_EXECUTIONS: dict[str, dict[str, Any]] = {
    "no fills": {"fills": None},
    "a fill without its price": {"fills": [{"qty": "0.0005"}]},
    "a fill of nothing": {"fills": [{**FILLS[0], "qty": "0"}]},
    "a status that nobody knows": {"status": "DREAMING"},
    "a quantity that is none": {"executedQty": "NaN"},
}


@pytest.mark.parametrize("changed", UNREADABLE_EXECUTIONS.values(), ids=UNREADABLE_EXECUTIONS.keys())
def test_an_execution_that_cannot_be_read_leaves_the_acknowledgement(
    fake: FakeExchange, session_to: OpenSession, changed: dict[str, Any]
) -> None:
    fake.reply(Reply({**FULL, **changed}))
    said = session_to(BINANCE).send_order(market_buy(), deadline=in_ten_seconds())
    assert (said.exchange_order_id, said.execution) == ("28", None)


@ANY_VENUE
@pytest.mark.parametrize("garbled", GARBLED.values(), ids=GARBLED.keys())
def test_a_garbled_answer_is_unknown_and_sent_once(
    fake: FakeExchange, session_to: OpenSession, venue: Venue, garbled: Reply | Raw
) -> None:
    fake.reply(garbled)
    with pytest.raises(OrderStatusUnknown):
        send(session_to, venue)
    assert len(fake.asked) == 1


@ANY_VENUE
@pytest.mark.parametrize("status", [301, 400, 403, 404, 418, 429, 500, 502, 503, 504])
def test_a_failure_without_the_exchange_own_words_is_unknown(
    fake: FakeExchange, session_to: OpenSession, venue: Venue, status: int
) -> None:
    fake.reply(Reply(HTML, status))
    with pytest.raises(OrderStatusUnknown):
        send(session_to, venue)
    assert len(fake.asked) == 1


@pytest.mark.parametrize("order_id", [None, 0, "", "0", -1, True, 1.5, {}, "not an id!"])
def test_an_acknowledgement_without_a_plausible_id_is_unknown(
    fake: FakeExchange, session_to: OpenSession, order_id: Any
) -> None:
    fake.reply(Reply({**BINANCE_ACK, "orderId": order_id}))
    with pytest.raises(OrderStatusUnknown):
        send(session_to, BINANCE)


@pytest.mark.parametrize(
    "changed", [{"clientOrderId": "cm-2"}, {"symbol": "ETHUSDT"}, {"clientOrderId": None}]
)
def test_an_acknowledgement_of_another_order_is_unknown(
    fake: FakeExchange, session_to: OpenSession, changed: dict[str, Any]
) -> None:
    fake.reply(Reply({**BINANCE_ACK, **changed}))
    with pytest.raises(OrderStatusUnknown):
        send(session_to, BINANCE)


def test_bybit_acknowledging_another_order_is_unknown(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply({"retCode": 0, "result": {"orderId": "1", "orderLinkId": "other"}}))
    with pytest.raises(OrderStatusUnknown):
        send(session_to, BYBIT)


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, -1013, "Filter failure: NOTIONAL"),
        (400, -1013, "Filter failure: LOT_SIZE"),
        (400, -1013, "Filter failure: PRICE_FILTER"),
        (400, -1021, "Timestamp for this request is outside of the recvWindow."),
        (400, -1022, "Signature for this request is not valid."),
        (400, -2010, "Account has insufficient balance for requested action."),
        (400, -2014, "API-key format invalid."),
        (401, -2015, "Invalid API-key, IP, or permissions for action."),
        (429, -1003, "Too many requests."),
        (429, -1015, "Too many new orders."),
        (418, -1003, "Way too much request weight used; IP banned until 1700000000000."),
    ],
)
def test_binance_documented_refusals_are_refusals(
    fake: FakeExchange, session_to: OpenSession, status: int, code: int, message: str
) -> None:
    fake.reply(Reply({"code": code, "msg": message}, status))
    with pytest.raises(OrderRefused) as refused:
        send(session_to, BINANCE)
    assert refused.value.code == str(code)
    assert refused.value.reason == message


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, -2010, "Duplicate order sent."),
        (400, -1000, "An unknown error occurred while processing the request."),
        (400, -1001, "Internal error; unable to process your request. Please try again."),
        (400, -1006, "An unexpected response was received from the message bus. Execution status unknown."),
        (400, -1007, "Timeout waiting for response from backend server."),
        (504, -1007, "Timeout waiting for response from backend server."),
        (503, -1013, "Filter failure: NOTIONAL"),
        (200, -2010, "Account has insufficient balance for requested action."),
        (400, -9999, "A code that nobody documented."),
    ],
)
def test_what_binance_leaves_open_is_unknown(
    fake: FakeExchange, session_to: OpenSession, status: int, code: int, message: str
) -> None:
    fake.reply(Reply({"code": code, "msg": message}, status))
    with pytest.raises(OrderStatusUnknown):
        send(session_to, BINANCE)


@pytest.mark.parametrize(
    "code", [10001, 10002, 10003, 10004, 10005, 10006, 10010, 10018, 33004, 110007, 170131, 170136, 170140]
)
def test_bybit_documented_refusals_are_refusals(
    fake: FakeExchange, session_to: OpenSession, code: int
) -> None:
    fake.reply(Reply({"retCode": code, "retMsg": "no"}))
    with pytest.raises(OrderRefused) as refused:
        send(session_to, BYBIT)
    assert refused.value.code == str(code)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (10000, "Server Timeout"),
        (10016, "Server error"),
        (170007, "Timeout waiting for response from backend server."),
        (170141, "Duplicate clientOrderId"),
        (110072, "OrderLinkedID is duplicate"),
        (10001, "duplicate orderLinkId"),
        (170146, "Order creation timeout"),
        (10014, "Invalid duplicate request"),
        (10019, "ws trade service is restarting"),
        (10429, "System level frequency protection"),
        (110030, "Duplicate orderId"),
        (170001, "Internal error."),
        (170032, "Network error. Please try again later"),
        (170149, "Create order failed"),
        (170210, "New order rejected."),
        (170213, "Order does not exist."),
        (170234, "System Error"),
        (999999, "undocumented"),
    ],
)
def test_what_bybit_leaves_open_is_unknown(
    fake: FakeExchange, session_to: OpenSession, code: int, message: str
) -> None:
    fake.reply(Reply({"retCode": code, "retMsg": message}))
    with pytest.raises(OrderStatusUnknown):
        send(session_to, BYBIT)


def test_no_code_that_may_come_after_trading_is_a_refusal_at_bybit() -> None:
    refused_before = {"10002", "10006"}
    assert refused_before == bybit_ways.ORDER_REFUSALS & bybit_ways.TRANSIENT_CODES
    assert not bybit_ways.ORDER_REFUSALS & bybit_ways.ALREADY_CLOSED


@ANY_VENUE
def test_an_exchange_that_stays_silent_is_unknown(
    fake: FakeExchange, session_to: OpenSession, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "TIMEOUT_SECONDS", 0.2)
    fake.silent = True
    with pytest.raises(OrderStatusUnknown, match="no answer in time"):
        send(session_to, venue)
    assert len(fake.asked) == 1


def test_an_exchange_that_is_not_there_is_unknown(
    session_to: OpenSession, settings: Any, free_port: int
) -> None:
    settings.PAPER_EXCHANGE_URL = f"http://127.0.0.1:{free_port}"
    with pytest.raises(OrderStatusUnknown):
        send(session_to, BINANCE)


def test_nothing_is_sent_after_the_deadline(fake: FakeExchange, session_to: OpenSession) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(OrderRefused) as refused:
        session_to(BINANCE).send_order(market_buy(), deadline=now, now=lambda: now)
    assert refused.value.code == "not_sent"
    assert fake.asked == []


def test_nothing_is_sent_to_a_venue_that_is_held(fake: FakeExchange, session_to: OpenSession) -> None:
    rate_budget.hold(BINANCE, 30)
    with pytest.raises(OrderRefused) as refused:
        send(session_to, BINANCE)
    assert refused.value.code == "not_sent"
    assert fake.asked == []


@pytest.mark.parametrize(
    "order",
    [
        market_buy("x" * 37),
        market_buy(""),
        market_buy("no spaces"),
        market_buy(quantity="0"),
        market_buy(quantity="-1"),
        market_buy(quantity="NaN"),
        OrderRequest("BTC/USDT", Side.BUY, OrderType.LIMIT, Decimal(1), None, "cm-1"),
        OrderRequest("BTC/USDT", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(0), "cm-1"),
        OrderRequest("BTC/USDT", Side.BUY, OrderType.MARKET, Decimal(1), Decimal(1), "cm-1"),
    ],
)
def test_an_order_that_can_never_be_right_is_not_sent(
    fake: FakeExchange, session_to: OpenSession, order: OrderRequest
) -> None:
    with pytest.raises(OrderRefused) as refused:
        send(session_to, BINANCE, order)
    assert refused.value.code == "not_sent"
    assert fake.asked == []


def test_binance_is_asked_for_a_base_quantity_within_five_seconds(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    fake.reply(Reply(BINANCE_ACK))
    send(session_to, BINANCE, market_buy(quantity="0.00001000"))
    fields = dict(fake.asked[0].fields)
    signed = {name: fields.pop(name) for name in ("timestamp", "signature")}
    assert fields == {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "MARKET",
        "quantity": "0.00001",
        "newClientOrderId": "cm-1",
        "newOrderRespType": "FULL",
        "recvWindow": "5000",
    }
    assert timedelta() <= datetime.now(UTC) - datetime.fromtimestamp(int(signed["timestamp"]) / 1000, UTC)


def test_bybit_is_asked_for_a_base_quantity_within_five_seconds(
    fake: FakeExchange, session_to: OpenSession
) -> None:
    fake.reply(Reply(BYBIT_ACK))
    send(session_to, BYBIT, market_buy(quantity="0.00001000"))
    assert fake.asked[0].fields == {
        "category": "spot",
        "symbol": "BTCUSDT",
        "side": "Buy",
        "orderType": "Market",
        "qty": "0.00001",
        "orderLinkId": "cm-1",
        "marketUnit": "baseCoin",
    }
    assert fake.asked[0].headers["X-BAPI-RECV-WINDOW"] == "5000"


@ANY_VENUE
def test_a_limit_order_carries_its_price(fake: FakeExchange, session_to: OpenSession, venue: Venue) -> None:
    fake.reply(Reply(ACKS[venue]))
    order = OrderRequest("BTC/USDT", Side.SELL, OrderType.LIMIT, Decimal(20), Decimal("90584.5600"), "cm-1")
    send(session_to, venue, order)
    fields = fake.asked[0].fields
    assert fields["price"] == "90584.56"
    assert fields["timeInForce"] == "GTC"
    assert fields.get("quantity", fields.get("qty")) == "20"


def test_a_ban_stops_everybody_and_says_until_when(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply({"code": -1003, "msg": "banned"}, 418, {"Retry-After": "40"}))
    with pytest.raises(OrderRefused):
        send(session_to, BINANCE)
    assert 35 < held_for(BINANCE) <= 40
    assert held_for(BYBIT) == 0


def test_one_account_order_limit_stops_nobody_else(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(Reply({"code": -1015, "msg": "Too many new orders."}, 429))
    with pytest.raises(OrderRefused):
        send(session_to, BINANCE)
    assert held_for(BINANCE) == 0


@ANY_VENUE
def test_a_process_that_slept_after_its_look_at_the_deadline_sends_an_old_signature(
    fake: FakeExchange, session_to: OpenSession, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.reply(Reply(ACKS[venue]))
    session = session_to(venue)
    looked_at = 1_790_000_000_000
    monkeypatch.setattr(session._client, "milliseconds", lambda: looked_at)

    def sleep_then_tell() -> datetime:
        monkeypatch.setattr(session._client, "milliseconds", lambda: looked_at + 60_000)
        return datetime.now(UTC)

    session.send_order(market_buy(), deadline=in_ten_seconds(), now=sleep_then_tell)
    assert signed_at(fake.asked[0]) == looked_at
    fake.reply(Reply({"retCode": 0, "result": {"list": []}} if venue == BYBIT else {"balances": []}))
    session.fetch_balances()
    assert signed_at(fake.asked[1]) == looked_at + 60_000


def signed_at(asked: Asked) -> int:
    return int(asked.fields.get("timestamp") or asked.headers["X-BAPI-TIMESTAMP"])
