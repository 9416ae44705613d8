"""The trading story, told by an unmodified ccxt client over real sockets."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import ccxt
import pytest

from .server import PaperServer, open_client

BTC = "BTC/USDT"


def free(client: ccxt.binance, asset: str) -> Decimal:
    balances = client.fetch_balance()["info"]["balances"]
    return next(Decimal(row["free"]) for row in balances if row["asset"] == asset)


def locked(client: ccxt.binance, asset: str) -> Decimal:
    balances = client.fetch_balance()["info"]["balances"]
    return next(Decimal(row["locked"]) for row in balances if row["asset"] == asset)


def test_markets_have_the_grids_of_the_real_exchange(client: ccxt.binance) -> None:
    assert len([market for market in client.markets.values() if market["quote"] == "USDT"]) >= 25
    assert {"USDT/BRL", "BTC/BRL", "ETH/BRL", "SOL/BRL"} <= client.markets.keys()
    bitcoin = client.market(BTC)
    assert (bitcoin["precision"]["price"], bitcoin["precision"]["amount"]) == (0.01, 0.00001)
    assert bitcoin["limits"]["cost"]["min"] == 5
    assert client.market("BTC/BRL")["limits"]["cost"]["min"] == 10
    assert all(market["spot"] and market["active"] for market in client.markets.values())


def test_a_market_buy_by_quantity_takes_its_fee_in_the_coin(client: ccxt.binance) -> None:
    order = client.create_order(BTC, "market", "buy", 0.01, None, {"newClientOrderId": "buy-1"})
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 0.01, "buy-1")
    fills = order["info"]["fills"]
    assert sum(Decimal(fill["qty"]) for fill in fills) == Decimal("0.01")
    assert {fill["commissionAsset"] for fill in fills} == {"BTC"}
    assert free(client, "BTC") == Decimal("0.01") - sum(Decimal(fill["commission"]) for fill in fills)
    assert free(client, "USDT") == 10000 - Decimal(order["info"]["cummulativeQuoteQty"])


def test_a_large_market_order_fills_on_several_levels(client: ccxt.binance) -> None:
    order = client.create_order(BTC, "market", "buy", 0.1)
    prices = [Decimal(fill["price"]) for fill in order["info"]["fills"]]
    assert len(prices) > 1
    assert prices == sorted(prices)


def test_a_market_buy_by_cost_spends_no_more_than_asked(client: ccxt.binance) -> None:
    order = client.create_market_buy_order_with_cost(BTC, 100)
    spent = Decimal(order["info"]["cummulativeQuoteQty"])
    assert 98 < spent <= 100
    assert order["status"] == "closed"
    assert free(client, "USDT") == 10000 - spent
    assert locked(client, "USDT") == 0


def test_a_sale_takes_its_fee_in_the_quote_asset(client: ccxt.binance) -> None:
    client.create_order(BTC, "market", "buy", 0.01)
    before = free(client, "USDT")
    order = client.create_order(BTC, "market", "sell", 0.005)
    fees = sum(Decimal(fill["commission"]) for fill in order["info"]["fills"])
    assert {fill["commissionAsset"] for fill in order["info"]["fills"]} == {"USDT"}
    assert free(client, "USDT") == before + Decimal(order["info"]["cummulativeQuoteQty"]) - fees


def test_a_limit_order_rests_fills_in_parts_and_is_canceled(
    exchange: PaperServer, client: ccxt.binance
) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    order = client.create_order(BTC, "limit", "buy", 0.19, 49000, {"newClientOrderId": "rest-1"})
    assert (order["status"], order["filled"]) == ("open", 0)
    assert locked(client, "USDT") == Decimal("0.19") * 49000
    exchange.control("price", symbol="BTCUSDT", price="48997.55")
    partly = client.fetch_order(None, BTC, {"origClientOrderId": "rest-1"})
    assert partly["status"] == "open"
    assert 0 < partly["filled"] < 0.19
    assert partly["info"]["status"] == "PARTIALLY_FILLED"
    filled = Decimal(partly["info"]["executedQty"])
    assert locked(client, "USDT") == (Decimal("0.19") - filled) * 49000
    trades = client.fetch_my_trades(BTC, params={"orderId": order["id"]})
    assert {(trade["price"], trade["takerOrMaker"]) for trade in trades} == {(49000, "maker")}
    canceled = client.cancel_order(order["id"], BTC)
    assert canceled["status"] == "canceled"
    assert locked(client, "USDT") == 0
    assert free(client, "USDT") == 10000 - filled * 49000


def test_a_resting_order_fills_more_with_every_second(exchange: PaperServer, client: ccxt.binance) -> None:
    exchange.control("price", symbol="ETHUSDT", price="3000")
    order = client.create_order("ETH/USDT", "limit", "buy", 3, 2999)
    exchange.control("price", symbol="ETHUSDT", price="2998.8")
    filled = [client.fetch_order(order["id"], "ETH/USDT")["filled"]]
    while filled[-1] < 3:
        exchange.control("clock", advance=1)
        filled.append(client.fetch_order(order["id"], "ETH/USDT")["filled"])
        assert filled[-1] > filled[-2]
    assert len(filled) > 2
    assert client.fetch_order(order["id"], "ETH/USDT")["status"] == "closed"
    assert free(client, "USDT") == 10000 - 3 * 2999


def test_a_crossing_limit_order_takes_and_then_rests(exchange: PaperServer, client: ccxt.binance) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    order = client.create_order(BTC, "limit", "buy", 0.15, 50005)
    assert 0 < order["filled"] < 0.15
    assert order["status"] == "open"
    trades = client.fetch_my_trades(BTC)
    assert {trade["takerOrMaker"] for trade in trades} == {"taker"}
    assert locked(client, "USDT") == (Decimal("0.15") - Decimal(order["info"]["executedQty"])) * 50005


@pytest.mark.parametrize(("time_in_force", "partly"), [("IOC", True), ("FOK", False)])
def test_what_may_not_rest_expires(
    exchange: PaperServer, client: ccxt.binance, time_in_force: str, partly: bool
) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    order = client.create_order(BTC, "limit", "buy", 0.15, 50005, {"timeInForce": time_in_force})
    assert order["info"]["status"] == "EXPIRED"
    assert (order["filled"] > 0) is partly
    assert locked(client, "USDT") == 0


def test_a_maker_only_order_that_would_take_is_refused(exchange: PaperServer, client: ccxt.binance) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        client.create_order(BTC, "limit", "buy", 0.01, 50100, {"postOnly": True})
    order = client.create_order(BTC, "limit", "buy", 0.01, 49900, {"postOnly": True})
    assert client.fetch_order(order["id"], BTC)["status"] == "open"


def test_orders_are_found_by_client_id_and_listed(client: ccxt.binance) -> None:
    first = client.create_order(BTC, "market", "buy", 0.001, None, {"newClientOrderId": "again"})
    second = client.create_order(BTC, "market", "buy", 0.001, None, {"newClientOrderId": "again"})
    assert second["id"] != first["id"], "an id is free again once its order is closed"
    assert client.fetch_order(None, BTC, {"origClientOrderId": "again"})["id"] == second["id"]
    assert [order["id"] for order in client.fetch_orders(BTC)] == [first["id"], second["id"]]
    assert client.fetch_open_orders(BTC) == []
    with pytest.raises(ccxt.OrderNotFound):
        client.fetch_order(None, BTC, {"origClientOrderId": "never"})


def test_an_open_client_id_is_refused(client: ccxt.binance) -> None:
    price = client.fetch_ticker(BTC)["last"]
    client.create_order(BTC, "limit", "buy", 0.001, price * 0.9, {"newClientOrderId": "one"})
    with pytest.raises(ccxt.BaseError, match="Duplicate order sent"):
        client.create_order(BTC, "limit", "buy", 0.001, price * 0.9, {"newClientOrderId": "one"})


def test_open_orders_are_listed_and_canceled_together(client: ccxt.binance) -> None:
    price = client.fetch_ticker(BTC)["last"]
    ids = {client.create_order(BTC, "limit", "buy", 0.001, price * part)["id"] for part in (0.9, 0.8)}
    assert {order["id"] for order in client.fetch_open_orders(BTC)} == ids
    assert {order["id"] for order in client.cancel_all_orders(BTC)} == ids
    assert client.fetch_open_orders() == []
    with pytest.raises(ccxt.OrderNotFound):
        client.cancel_all_orders(BTC)


def test_my_trades_are_read_from_an_id_on(client: ccxt.binance) -> None:
    for _ in range(3):
        client.create_order(BTC, "market", "buy", 0.001)
    everything = [trade["id"] for trade in client.fetch_my_trades(BTC)]
    assert everything == sorted(everything, key=int)
    later = client.fetch_my_trades(BTC, params={"fromId": everything[1]})
    assert [trade["id"] for trade in later] == everything[1:]
    assert [trade["id"] for trade in client.fetch_my_trades(BTC, limit=1)] == everything[-1:]


def test_a_dry_run_places_nothing(client: ccxt.binance) -> None:
    client.create_order(BTC, "market", "buy", 0.001, None, {"test": True})
    assert client.fetch_orders(BTC) == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("market", "buy", 5), ccxt.InsufficientFunds),
        (("market", "sell", 0.01), ccxt.InsufficientFunds),
        (("market", "buy", 0.00001), ccxt.BadRequest),
    ],
)
def test_refusals_leave_the_balance_alone(
    client: ccxt.binance, arguments: tuple[Any, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        client.create_order(BTC, *arguments)
    assert free(client, "USDT") == 10000
    assert locked(client, "USDT") == 0


def test_a_canceled_order_cannot_be_canceled_again(client: ccxt.binance) -> None:
    price = client.fetch_ticker(BTC)["last"]
    order = client.create_order(BTC, "limit", "buy", 0.001, price * 0.9)
    client.cancel_order(order["id"], BTC)
    with pytest.raises(ccxt.OrderNotFound):
        client.cancel_order(order["id"], BTC)


def test_one_account_does_not_see_another(exchange: PaperServer, client: ccxt.binance) -> None:
    order = client.create_order(BTC, "market", "buy", 0.001)
    stranger = open_client(exchange, exchange.open_account())
    stranger.set_markets_from_exchange(client)
    with pytest.raises(ccxt.OrderNotFound):
        stranger.fetch_order(order["id"], BTC)
    assert stranger.fetch_my_trades(BTC) == []
    stranger.session.close()


def test_a_clock_off_by_a_minute_is_refused(exchange: PaperServer, account: dict[str, Any]) -> None:
    for skew in (-60_000, 60_000):
        client = open_client(exchange, account)
        client.nonce = lambda skew=skew: ccxt.Exchange.milliseconds() + skew
        with pytest.raises(ccxt.InvalidNonce):
            client.fetch_balance()
        client.session.close()


def test_candles_tickers_and_books_are_read(client: ccxt.binance) -> None:
    candles = client.fetch_ohlcv(BTC, "1m", limit=60)
    assert len(candles) == 60
    assert {later[0] - earlier[0] for earlier, later in pairwise(candles)} == {60_000}
    ticker = client.fetch_ticker(BTC)
    assert ticker["bid"] < ticker["last"] < ticker["ask"]
    assert ticker["last"] == candles[-1][4]
    book = client.fetch_order_book(BTC, 20)
    assert len(book["bids"]) == len(book["asks"]) == 20
    assert book["bids"][0][0] == ticker["bid"]
    assert len(client.fetch_tickers()) == len(client.markets)
    assert client.fetch_trades(BTC, limit=5)[-1]["price"] == ticker["last"]


def test_a_kline_has_the_fields_of_the_real_exchange(exchange: PaperServer) -> None:
    row = exchange.get("/api/v3/klines", symbol="BTCUSDT", interval="5m", limit=2).json()[0]
    opened, closed, volume, quote_volume = row[0], row[6], Decimal(row[5]), Decimal(row[7])
    assert (len(row), closed) == (12, opened + 299_999)
    assert Decimal(row[3]) <= quote_volume / volume <= Decimal(row[2])
    assert isinstance(row[8], int)
