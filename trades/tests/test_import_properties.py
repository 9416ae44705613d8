"""The real import and projection, with a database: in whatever pieces fills arrive, each counts once where it belongs.

A machine plays an exchange and a bot: entries and exits in parts, fees in any coin, dust, answers that are late, old or
repeated, an entry that was given up and turns up after all. After each step the stored trades are those of a model in
fractions.
"""

from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bots.models import BotConfiguration
from exchanges.domain import Side
from trades.audit_checks import check_own_rows
from trades.audit_reading import read_books
from trades.domain import IN_DOUBT, RESTING, Reason, TradeStatus
from trades.models import Fill, Order
from trades.projection import close_as_dust
from trades.tests.fake_exchange import AT
from trades.tests.imported_ledger import LOT, QUOTE, THIRD, ImportedLedger, Placed, stored

amounts = st.integers(1, 40).map(lambda number: number * LOT)
prices = st.lists(st.decimals("0.01", "500", places=2), min_size=1, max_size=4)
fee_rates = st.sampled_from([Decimal(0), Decimal("0.001"), Decimal("0.00075"), Decimal("0.3")])
fee_assets = st.sampled_from(["base", QUOTE, THIRD])
randoms = st.randoms(use_true_random=False)


class LedgerMachine(RuleBasedStateMachine):
    template: BotConfiguration

    def __init__(self) -> None:
        super().__init__()
        self.ledger = ImportedLedger(self.template)
        self.trade_of: dict[int, int] = {}

    def _entry_is_possible(self) -> bool:
        """As a run decides it: one open trade, and one unresolved entry, for a bot and symbol."""
        unresolved = Order.objects.filter(
            bot=self.ledger.bot, side="buy", status__in=[one.value for one in RESTING | IN_DOUBT]
        )
        return self.ledger.open_trade() is None and not unresolved.exists()

    def _unfinished(self) -> list[Placed]:
        return [one for one in self.ledger.placed if self.ledger.order(one).status in ("OPEN", "PARTIAL")]

    def _is_replaced(self, placed: Placed) -> bool:
        """Recovery imports a resolved entry beside another one only when all of it is known."""
        order = self.ledger.order(placed)
        others = Order.objects.filter(bot=self.ledger.bot, side="buy", status__in=["OPEN", "PARTIAL"])
        return order.side == "buy" and order not in others and others.exists()

    @precondition(lambda self: self._entry_is_possible())
    @rule(
        amount=amounts,
        prices=prices,
        fee_rate=fee_rates,
        fee_asset=fee_assets,
        canceled=st.booleans(),
        hasty=st.booleans(),
    )
    def buy(
        self,
        amount: Decimal,
        prices: list[Decimal],
        fee_rate: Decimal,
        fee_asset: str,
        canceled: bool,
        hasty: bool,
    ) -> None:
        placed = self.ledger.place(Side.BUY, amount, None)
        placed.canceled, placed.hasty = canceled, hasty
        self.ledger.execute(placed, prices, fee_rate, fee_asset)

    @precondition(lambda self: self.ledger.open_trade() is not None)
    @rule(
        percent=st.sampled_from([10, 50, 100]),
        prices=prices,
        fee_rate=fee_rates,
        fee_asset=st.sampled_from([QUOTE, THIRD]),
    )
    def sell(self, percent: int, prices: list[Decimal], fee_rate: Decimal, fee_asset: str) -> None:
        trade = self.ledger.open_trade()
        assert trade is not None
        amount = trade.held_quantity * percent / 100 // LOT * LOT
        if amount > 0:
            placed = self.ledger.place(Side.SELL, amount, trade)
            self.ledger.execute(placed, prices, fee_rate, fee_asset)

    @precondition(lambda self: not all(map(self._is_replaced, self.ledger.placed)))
    @rule(data=st.data(), random=randoms)
    def report_some(self, data: st.DataObject, random: Random) -> None:
        """Any order's answer of any moment, old ones too, with any of the fills that it had by then."""
        placed = data.draw(st.sampled_from([one for one in self.ledger.placed if not self._is_replaced(one)]))
        known = data.draw(st.integers(0, len(placed.fills)))
        told = random.sample(placed.fills[:known], random.randint(0, known))
        self.ledger.report(placed, known, told)

    @precondition(lambda self: self.ledger.placed)
    @rule(data=st.data())
    def report_everything_of_one(self, data: st.DataObject) -> None:
        self.ledger.report_all(data.draw(st.sampled_from(self.ledger.placed)))

    @precondition(lambda self: self._unfinished())
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        """The exchange denied an order three times; it is there all the same, and recovery looks again a day later."""
        placed = data.draw(st.sampled_from(self._unfinished()))
        if not self.ledger.reported[placed.number]:
            Order.objects.filter(pk=placed.pk).update(status="NEVER_PLACED", resolved_at=self.ledger.now)

    @precondition(lambda self: self.ledger.open_trade() is not None)
    @rule()
    def close_what_cannot_be_sold(self) -> None:
        trade = self.ledger.open_trade()
        assert trade is not None
        moving = trade.orders.filter(status__in=[one.value for one in RESTING])
        if trade.held_quantity < 3 * LOT and not moving.exists():
            close_as_dust(trade, Reason.TAKE_PROFIT.value, self.ledger.held, self.ledger.now)

    @invariant()
    def every_trade_is_what_the_model_says(self) -> None:
        for trade in self.ledger.trades():
            expected = self.ledger.expected(trade)
            assert stored(trade, expected) == expected

    @invariant()
    def every_fill_counts_once_and_stays_where_it_is(self) -> None:
        told = {number for numbers in self.ledger.reported.values() for number in numbers}
        fills = Fill.objects.filter(order__bot=self.ledger.bot).select_related("order")
        assert sorted(fill.exchange_fill_id for fill in fills) == sorted(told)
        for fill in fills:
            assert fill.order.trade_id is not None
            assert self.trade_of.setdefault(fill.pk, fill.order.trade_id) == fill.order.trade_id

    @invariant()
    def what_could_be_sold_is_open_unless_another_trade_is(self) -> None:
        closed = [one for one in self.ledger.trades() if one.status == TradeStatus.CLOSED.value]
        if self.ledger.open_trade() is None:
            assert all(one.dust < 3 * LOT for one in closed)

    def teardown(self) -> None:
        """In the end the exchange tells everything; every order has ended, and our own rows add up."""
        for placed in self.ledger.placed:
            self.ledger.report_all(placed)
        for placed in self.ledger.placed:
            order = self.ledger.order(placed)
            assert order.status == ("CANCELED" if placed.canceled else "FILLED")
            assert order.filled_quantity == order.quantity
        self.every_trade_is_what_the_model_says()
        self.every_fill_counts_once_and_stays_where_it_is()
        books = read_books(self.ledger.bot.exchange_key, AT, [self.ledger.symbol])
        assert check_own_rows(books.orders, books.trades) == []


