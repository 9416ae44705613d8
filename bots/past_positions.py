"""What a bot held at moments of the last minutes, as its trades and orders tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from bots.look_times import Look
from bots.models import BotConfiguration
from bots.strategies.base import Position
from trades.domain import UNRESOLVED_VALUES, TradeStatus
from trades.models import Order, Trade


class GivenUp(NamedTuple):
    """A rest too small to be sold, and when a run gave it up."""

    symbol: str
    at: datetime


class PastPositions:
    """A bot's trades and orders of the time of some looks (newest first)."""

    def __init__(self, bot: BotConfiguration, looks: Sequence[Look], given_up: Sequence[GivenUp]) -> None:
        since = looks[-1].at
        trades = _trades_since(bot, since, given_up)
        self._spans = [_Span(trade, _find_end(trade, trades, given_up)) for trade in trades]
        self._orders = _orders_since(bot, since)
        self._looks = looks
        self._peaks: dict[int, Mapping[datetime, Decimal]] = {}

    def trades_at(self, moment: datetime) -> dict[str, Trade]:
        """The open trades by symbol."""
        return {span.trade.symbol: span.trade for span in self._spans if span.is_open_at(moment)}

    def is_settling_at(self, moment: datetime) -> bool:
        """Whether the end of an order was not known; the bot is then run every time, whatever the prices are."""
        return any(
            created_at <= moment and (resolved_at is None or moment < resolved_at)
            for created_at, resolved_at in self._orders
        )

    def position_at(self, trade: Trade, look: Look, price: Decimal) -> Position:
        entry_price = trade.entry_price or price
        peak = max(self._peaks_of(trade).get(look.at, entry_price), price)
        return Position(entry_price, peak, trade.opened_at)

    def _peaks_of(self, trade: Trade) -> Mapping[datetime, Decimal]:
        if trade.pk not in self._peaks:
            [span] = [span for span in self._spans if span.trade is trade]
            self._peaks[trade.pk] = _find_peaks(span, self._looks)
        return self._peaks[trade.pk]


class _Span(NamedTuple):
    """A trade and when it ended."""

    trade: Trade
    end: datetime | None

    def is_open_at(self, moment: datetime) -> bool:
        return self.trade.opened_at <= moment and (self.end is None or moment < self.end)


def _trades_since(bot: BotConfiguration, since: datetime, given_up: Sequence[GivenUp]) -> list[Trade]:
    """Those open now, and those that ended since."""
    # The owner's, not the bot's: there is an index in the order of closing, and of a few minutes they are few.
    closed = Trade.objects.filter(owner_id=bot.owner_id, closed_at__gt=since)
    trades = [
        *bot.trades.filter(status=TradeStatus.OPEN.value),
        *(trade for trade in closed if trade.bot_id == bot.pk and trade.status == TradeStatus.CLOSED.value),
    ]
    for symbol in {each.symbol for each in given_up}:
        rests = bot.trades.filter(symbol=symbol, closed_at__lte=since, dust__gt=0)
        trades += rests.order_by("-opened_at")[:1]
    return trades


def _find_end(trade: Trade, trades: Sequence[Trade], given_up: Sequence[GivenUp]) -> datetime | None:
    """It is closed as of its last fill, also where its rest could not be sold and was held until a run gave it up."""
    if trade.closed_at is None:
        return None
    closed_at = trade.closed_at
    of_symbol = [each for each in trades if each.symbol == trade.symbol]
    following = [each.opened_at for each in of_symbol if each is not trade and each.opened_at >= closed_at]
    ends = [each.at for each in given_up if each.symbol == trade.symbol and closed_at <= each.at]
    return max([closed_at, *(end for end in ends if not following or end < min(following))])


def _orders_since(bot: BotConfiguration, since: datetime) -> list[tuple[datetime, datetime | None]]:
    """When the orders that were unresolved since then were made, and when their end was known."""
    unresolved = bot.orders.filter(status__in=UNRESOLVED_VALUES)
    changed = Order.objects.filter(owner_id=bot.owner_id, bot_id=bot.pk, updated_at__gte=since)
    fields = ("created_at", "resolved_at")
    return [*unresolved.values_list(*fields), *changed.values_list(*fields)]


def _find_peaks(span: _Span, looks: Sequence[Look]) -> dict[datetime, Decimal]:
    """The highest price by the time of each look at the trade.

    Where a trade is older than the looks and none of them saw the peak that it has now, it was seen before them.
    """
    trade, peak = span.trade, span.trade.entry_price or Decimal(0)
    peaks: dict[datetime, Decimal] = {}
    for look in reversed(looks):
        price, is_last = look.tick.prices.get(trade.symbol), look.at == span.end
        if price is not None and (is_last or span.is_open_at(look.at)):
            peak = peaks[look.at] = max(peak, price)
    is_older = trade.opened_at < looks[-1].at
    if is_older and trade.peak_price is not None and trade.peak_price > peak:
        return dict.fromkeys(peaks, trade.peak_price)
    return peaks
