"""The trading story in Bybit's dialect, told by an unmodified ccxt client over real sockets."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import ccxt
import pytest

from .server import PaperServer, open_bybit_client

BTC = "BTC/USDT"
KNOWN = {"acknowledged": True}


@pytest.fixture
def client(exchange: PaperServer, account: dict[str, Any]) -> Iterator[ccxt.bybit]:
    opened = open_bybit_client(exchange, account)
    opened.load_markets()
    yield opened
    opened.session.close()


def coin(client: ccxt.bybit, asset: str) -> tuple[Decimal, Decimal]:
    """What the account holds of an asset, and what of it is locked."""
    rows = client.fetch_balance()["info"]["result"]["list"][0]["coin"]
    return next(
        ((Decimal(row["walletBalance"]), Decimal(row["locked"])) for row in rows if row["coin"] == asset),
        (Decimal(0), Decimal(0)),
    )


def raw_order(client: ccxt.bybit, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.fetch_order(order["id"], BTC, KNOWN)["info"]
    return found


def test_markets_have_the_grids_of_the_same_exchange(client: ccxt.bybit) -> None:
    assert len([market for market in client.markets.values() if market["quote"] == "USDT"]) >= 25
    bitcoin = client.market(BTC)
    assert (bitcoin["precision"]["price"], bitcoin["precision"]["amount"]) == (0.01, 0.00001)
    assert bitcoin["limits"]["cost"]["min"] == 5
    assert all(market["spot"] and market["active"] for market in client.markets.values())


def test_an_acknowledgement_has_the_ids_and_nothing_else(client: ccxt.bybit) -> None:
    order = client.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "buy-1"})
    assert order["info"] == {"orderId": order["id"], "orderLinkId": "buy-1"}
    assert int(order["id"]) > 2**53, "an id that a double would change"


def test_a_market_buy_by_quantity_takes_its_fee_in_the_coin(client: ccxt.bybit) -> None:
    placed = client.create_order(BTC, "market", "buy", 0.01)
    order = client.fetch_order(placed["id"], BTC, KNOWN)
    assert (order["status"], order["filled"], order["info"]["orderStatus"]) == ("closed", 0.01, "Filled")
    assert (order["info"]["timeInForce"], order["info"]["marketUnit"]) == ("IOC", "baseCoin")
    trades = client.fetch_my_trades(BTC, params={"orderId": order["id"]})
    assert {trade["fee"]["currency"] for trade in trades} == {"BTC"}
    assert {trade["info"]["feeCurrency"] for trade in trades} == {"BTC"}
    fees = sum(Decimal(trade["info"]["execFee"]) for trade in trades)
    assert coin(client, "BTC") == (Decimal("0.01") - fees, Decimal(0))
    assert Decimal(order["info"]["cumExecFee"]) == fees
    assert coin(client, "USDT")[0] == 10000 - Decimal(order["info"]["cumExecValue"])


def test_a_market_buy_by_cost_cancels_what_no_lot_is_worth(client: ccxt.bybit) -> None:
    placed = client.create_market_buy_order_with_cost(BTC, 100)
    order = raw_order(client, placed)
    assert 98 < Decimal(order["cumExecValue"]) < 100
    assert (order["qty"], order["marketUnit"]) == ("100", "quoteCoin")
    assert order["orderStatus"] == "PartiallyFilledCanceled"
    assert client.fetch_order(placed["id"], BTC, KNOWN)["status"] == "closed"
    assert coin(client, "USDT") == (10000 - Decimal(order["cumExecValue"]), Decimal(0))


def test_without_a_unit_a_market_buy_is_by_cost_and_a_sale_by_quantity(
    exchange: PaperServer, client: ccxt.bybit, account: dict[str, Any]
) -> None:
    order = {"category": "spot", "symbol": "BTCUSDT", "orderType": "Market"}
    for side, quantity in (("Buy", "50"), ("Sell", "0.0001")):
        told = exchange.signed_bybit(account, "POST", "/v5/order/create", **order, side=side, qty=quantity)
        assert told.json()["retCode"] == 0, told.text
    sold, bought = exchange.signed_bybit(
        account, "GET", "/v5/order/history", category="spot", symbol="BTCUSDT"
    ).json()["result"]["list"]
    assert (bought["qty"], bought["marketUnit"]) == ("50", "quoteCoin")
    assert (sold["cumExecQty"], sold["marketUnit"]) == ("0.0001", "baseCoin")


def test_a_sale_takes_its_fee_in_the_quote_asset(client: ccxt.bybit) -> None:
    client.create_order(BTC, "market", "buy", 0.01)
    before = coin(client, "USDT")[0]
    order = raw_order(client, client.create_order(BTC, "market", "sell", 0.005))
    assert list(order["cumFeeDetail"]) == ["USDT"]
    assert coin(client, "USDT")[0] == before + Decimal(order["cumExecValue"]) - Decimal(order["cumExecFee"])


def test_a_limit_order_rests_fills_in_parts_and_is_canceled(
    exchange: PaperServer, client: ccxt.bybit
) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    order = client.create_order(BTC, "limit", "buy", 0.19, 49000, {"clientOrderId": "rest-1"})
    assert client.fetch_open_order(order["id"], BTC)["status"] == "open"
    assert coin(client, "USDT")[1] == Decimal("0.19") * 49000
    exchange.control("price", symbol="BTCUSDT", price="48997.55")
    partly = client.fetch_open_orders(BTC)[0]
    assert (partly["info"]["orderStatus"], partly["clientOrderId"]) == ("PartiallyFilled", "rest-1")
    filled = Decimal(partly["info"]["cumExecQty"])
    assert coin(client, "USDT")[1] == (Decimal("0.19") - filled) * 49000
    trades = client.fetch_my_trades(BTC)
    assert {(trade["price"], trade["takerOrMaker"]) for trade in trades} == {(49000, "maker")}
    assert client.cancel_order(order["id"], BTC)["id"] == order["id"]
    closed = raw_order(client, order)
    assert (closed["orderStatus"], closed["cancelType"]) == ("PartiallyFilledCanceled", "CancelByUser")
    assert coin(client, "USDT") == (10000 - filled * 49000, Decimal(0))


def test_what_may_not_rest_is_cancelled(exchange: PaperServer, client: ccxt.bybit) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    statuses = [
        raw_order(client, client.create_order(BTC, "limit", "buy", 0.15, 50005, {"timeInForce": one}))
        for one in ("IOC", "FOK")
    ]
    assert [order["orderStatus"] for order in statuses] == ["PartiallyFilledCanceled", "Cancelled"]
    assert coin(client, "USDT")[1] == 0


def test_a_maker_only_order_rests_or_is_refused(exchange: PaperServer, client: ccxt.bybit) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    with pytest.raises(ccxt.InvalidOrder, match="170218"):
        client.create_order(BTC, "limit", "buy", 0.01, 50100, {"postOnly": True})
    order = client.create_order(BTC, "limit", "buy", 0.01, 49900, {"postOnly": True})
    assert client.fetch_open_order(order["id"], BTC)["info"]["timeInForce"] == "PostOnly"


def test_a_client_id_is_never_free_again(client: ccxt.bybit) -> None:
    client.create_order(BTC, "market", "buy", 0.001, None, {"clientOrderId": "one"})
    with pytest.raises(ccxt.InvalidOrder, match="170141"):
        client.create_order(BTC, "market", "buy", 0.001, None, {"clientOrderId": "one"})
    assert len(client.fetch_closed_orders(BTC)) == 1


def test_closed_orders_leave_the_open_list_and_are_in_the_history(client: ccxt.bybit) -> None:
    price = client.fetch_ticker(BTC)["last"]
    done = client.create_order(BTC, "market", "buy", 0.001)
    resting = client.create_order(BTC, "limit", "buy", 0.001, price * 0.9)
    assert [order["id"] for order in client.fetch_open_orders(BTC)] == [resting["id"]]
    assert [order["id"] for order in client.fetch_closed_orders(BTC)] == [done["id"]]
    client.cancel_order(resting["id"], BTC)
    assert client.fetch_open_orders(BTC) == []
    assert [order["id"] for order in client.fetch_canceled_orders(BTC)] == [resting["id"]]
    with pytest.raises(ccxt.OrderNotFound):
        client.cancel_order(resting["id"], BTC)


def test_one_account_does_not_see_another(exchange: PaperServer, client: ccxt.bybit) -> None:
    order = client.create_order(BTC, "market", "buy", 0.001)
    stranger = open_bybit_client(exchange, exchange.open_account())
    stranger.set_markets_from_exchange(client)
    with pytest.raises(ccxt.OrderNotFound):
        stranger.fetch_order(order["id"], BTC, KNOWN)
    assert stranger.fetch_my_trades(BTC) == []
    stranger.session.close()


def test_candles_come_newest_first_and_begin_with_the_one_asked_for(
    exchange: PaperServer, client: ccxt.bybit
) -> None:
    candles = client.fetch_ohlcv(BTC, "1m", limit=60)
    assert len(candles) == 60
    assert {later[0] - earlier[0] for earlier, later in pairwise(candles)} == {60_000}
    asked = {"category": "spot", "symbol": "BTCUSDT", "interval": "5"}
    start = candles[0][0] + 1
    rows = exchange.get("/v5/market/kline", **asked, start=start, limit=3).json()["result"]["list"]
    opened = [int(row[0]) for row in rows]
    assert opened == sorted(opened, reverse=True)
    assert opened[-1] == start // 300_000 * 300_000
    ended = exchange.get("/v5/market/kline", **asked, start=start, end=start + 900_000, limit=2).json()
    assert [int(row[0]) for row in ended["result"]["list"]] == [opened[-1] + 900_000, opened[-1] + 600_000]


def test_tickers_have_a_spread_and_a_day(client: ccxt.bybit) -> None:
    ticker = client.fetch_ticker(BTC)
    assert ticker["low"] <= ticker["bid"] < ticker["last"] < ticker["ask"]
    assert ticker["baseVolume"] > 0
    assert len(client.fetch_tickers()) == len(client.markets)


def test_a_clock_off_by_a_minute_is_refused(exchange: PaperServer, account: dict[str, Any]) -> None:
    for skew in (-60_000, 60_000):
        client = open_bybit_client(exchange, account)
        client.nonce = lambda skew=skew: ccxt.Exchange.milliseconds() + skew
        with pytest.raises(ccxt.InvalidNonce):
            client.fetch_balance()
        client.session.close()