# A failing run is short enough to read; to shrink it with a database would take minutes.
SETTINGS = settings(
    max_examples=25,
    stateful_step_count=12,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def test_whatever_arrives_counts_once_and_where_it_belongs(bot: BotConfiguration) -> None:
    LedgerMachine.template = bot
    run_state_machine_as_test(LedgerMachine, settings=SETTINGS)


ORDER_OF_NO_MATTER = (
    "status",
    "opened_at",
    "closed_at",
    "exit_reason",
    "quantity",
    "held_quantity",
    "entry_price",
    "exit_price",
    "cost",
    "proceeds",
    "fees",
    "realised_pnl",
    "realised_pnl_display",
    "dust",
    "dust_cost",
)


def one_trade(
    template: BotConfiguration, parts: list[list[Decimal]], fee_rate: Decimal, fee_asset: str
) -> ImportedLedger:
    """A buy of forty lots and two sales of fifteen and of all that is left; only the buy's first fill is known yet."""
    ledger = ImportedLedger(template)
    bought = ledger.place(Side.BUY, 40 * LOT, None)
    ledger.execute(bought, parts[0], fee_rate, fee_asset)
    ledger.report(bought, 1, bought.fills[:1])
    held = 40 * LOT - sum((fill.fee for fill in bought.fills if fill.fee_asset == ledger.base), Decimal(0))
    for amount, prices in ((15 * LOT, parts[1]), (held // LOT * LOT - 15 * LOT, parts[2])):
        sold = ledger.place(Side.SELL, amount, ledger.open_trade())
        ledger.execute(sold, prices, fee_rate, QUOTE)
    return ledger


@given(
    parts=st.lists(prices, min_size=3, max_size=3),
    fee_rate=st.sampled_from([Decimal(0), Decimal("0.001")]),
    fee_asset=fee_assets,
    random=randoms,
)
@settings(SETTINGS, max_examples=15)
def test_a_trade_is_the_same_however_its_fills_arrive(
    bot: BotConfiguration, parts: list[list[Decimal]], fee_rate: Decimal, fee_asset: str, random: Random
) -> None:
    in_order, mixed = (one_trade(bot, parts, fee_rate, fee_asset) for _ in range(2))
    for placed in in_order.placed:
        in_order.report_all(placed)
    for _ in range(6):
        placed = random.choice(mixed.placed)
        known = random.randint(0, len(placed.fills))
        mixed.report(placed, known, random.sample(placed.fills[:known], random.randint(0, known)))
    for placed in random.sample(mixed.placed, 3):
        mixed.report_all(placed)
    (expected,), (trade,) = in_order.trades(), mixed.trades()
    assert [getattr(trade, name) for name in ORDER_OF_NO_MATTER] == [
        getattr(expected, name) for name in ORDER_OF_NO_MATTER
    ]
    assert trade.status == TradeStatus.CLOSED.value
