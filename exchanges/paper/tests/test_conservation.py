"""Whatever is ordered, canceled and passes in the market: nothing is created and nothing lost."""

import sqlite3
import tempfile
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ..accounts import Account
from ..balances import InsufficientBalanceError
from ..catalogue import list_instruments
from ..clock import ManualClock
from ..exchange import DuplicateOrderError, Exchange, OrderClosedError, WouldTakeLiquidityError
from ..market import Market
from ..orders import Deferral, OrderRequest, OrderType, Side, TimeInForce
from ..prices.pins import PinnedPrices
from ..prices.walk import WalkPrices
from ..rules import RuleViolationError
from ..store import Store

INSTRUMENTS = list_instruments()
SYMBOLS = ("BTCUSDT", "ETHUSDT", "BTCBRL")
START_MS = 1_790_078_400_000
REFUSALS = (InsufficientBalanceError, RuleViolationError, WouldTakeLiquidityError, DuplicateOrderError)
WALK = WalkPrices(INSTRUMENTS, seed=7)

orders = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(SYMBOLS),
        "side": st.sampled_from(Side),
        "type": st.sampled_from(OrderType),
        "time_in_force": st.sampled_from(TimeInForce),
        "by_quote": st.booleans(),
        "worth": st.decimals(5, 30_000, places=2),
        "distance": st.decimals("-0.01", "0.01", places=4),
        "deferral": st.sampled_from([None, None, None, Deferral(2000), Deferral(1000, 3), Deferral(0, 2)]),
    }
)
steps = st.lists(
    st.one_of(
        orders,
        st.integers(1, 120).map(lambda seconds: {"advance": seconds}),
        st.integers(0, 20).map(lambda index: {"cancel": index}),
        st.fixed_dictionaries({"execute": st.integers(0, 20), "share": st.sampled_from(["1", "1/2", "1/7"])}),
        st.just({"release": True}),
    ),
    max_size=25,
)


def read_request(exchange: Exchange, step: dict[str, object], number: int) -> OrderRequest:
    instrument = INSTRUMENTS[str(step["symbol"])]
    current = instrument.price(exchange.market.ticks(instrument))
    worth, is_market = Decimal(str(step["worth"])), step["type"] is OrderType.MARKET
    quantity = instrument.quantity(instrument.to_lots(worth / current))
    by_quote = is_market and bool(step["by_quote"])
    price = instrument.price(instrument.to_ticks(current * (1 + Decimal(str(step["distance"])))))
    return OrderRequest(
        symbol=instrument.symbol,
        side=Side(str(step["side"])),
        type=OrderType(str(step["type"])),
        client_order_id=f"order-{number}",
        quantity=None if by_quote else quantity,
        quote_quantity=worth if by_quote else None,
        price=None if is_market else price,
        time_in_force=TimeInForce(str(step["time_in_force"]))
        if step["type"] is OrderType.LIMIT
        else TimeInForce.GTC,
    )


def perform(
    exchange: Exchange, clock: ManualClock, account: Account, step: dict[str, object], number: int
) -> None:
    if "advance" in step:
        clock.advance(int(str(step["advance"])) * 1000)
        exchange.settle()
    elif "release" in step:
        exchange.release_deferred()
    elif "execute" in step:
        opened = exchange.store.list_open_orders(account.id)
        if opened:
            exchange.execute(opened[int(str(step["execute"])) % len(opened)], Fraction(str(step["share"])))
    elif "cancel" in step:
        known = exchange.store.list_account_orders(account.id)
        if known:
            cancel(exchange, account, known[int(str(step["cancel"])) % len(known)].id)
    else:
        deferral = step["deferral"]
        assert deferral is None or isinstance(deferral, Deferral)
        try:
            exchange.place(account, read_request(exchange, step, number), deferral)
        except REFUSALS:
            return


def cancel(exchange: Exchange, account: Account, order_id: int) -> None:
    exchange.settle()
    order = next(one for one in exchange.store.list_account_orders(account.id) if one.id == order_id)
    try:
        exchange.cancel(order)
    except OrderClosedError:
        assert not order.is_open


def assert_books_balance(exchange: Exchange, account: Account) -> None:
    store = exchange.store
    expected: dict[str, Decimal] = defaultdict(Decimal, store.list_deposits(account.id))
    for fill in store.list_account_fills(account.id):
        instrument, sign = INSTRUMENTS[fill.symbol], 1 if fill.is_buyer else -1
        expected[instrument.base] += sign * fill.quantity
        expected[instrument.quote] -= sign * fill.quote_quantity
        expected[fill.fee_asset] -= fill.fee
        assert fill.quote_quantity == fill.price * fill.quantity
    locked: dict[str, Decimal] = defaultdict(Decimal)
    for order in store.list_account_orders(account.id):
        instrument = INSTRUMENTS[order.symbol]
        locked[instrument.quote if order.side is Side.BUY else instrument.base] += order.locked
        assert order.is_open or order.locked == 0
        assert 0 <= order.executed_quantity <= order.quantity
    for asset, balance in store.list_balances(account.id).items():
        assert balance.free >= 0
        assert balance.locked == locked[asset]
        assert balance.free + balance.locked == expected[asset]


@settings(max_examples=60, deadline=None)
@given(plan=steps)
def test_balances_are_deposits_plus_fills_less_fees(plan: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as directory, closing(Store(Path(directory) / "p.sqlite3")) as store:
        clock = ManualClock(START_MS)
        exchange = Exchange(store, Market(INSTRUMENTS, PinnedPrices(WALK), clock))
        deposits = {"USDT": Decimal(20_000), "BRL": Decimal(50_000), "BTC": Decimal("0.5"), "ETH": Decimal(5)}
        account = exchange.open_account("", deposits, {})
        for number, step in enumerate(plan):
            perform(exchange, clock, account, step, number)
            assert_books_balance(exchange, account)


def test_a_reopened_exchange_knows_its_open_orders(tmp_path: Path) -> None:
    clock = ManualClock(START_MS)
    market = Market(INSTRUMENTS, PinnedPrices(WALK), clock)
    store = Store(tmp_path / "paper.sqlite3")
    exchange = Exchange(store, market)
    account = exchange.open_account("", {"USDT": Decimal(10_000)}, {})
    instrument = INSTRUMENTS["BTCUSDT"]
    price = instrument.price(market.ticks(instrument) - 1000)
    request = OrderRequest("BTCUSDT", Side.BUY, OrderType.LIMIT, "one", Decimal("0.001"), None, price)
    order, _ = exchange.place(account, request)
    store.close()
    reopened = Exchange(Store(tmp_path / "paper.sqlite3"), market)
    clock.advance(3_600_000)
    reopened.settle()
    assert reopened.find_order(account, "BTCUSDT", order.id, None).status == "FILLED"
    assert_books_balance(reopened, account)
    reopened.store.close()


def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "paper.sqlite3"
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        for name in ("deferred_parts", "deferred_step_ms"):
            connection.execute(f"ALTER TABLE orders DROP COLUMN {name}")
    with closing(Store(path)) as store:
        exchange = Exchange(store, Market(INSTRUMENTS, PinnedPrices(WALK), ManualClock(START_MS)))
        account = exchange.open_account("", {"USDT": Decimal(10_000)}, {})
        request = OrderRequest("BTCUSDT", Side.BUY, OrderType.MARKET, "one", Decimal("0.001"))
        order, _ = exchange.place(account, request, Deferral(1000, 2))
        assert exchange.reread(order).deferred_parts == 2
