"""What a bot sees at one instant and what its strategy wants of it, as far as nothing forbids it. Looks, and never acts.

It needs no lease: a look that finds nothing to do ends there.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.conf import settings

from bots import cooldown
from bots.cooldown import Cooldown
from bots.decisions import Decision, decision_of, no_price
from bots.market_view import view_of
from bots.models import BotConfiguration
from bots.peaks import raise_peaks
from bots.strategies import STRATEGIES
from bots.strategies.base import Action, ExitRules, MarketView, Position, Signal
from exchanges.market_data.snapshot import Snapshot, read_snapshot
from saas.prepared import Parameter, Prepared
from trades import halts
from trades.domain import UNRESOLVED_VALUES, Leg, Reason, TradeStatus
from trades.models import Order, Trade
from trades.order_texts import details_of, is_in_doubt

Clock = Callable[[], datetime]

OPEN_TRADES: Prepared[Trade] = Prepared(
    lambda: Trade.objects.filter(bot=Parameter("bot"), status=TradeStatus.OPEN.value)
)
UNRESOLVED_ORDERS: Prepared[Order] = Prepared(
    lambda: Order.objects.filter(bot=Parameter("bot"), status__in=UNRESOLVED_VALUES)
)


class Look:
    """One bot with its open trades and unresolved orders, read from the database, and its market's snapshot."""

    def __init__(self, bot: BotConfiguration, clock: Clock) -> None:
        self.bot = bot
        self.clock = clock
        self.venue = bot.exchange_key.venue
        self.strategy = STRATEGIES[bot.strategy]
        self.need = self.strategy.candles_needed(bot.parameters)
        self.exits = ExitRules(bot.take_profit_percent, bot.stop_loss_percent, bot.trailing_stop_percent)
        self.snapshot = read_snapshot(self.venue)
        self.load_positions()

    def load_positions(self) -> None:
        trades = OPEN_TRADES.rows(bot=self.bot.pk)
        self.trades: dict[str, Trade] = {trade.symbol: trade for trade in trades}
        unresolved = UNRESOLVED_ORDERS.rows(bot=self.bot.pk)
        self.unresolved: dict[str, Order] = {order.symbol: order for order in unresolved}

    def is_holding(self) -> bool:
        return bool(self.trades or self.unresolved)

    def symbols(self) -> list[str]:
        """The bot's own, and those it still holds a trade in."""
        return list(dict.fromkeys([*self.bot.symbols, *self.trades]))

    def find_quiet_decisions(self) -> list[Decision] | None:
        """A decision for every symbol; None if there is something to be done."""
        if self.unresolved or self.bot.closing:
            return None
        signals = {symbol: self.signal(symbol) for symbol in self.symbols()}
        if any(
            signal is not None and signal.action in {Action.BUY, Action.SELL} for signal in signals.values()
        ):
            return None
        now = self.clock()
        return [
            decision_of(signal, symbol, now) if signal else no_price(symbol, now)
            for symbol, signal in signals.items()
        ]

    def signal(self, symbol: str) -> Signal | None:
        """What is wanted, or why it cannot be done now; None without a price."""
        view = view_of(self.snapshot, symbol, self.need)
        if self.snapshot is None or view is None:
            return None
        wanted = self._wanted(view)
        blocked = self._block(self.snapshot, symbol, wanted.action)
        return wanted if blocked is None else skip(wanted, blocked)

    def _wanted(self, view: MarketView) -> Signal:
        trade = self.trades.get(view.symbol)
        position = self._position(trade, view.price) if trade else None
        signal = self.strategy.decide(view, position, self.exits, self.bot.parameters)
        if trade is not None and self.bot.closing:
            return replace(signal, action=Action.SELL, code="close_all", reason=Reason.CLOSE_ALL)
        return signal

    def _position(self, trade: Trade, price: Decimal) -> Position:
        entry_price = trade.entry_price or price
        peak = max(trade.peak_price or entry_price, price)
        if self.exits.trailing_stop_percent is not None and peak != trade.peak_price:
            raise_peaks([trade.pk], trade.peak_price, peak)
            trade.peak_price = peak
        return Position(entry_price, peak, trade.opened_at)

    def _block(self, snapshot: Snapshot, symbol: str, action: Action) -> Cooldown | None:
        order = self.unresolved.get(symbol)
        if order is not None and is_in_doubt(order, self.clock()):
            return self.doubt(symbol)
        if action is Action.BUY:
            return self._entry_block(snapshot, symbol)
        if action is Action.SELL:
            return self._exit_block(symbol)
        return None

    def _entry_block(self, snapshot: Snapshot, symbol: str) -> Cooldown | None:
        """The first thing that forbids an entry now, or None."""
        age = (self.clock() - snapshot.taken_at).total_seconds()
        if age > settings.SNAPSHOT_MAX_AGE_SECONDS:
            return Cooldown("stale_market", {"age": f"{age:.0f}"})
        if self.bot.closing:
            return Cooldown("closing", {})
        if symbol in self.unresolved:
            return self.doubt(symbol)
        if len({*self.trades, *self.unresolved}) >= self.bot.max_open_trades:
            return Cooldown("max_open_trades", {"maximum": str(self.bot.max_open_trades)})
        return cooldown.find(self.bot.pk, symbol, Leg.ENTRY) or self.halt

    def _exit_block(self, symbol: str) -> Cooldown | None:
        if symbol in self.unresolved:
            return self.doubt(symbol)
        return cooldown.find(self.bot.pk, symbol, Leg.EXIT)

    @cached_property
    def halt(self) -> Cooldown | None:
        """Asked of the database once in a run, and only by a run that would buy; the ledger asks again."""
        block = halts.find_block(self.bot)
        return None if block is None else Cooldown("entries_halted", block.details())

    def doubt(self, symbol: str) -> Cooldown:
        return Cooldown("order_in_doubt", details_of(self.unresolved[symbol], self.clock()))


def skip(signal: Signal, blocked: Cooldown) -> Signal:
    """The signal with why nothing came of it."""
    return replace(signal, action=Action.SKIP, code=blocked.code, details=blocked.details)
