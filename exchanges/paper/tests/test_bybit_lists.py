"""Bybit's lists of orders and executions: newest first, in pages, within the days that the exchange tells about."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..exchange import Exchange
from ..history import is_among_last_closed, list_last_closed
from ..market import Market
from ..orders import Order, OrderRequest, OrderType, Side
from ..prices.pins import PinnedPrices
from ..store import Store
from .server import PaperServer
from .test_conservation import INSTRUMENTS, START_MS, WALK

ASKED = {"category": "spot", "symbol": "BTCUSDT"}
MARKET = {**ASKED, "side": "Buy", "orderType": "Market", "marketUnit": "baseCoin", "qty": "0.001"}
RESTING = {**ASKED, "side": "Buy", "orderType": "Limit", "qty": "0.001", "price": "40000"}
DAY_SECONDS = 86_400
DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def steady_price(request: pytest.FixtureRequest) -> None:
    if "exchange" in request.fixturenames:
        server: PaperServer = request.getfixturevalue("exchange")
        server.control("price", symbol="BTCUSDT", price="50000")


def ask(exchange: PaperServer, account: dict[str, Any], path: str, **asked: Any) -> dict[str, Any]:
    method = "GET" if path.rsplit("/", 1)[1] in ("realtime", "history", "list") else "POST"
    answer = exchange.signed_bybit(account, method, f"/v5/{path}", **asked).json()
    assert answer["retCode"] == 0, answer
    result: dict[str, Any] = answer["result"]
    return result


def place(exchange: PaperServer, account: dict[str, Any], name: str, order: dict[str, str] = MARKET) -> str:
    return str(ask(exchange, account, "order/create", **order, orderLinkId=name)["orderId"])


def names(result: dict[str, Any]) -> list[str]:
    return [row["orderLinkId"] for row in result["list"]]


def pages(exchange: PaperServer, account: dict[str, Any], path: str, **asked: Any) -> Iterator[list[str]]:
    cursor = ""
    while True:
        result = ask(exchange, account, path, **ASKED, **asked, cursor=cursor)
        if not result["list"]:
            return
        yield names(result)
        cursor = result["nextPageCursor"]


@pytest.mark.parametrize(("path", "extra"), [("order/realtime", {"openOnly": "1"}), ("order/history", {})])
def test_orders_come_in_pages_newest_first(
    exchange: PaperServer, account: dict[str, Any], path: str, extra: dict[str, str]
) -> None:
    for number in range(5):
        place(exchange, account, f"n{number}")
    found = list(pages(exchange, account, path, limit="2", **extra))
    assert found == [["n4", "n3"], ["n2", "n1"], ["n0"]]


def test_open_orders_and_executions_come_in_pages_too(exchange: PaperServer, account: dict[str, Any]) -> None:
    for number in range(3):
        place(exchange, account, f"rest{number}", RESTING)
        place(exchange, account, f"done{number}")
    assert list(pages(exchange, account, "order/realtime", limit="2")) == [["rest2", "rest1"], ["rest0"]]
    assert list(pages(exchange, account, "execution/list", limit="2")) == [["done2", "done1"], ["done0"]]


def test_an_order_is_found_by_either_id_wherever_it_is(
    exchange: PaperServer, account: dict[str, Any]
) -> None:
    done, resting = place(exchange, account, "done"), place(exchange, account, "rest", RESTING)
    for order_id, name in ((done, "done"), (resting, "rest")):
        for one in ({"orderId": order_id}, {"orderLinkId": name}):
            assert names(ask(exchange, account, "order/realtime", **ASKED, **one)) == [name]
    assert names(ask(exchange, account, "order/history", **ASKED, orderLinkId="rest")) == []
    assert names(ask(exchange, account, "execution/list", **ASKED, orderId=done)) == ["done"]
    both = {"orderId": done, "orderLinkId": "rest"}
    assert names(ask(exchange, account, "order/realtime", **ASKED, **both)) == ["done"]


def test_without_times_the_last_week_is_told_and_cancelled_orders_for_a_day(
    exchange: PaperServer, account: dict[str, Any]
) -> None:
    place(exchange, account, "done")
    place(exchange, account, "gone", RESTING)
    ask(exchange, account, "order/cancel", **ASKED, orderLinkId="gone")
    began = exchange.control("clock", advance=0)["time"]
    assert names(ask(exchange, account, "order/history", **ASKED)) == ["gone", "done"]
    exchange.control("clock", advance=2 * DAY_SECONDS)
    assert names(ask(exchange, account, "order/history", **ASKED)) == ["done"]
    assert names(ask(exchange, account, "order/realtime", **ASKED, orderLinkId="gone")) == ["gone"]
    exchange.control("clock", advance=8 * DAY_SECONDS)
    assert names(ask(exchange, account, "order/history", **ASKED)) == []
    assert names(ask(exchange, account, "execution/list", **ASKED)) == []
    week = {"startTime": began - DAY_MS, "endTime": began + 6 * DAY_MS}
    assert names(ask(exchange, account, "order/history", **ASKED, **week)) == ["done"]
    assert names(ask(exchange, account, "execution/list", **ASKED, startTime=began - DAY_MS)) == ["done"]
    assert names(ask(exchange, account, "execution/list", **ASKED, endTime=began - DAY_MS)) == []


def test_only_so_many_closed_orders_are_recent(tmp_path: Path) -> None:
    class Clock:
        def now_ms(self) -> int:
            return START_MS

    store = Store(tmp_path / "paper.sqlite3")
    exchange = Exchange(store, Market(INSTRUMENTS, PinnedPrices(WALK), Clock()))
    account = exchange.open_account("", {"USDT": exchange.market.instrument("BTCUSDT").max_quantity}, {})
    instrument = INSTRUMENTS["BTCUSDT"]

    def buy(name: str) -> Order:
        quantity = instrument.quantity(100)
        return exchange.place(account, OrderRequest("BTCUSDT", Side.BUY, OrderType.MARKET, name, quantity))[0]

    orders = [buy(f"n{number}") for number in range(4)]
    recent = [is_among_last_closed(store, order, 2) for order in orders]
    assert recent == [False, False, True, True]
    assert list_last_closed(store, account.id, 2) == [orders[3], orders[2]]
    store.close()
