"""One account through both dialects at once: the same books, the same orders, and nothing created or lost."""

import random
from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from .server import PaperServer, open_bybit_client, open_client
from .test_process import assert_ledger_adds_up, assert_orders_match_fills

SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
BASES = {symbol.replace("/", ""): symbol.split("/")[0] for symbol in SYMBOLS}
STEPS = 60


@pytest.fixture
def clients(exchange: PaperServer, account: dict[str, Any]) -> Iterator[tuple[ccxt.Exchange, ccxt.Exchange]]:
    both = open_client(exchange, account), open_bybit_client(exchange, account)
    for client in both:
        client.load_markets()
    yield both
    for client in both:
        client.session.close()


def test_each_dialect_sees_the_orders_of_the_other(
    clients: tuple[ccxt.Exchange, ccxt.Exchange], exchange: PaperServer, account: dict[str, Any]
) -> None:
    binance, bybit = clients
    price = binance.fetch_ticker("BTC/USDT")["last"]
    binance.create_order("BTC/USDT", "limit", "buy", 0.001, price * 0.9, {"newClientOrderId": "from-binance"})
    resting = bybit.create_order(
        "BTC/USDT", "limit", "buy", 0.001, price * 0.9, {"clientOrderId": "from-bybit"}
    )
    names = {"from-binance", "from-bybit"}
    assert {order["clientOrderId"] for order in binance.fetch_open_orders("BTC/USDT")} == names
    assert {order["clientOrderId"] for order in bybit.fetch_open_orders("BTC/USDT")} == names
    binance.cancel_order(None, "BTC/USDT", {"origClientOrderId": "from-bybit"})
    assert bybit.fetch_order(resting["id"], "BTC/USDT", {"acknowledged": True})["status"] == "canceled"
    balances = [client.fetch_balance()["USDT"] for client in clients]
    assert balances[0]["used"] == balances[1]["used"] > 0
    assert balances[0]["free"] == balances[1]["free"]


def test_balances_are_deposits_plus_fills_less_fees_whoever_ordered(
    clients: tuple[ccxt.Exchange, ccxt.Exchange], exchange: PaperServer, account: dict[str, Any]
) -> None:
    dice = random.Random(7)
    for _ in range(STEPS):
        step(dice, dice.choice(clients), exchange)
    ledger = exchange.ledger(account)
    assert len(ledger["fills"]) > STEPS // 4
    assert_ledger_adds_up(ledger, BASES)
    assert_orders_match_fills(ledger)


def step(dice: random.Random, client: ccxt.Exchange, exchange: PaperServer) -> None:
    symbol, side = dice.choice(SYMBOLS), dice.choice(("buy", "sell"))
    price = client.fetch_ticker(symbol)["last"]
    amount = float(client.amount_to_precision(symbol, dice.uniform(20, 3_000) / price))
    limit = float(client.price_to_precision(symbol, price * dice.uniform(0.998, 1.002)))
    try:
        match dice.choice(("market", "cost", "limit", "cancel", "wait")):
            case "market":
                client.create_order(symbol, "market", side, amount)
            case "cost":
                client.create_market_buy_order_with_cost(symbol, dice.randrange(10, 500))
            case "limit":
                client.create_order(symbol, "limit", side, amount, limit)
            case "cancel":
                for order in client.fetch_open_orders(symbol)[:1]:
                    client.cancel_order(order["id"], symbol)
            case "wait":
                exchange.control("clock", advance=dice.randrange(1, 90))
    except (ccxt.InsufficientFunds, ccxt.InvalidOrder):
        return  # refused, and nothing has changed
