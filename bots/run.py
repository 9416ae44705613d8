"""What one run of a bot does, symbol by symbol, of what its look says."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from bots import coins, cooldown
from bots.cooldown import LONGEST_SECONDS, Cooldown
from bots.decisions import Decision, decision_of, no_price
from bots.events import record_once
from bots.look import Look, skip
from bots.models import BotConfiguration, BotStatus
from bots.sizing import entry_quantity, exit_quantity, is_placeable
from bots.strategies.base import Action, Signal
from exchanges.domain import Balance, Instrument, Side, Ticker
from exchanges.errors import ExchangeError, KeyRefused, is_short_of_balance
from exchanges.gateway import NOT_SENT, Session
from exchanges.instruments import get_instruments
from exchanges.market_data.snapshot import Snapshot, rate_between
from exchanges.rate_budget import Purpose, asking
from exchanges.seats import NoSeat
from saas.exact_decimal import plain
from saas.prepared import Parameter, Prepared
from trades import lease
from trades.adoption import search_before_first_order
from trades.balances_after import balances_after
from trades.coverage_schedule import look_soon
from trades.domain import UNRESOLVED, Leg, OrderIntent, OrderStatus, Reason, TradeStatus
from trades.funds import Funds, FundsTaken, Reading, cost_of, left_for, read_asset
from trades.ledger import AlreadyDecided, EntriesHalted, Placement, place_order
from trades.models import Order, Trade
from trades.projection import close_as_dust
from trades.sweeper import recover_held_bot
from users.keys import open_key_session, store_balances

Clock = Callable[[], datetime]

# How long an exchange that did not answer is left alone; a sale is tried again sooner.
AWAY_SECONDS = {Leg.ENTRY: 10, Leg.EXIT: 3}
# How long at most where too many of our own wait for it.
FULL_SECONDS = 1
# How long at most after the funds were short or the book empty for a moment, and after a refusal: a stop loss must not be
# forgotten.
SHORT_SECONDS = {Leg.ENTRY: 10, Leg.EXIT: 5}
REFUSED_SECONDS = {Leg.ENTRY: LONGEST_SECONDS, Leg.EXIT: 60}
UNCHANGED = Prepared(
    lambda: BotConfiguration.objects.filter(
        pk=Parameter("bot"),
        status=BotStatus.ACTIVE,
        closing=Parameter("closing"),
        exchange_key=Parameter("key"),
        deleted_at=None,
    ).values_list("symbols")
)
LEGS = {Action.BUY: Leg.ENTRY, Action.SELL: Leg.EXIT}


class BotRun(Look):
    """A look with the bot's lease in hand, and its orders; to be closed.

    A session is opened only when something private must be asked.
    """

    def __init__(self, bot: BotConfiguration, held: lease.Held, due_at: datetime, clock: Clock) -> None:
        super().__init__(bot, clock)
        self.held = held
        self.due_at = due_at
        self._session: Session | None = None
        self._balances: Mapping[str, Balance] = {}
        self._balances_after: dict[str, Balance] | None = None

    def close(self) -> None:
        """Keep what is known of the account by now, for show. Nothing may be asked or done any more."""
        if self._session is not None:
            self._session.close()
        if self._balances_after is not None:
            store_balances(self.bot.exchange_key, self._balances_after)

    def session(self) -> Session:
        if self._session is None:
            self._session = open_key_session(self.bot.exchange_key)
        return self._session

    def settle_orders(self) -> None:
        """Find out about this bot's open orders before anything is decided."""
        if self.unresolved:
            recover_held_bot(self.held, self.clock)
            self.load_positions()

    def act_on_all(self) -> list[Decision]:
        """A decision for every symbol, and what comes of it."""
        return [self._decide(symbol) for symbol in self.symbols()]

    def _decide(self, symbol: str) -> Decision:
        now = self.clock()
        signal = self.signal(symbol)
        if self.snapshot is None or signal is None:
            return no_price(symbol, now)
        return decision_of(self._act(self.snapshot, symbol, signal), symbol, now)

    def _act(self, snapshot: Snapshot, symbol: str, signal: Signal) -> Signal:
        """Do what the signal wants. An exchange that does not answer is this symbol's trouble, until it does again."""
        ticker = snapshot.tickers[symbol]
        try:
            if signal.action is Action.BUY:
                return self._enter(snapshot, symbol, ticker, signal)
            if signal.action is Action.SELL:
                with asking(Purpose.EXIT):
                    return self._leave(symbol, ticker, signal)
        except KeyRefused:
            raise
        except ExchangeError as error:
            away = cooldown.away_because(error)
            leg = LEGS[signal.action]
            seconds = FULL_SECONDS if isinstance(error, NoSeat) else AWAY_SECONDS[leg]
            cooldown.begin(self.bot.pk, symbol, leg, away, longest_seconds=seconds)
            return skip(signal, away)
        return signal

    def _enter(self, snapshot: Snapshot, symbol: str, ticker: Ticker, signal: Signal) -> Signal:
        instrument = get_instruments(self.venue)[symbol]
        budget = self._budget(snapshot, instrument)
        if budget is None:
            details = {"currency": self.bot.capital_currency, "quote": instrument.quote}
            return skip(signal, Cooldown("no_rate", details))
        if ticker.ask <= 0:
            return self._wait_for_book(symbol, Leg.ENTRY, signal)
        quantity = entry_quantity(budget, ticker.ask, instrument)
        if not quantity:
            details = {"budget": plain(budget.quantize(Decimal("0.01"))), "quote": instrument.quote}
            return skip(signal, Cooldown("budget_too_small", details))
        funds = Funds(self._read_balance(instrument.quote), cost_of(quantity, ticker.ask))
        if funds.reading.free < funds.needed:
            short = insufficient_balance(funds, funds.reading.free)
            cooldown.begin(self.bot.pk, symbol, Leg.ENTRY, short)
            return skip(signal, short)
        intent = self._intent(signal, symbol, Side.BUY, Leg.ENTRY, quantity)
        return self._place(intent, instrument, signal, funds)

    def _budget(self, snapshot: Snapshot, instrument: Instrument) -> Decimal | None:
        """What one trade may cost, in the instrument's quote; None without a rate."""
        rate = rate_between(snapshot, self.bot.capital_currency, instrument.quote)
        return None if rate is None else self.bot.capital * rate / self.bot.max_open_trades

    def _read_balance(self, asset: str) -> Reading:
        asked_at = self.clock()
        self._balances = self.session().fetch_balances()
        return read_asset(self._balances, asset, asked_at)

    def _leave(self, symbol: str, ticker: Ticker, signal: Signal) -> Signal:
        trade = self.trades[symbol]
        if trade.exchange_key_id != self.bot.exchange_key_id:
            return self._leave_alone(trade, signal)
        instrument = get_instruments(self.venue)[symbol]
        quantity = exit_quantity(trade.held_quantity, instrument)
        if coins.are_dust(quantity, ticker, instrument):
            return self._give_up_dust(trade, signal)
        if not is_placeable(quantity, ticker.bid, instrument):
            return self._wait_for_book(symbol, Leg.EXIT, signal)
        return self._sell(trade, ticker, instrument, signal)

    def _leave_alone(self, trade: Trade, signal: Signal) -> Signal:
        """A purchase that was given up for lost turned up after its bot had got another key, whose coins are not these."""
        elsewhere = Cooldown("other_key", {"key": trade.exchange_key.label, "symbol": trade.symbol})
        cooldown.begin(
            self.bot.pk, trade.symbol, Leg.EXIT, elsewhere, longest_seconds=SHORT_SECONDS[Leg.EXIT]
        )
        return skip(signal, elsewhere)

    def _sell(self, trade: Trade, ticker: Ticker, instrument: Instrument, signal: Signal) -> Signal:
        """Sell what is held, as far as the account has it: its owner may have sold, moved or locked some by hand."""
        key, reading = self.bot.exchange_key, self._read_balance(instrument.base)
        left = left_for(reading, key, Leg.EXIT, trade.pk)
        quantity = coins.sellable_quantity(trade.held_quantity, left, ticker.bid, instrument)
        if coins.are_missing(trade.held_quantity, left, instrument):
            look_soon(key.pk, self.clock())
        if not is_placeable(quantity, ticker.bid, instrument):
            short = coins.describe_shortage(trade.held_quantity, left, reading, instrument)
            return self._wait_for_coins(trade.symbol, short, signal)
        intent = self._intent(signal, trade.symbol, Side.SELL, Leg.EXIT, quantity, trade.pk)
        return self._place(intent, instrument, signal, Funds(reading, quantity))

    def _wait_for_book(self, symbol: str, leg: Leg, signal: Signal) -> Signal:
        """Nobody takes the other side at a price that means anything; a moment later somebody may."""
        empty = Cooldown("empty_book", {})
        cooldown.begin(self.bot.pk, symbol, leg, empty, longest_seconds=SHORT_SECONDS[leg])
        return skip(signal, empty)

    def _wait_for_coins(self, symbol: str, short: Cooldown, signal: Signal) -> Signal:
        if short.code == "coins_locked":
            record_once(self.bot, short.code, self.clock(), symbol=symbol, **short.details)
        cooldown.begin(self.bot.pk, symbol, Leg.EXIT, short, longest_seconds=SHORT_SECONDS[Leg.EXIT])
        return skip(signal, short)

    def _give_up_dust(self, trade: Trade, signal: Signal) -> Signal:
        close_as_dust(trade, signal.reason or Reason.CLOSE_ALL, self.held, self.clock())
        self.load_positions()
        return skip(signal, Cooldown("nothing_to_sell", {}))

    def _intent(
        self,
        signal: Signal,
        symbol: str,
        side: Side,
        leg: Leg,
        quantity: Decimal,
        trade_id: int | None = None,
    ) -> OrderIntent:
        return OrderIntent(
            symbol=symbol,
            side=side,
            leg=leg,
            reason=signal.reason or Reason.CLOSE_ALL,
            quantity=quantity,
            reference_price=signal.price,
            decision_key=f"{self.due_at.isoformat()}|{symbol}|{leg.value}|1",
            trade_id=trade_id,
        )

    def _is_still_wanted(self, intent: OrderIntent) -> bool:
        """A run takes its time; the owner may have stopped the bot since it began, or taken its key or a symbol away.

        Nobody else holds the lease now, without which neither is taken away.
        """
        bot = self.bot
        row = UNCHANGED.first(bot=bot.pk, closing=bot.closing, key=bot.exchange_key_id)
        return row is not None and (intent.leg is Leg.EXIT or intent.symbol in row[0])

    def _finds_lost_orders(self, symbol: str) -> bool:
        key, session = self.bot.exchange_key, self.session()
        if not search_before_first_order(key, symbol, self.held, session, self.clock):
            return False
        self.load_positions()
        return True

    def _place(self, intent: OrderIntent, instrument: Instrument, signal: Signal, funds: Funds) -> Signal:
        if self._finds_lost_orders(intent.symbol):
            return skip(signal, Cooldown("orders_adopted", {}))
        # At last, for the exchange may have taken its time to say what is lost.
        if not self._is_still_wanted(intent):
            return skip(signal, Cooldown("stopped_meanwhile", {}))
        placement = Placement(self.bot.pk, self.bot.exchange_key, instrument, self.bot.owner.display_currency)
        try:
            order = place_order(intent, placement, self.held, self.session(), self.clock, funds)
        except AlreadyDecided:
            return skip(signal, Cooldown("order_in_doubt", {}))
        except EntriesHalted:
            return skip(signal, self._halted_meanwhile())
        except FundsTaken as taken:
            return self._wait_for_funds(intent.symbol, intent.leg, funds, taken.left, signal)
        self._note_order(order)
        if order.status == OrderStatus.REJECTED.value:
            return self._wait_after_refusal(order, intent, signal)
        cooldown.end(self.bot.pk, intent.symbol, intent.leg)
        self._balances_after = balances_after(self._balances, order)
        return signal

    def _note_order(self, order: Order) -> None:
        """What came of it, for the symbols that are still to be looked at; the ledger has just read or written it all."""
        self.unresolved.pop(order.symbol, None)
        if OrderStatus(order.status) in UNRESOLVED:
            self.unresolved[order.symbol] = order
        self.trades.pop(order.symbol, None)
        if order.trade is not None and order.trade.status == TradeStatus.OPEN.value:
            self.trades[order.symbol] = order.trade

    def _halted_meanwhile(self) -> Cooldown:
        self.bot.exchange_key.refresh_from_db(fields=["halted_at", "halt_reason"])
        self.__dict__.pop("halt", None)
        return self.halt or Cooldown("entries_halted", {})

    def _wait_for_funds(self, symbol: str, leg: Leg, funds: Funds, left: Decimal, signal: Signal) -> Signal:
        """Another order of the account needs them at this moment; it may be over soon."""
        short = insufficient_balance(funds, left)
        cooldown.begin(self.bot.pk, symbol, leg, short, longest_seconds=SHORT_SECONDS[leg])
        return skip(signal, short)

    def _wait_after_refusal(self, order: Order, intent: OrderIntent, signal: Signal) -> Signal:
        if order.refusal_code == NOT_SENT:
            refused, seconds = (
                Cooldown("order_not_sent", {"reason": order.refusal_reason}),
                AWAY_SECONDS[intent.leg],
            )
        else:
            refused = Cooldown("order_refused", {"reason": order.refusal_reason or order.refusal_code})
            seconds = REFUSED_SECONDS[intent.leg]
        cooldown.begin(self.bot.pk, intent.symbol, intent.leg, refused, longest_seconds=seconds)
        if intent.leg is Leg.EXIT and is_short_of_balance(order.refusal_reason):
            look_soon(self.bot.exchange_key_id, self.clock())
        return skip(signal, refused)


def insufficient_balance(funds: Funds, left: Decimal) -> Cooldown:
    needed = max(funds.needed.quantize(Decimal("1e-8")), Decimal(0))
    details = {"free": plain(max(left, Decimal(0))), "quote": funds.reading.asset, "needed": plain(needed)}
    return Cooldown("insufficient_balance", details)
