"""The decisions of the looks that no run was made of: what the strategy says of what the tick log has.

    the log's ticks ─ the bot's looks among them ─ its position at each ─ Strategy.decide ─ Decision

They are what runs would have stored, by the same pure code. Where the strategy wanted an order and no run decided on it,
that is said, with the reason that stood at that moment if there is one. While the end of an order is not known every look
is a run, so for those moments there is what is stored and nothing else.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings

from bots.cooldown import Cooldown
from bots.decisions import Decision, decision_of, no_price, spell, time_of
from bots.look_times import Look, last_moment
from bots.models import BotConfiguration
from bots.past_positions import GivenUp, PastPositions
from bots.rank import Rank
from bots.strategies import STRATEGIES
from bots.strategies.base import Action, ExitRules, MarketView, Signal
from bots.ticks import Need
from trades.halts import EntryBlock, find_block
from trades.models import Trade

# What goes on forbidding an order after the run that met it.
STANDING = frozenset(
    {
        "account_paused",
        "budget_share",
        "budget_spent",
        "budget_too_small",
        "coins_locked",
        "coins_missing",
        "empty_book",
        "exchange_held",
        "exchange_unavailable",
        "insufficient_balance",
        "no_rate",
        "order_not_sent",
        "order_refused",
        "other_key",
    }
)


def derive_decisions(
    bot: BotConfiguration,
    looks: Sequence[Look],
    stored: Sequence[Decision],
    now: datetime,
    symbol: str | None = None,
) -> Iterator[Decision]:
    """Of one symbol or of all; none for a moment and symbol that a stored one is for. Everything comes newest first."""
    if looks and not bot.closing:
        yield from _Derivation(bot, looks, stored, now).decisions(symbol)


class _Derivation:
    """One bot's looks with what is needed to decide each anew."""

    def __init__(
        self, bot: BotConfiguration, looks: Sequence[Look], stored: Sequence[Decision], now: datetime
    ) -> None:
        self.bot = bot
        self.looks = looks
        self.now = now
        self.strategy = STRATEGIES[bot.strategy]
        self.need = self.strategy.candles_needed(bot.parameters)
        self.exits = ExitRules(bot.take_profit_percent, bot.stop_loss_percent, bot.trailing_stop_percent)
        self.positions = PastPositions(bot, looks, _find_given_up(stored))
        self.decided = {(self._moment_of(decision), decision.symbol) for decision in stored}
        self.stored: defaultdict[str, list[Decision]] = defaultdict(list)
        for decision in stored:
            self.stored[decision.symbol].append(decision)

    def decisions(self, symbol: str | None) -> Iterator[Decision]:
        for look in self.looks:
            if self.positions.is_settling_at(look.at):
                continue
            held = self.positions.trades_at(look.at)
            symbols = [each for each in dict.fromkeys([*self.bot.symbols, *held]) if symbol in (None, each)]
            undecided = [each for each in symbols if (look.due_at, each) not in self.decided]
            found = (self._decide(look, each, held) for each in undecided)
            yield from (replace(decision, due=spell(look.due_at)) for decision in found if decision)

    def _decide(self, look: Look, symbol: str, held: Mapping[str, Trade]) -> Decision | None:
        """None where nobody can say yet, or ever, what came of it."""
        at, price = look.at, look.tick.prices.get(symbol)
        if price is None:
            return no_price(symbol, at)
        average = look.tick.averages.get(Need(symbol, self.need.timeframe, self.need.window))
        if average is None:
            return None
        view = MarketView(symbol, price, average.value, average.candles)
        trade = held.get(symbol)
        position = self.positions.position_at(trade, look, price) if trade else None
        signal = self.strategy.decide(view, position, self.exits, self.bot.parameters)
        if signal.action not in (Action.BUY, Action.SELL):
            return decision_of(signal, symbol, at)
        blocked = self._find_block(look, symbol, held, signal)
        if blocked is None:
            return None
        skipped = replace(signal, action=Action.SKIP, code=blocked.code, details=blocked.details)
        return decision_of(skipped, symbol, at)

    def _find_block(
        self, look: Look, symbol: str, held: Mapping[str, Trade], signal: Signal
    ) -> Cooldown | None:
        """Why no order came of the signal; None while one still may."""
        if signal.action is Action.BUY:
            age = _age(look)
            if age > settings.SNAPSHOT_MAX_AGE_SECONDS:
                return Cooldown("stale_market", {"age": f"{age:.0f}"})
            if len(held) >= self.bot.max_open_trades:
                return Cooldown("max_open_trades", {"maximum": str(self.bot.max_open_trades)})
        standing = self._find_standing(symbol, look.at)
        if standing is None and signal.action is Action.BUY:
            standing = self._find_halt(look.at)
        return standing or self._find_absence(look)

    def _find_standing(self, symbol: str, moment: datetime) -> Cooldown | None:
        """What the last run before that moment met, if it was still so."""
        before = (decision for decision in self.stored[symbol] if time_of(decision) <= moment)
        last = next(before, None)
        if last is None or last.action != Action.SKIP.value or last.code not in STANDING:
            return None
        return Cooldown(last.code, last.details)

    def _find_halt(self, moment: datetime) -> Cooldown | None:
        block = self._halt
        return Cooldown("entries_halted", block.details()) if block and block.since <= moment else None

    @cached_property
    def _halt(self) -> EntryBlock | None:
        """What is halted now; what was lifted is not known any more."""
        return find_block(self.bot)

    def _find_absence(self, look: Look) -> Cooldown | None:
        """Until a run that was sent for the price must have begun, nobody knows what comes of it."""
        seconds = Rank.ENTRY.seconds_to_begin(self.bot.interval_seconds)
        is_under_way = self.now < look.due_at + timedelta(seconds=seconds)
        return None if is_under_way else Cooldown("not_run", {})

    def _moment_of(self, decision: Decision) -> datetime | None:
        """The moment a stored decision belongs to."""
        if decision.due is not None:
            return datetime.fromisoformat(decision.due)
        return last_moment(self.bot, time_of(decision))


def _find_given_up(stored: Iterable[Decision]) -> list[GivenUp]:
    return [GivenUp(each.symbol, time_of(each)) for each in stored if each.code == "nothing_to_sell"]


def _age(look: Look) -> float:
    """In seconds, of the snapshot that was looked at."""
    return (look.at - (look.tick.taken_at or look.at)).total_seconds()
