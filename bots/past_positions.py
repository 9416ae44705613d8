"""What a bot held at moments of the last minutes, as its trades and orders tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from bots.look_times import Look
from bots.models import BotConfiguration
from bots.strategies.base import Position
from trades.domain import UNRESOLVED_VALUES, TradeStatus
from trades.models import Order, Trade


class PastPositions:
    """A bot's trades and orders of the time of some looks (newest first)."""

    def __init__(self, bot: BotConfiguration, looks: Sequence[Look]) -> None:
        since = looks[-1].tick.at
        self._trades = _trades_since(bot, since)
        self._orders = _orders_since(bot, since)
        self._looks = looks
        self._peaks: dict[int, Mapping[datetime, Decimal]] = {}

    def trades_at(self, moment: datetime) -> dict[str, Trade]:
        """The open trades by symbol."""
        return {trade.symbol: trade for trade in self._trades if _is_open_at(trade, moment)}

    def is_settling_at(self, moment: datetime) -> bool:
        """Whether the end of an order was not known; the bot is then run every time, whatever the prices are."""
        return any(
            created_at <= moment and (resolved_at is None or moment < resolved_at)
            for created_at, resolved_at in self._orders
        )

    def position_at(self, trade: Trade, look: Look, price: Decimal) -> Position:
        entry_price = trade.entry_price or price
        peak = max(self._peaks_of(trade).get(look.tick.at, entry_price), price)
        return Position(entry_price, peak, trade.opened_at)

    def _peaks_of(self, trade: Trade) -> Mapping[datetime, Decimal]:
        if trade.pk not in self._peaks:
            self._peaks[trade.pk] = _find_peaks(trade, self._looks)
        return self._peaks[trade.pk]


def _trades_since(bot: BotConfiguration, since: datetime) -> list[Trade]:
    """Those open now, and those closed since."""
    # The owner's, not the bot's: there is an index in the order of closing, and of a few minutes they are few.
    closed = Trade.objects.filter(owner_id=bot.owner_id, closed_at__gt=since)
    return [
        *bot.trades.filter(status=TradeStatus.OPEN.value),
        *(trade for trade in closed if trade.bot_id == bot.pk and trade.status == TradeStatus.CLOSED.value),
    ]


def _orders_since(bot: BotConfiguration, since: datetime) -> list[tuple[datetime, datetime | None]]:
    """When the orders that were unresolved since then were made, and when their end was known."""
    unresolved = bot.orders.filter(status__in=UNRESOLVED_VALUES)
    changed = Order.objects.filter(owner_id=bot.owner_id, bot_id=bot.pk, updated_at__gte=since)
    fields = ("created_at", "resolved_at")
    return [*unresolved.values_list(*fields), *changed.values_list(*fields)]


def _find_peaks(trade: Trade, looks: Sequence[Look]) -> dict[datetime, Decimal]:
    """The highest price by the time of each look at the trade.

    Where a trade is older than the looks and none of them saw the peak that it has now, it was seen before them.
    """
    peak = trade.entry_price or Decimal(0)
    peaks: dict[datetime, Decimal] = {}
    for look in reversed(looks):
        price, is_last = look.tick.prices.get(trade.symbol), look.tick.at == trade.closed_at
        if price is not None and (is_last or _is_open_at(trade, look.tick.at)):
            peak = peaks[look.tick.at] = max(peak, price)
    is_older = trade.opened_at < looks[-1].tick.at
    if is_older and trade.peak_price is not None and trade.peak_price > peak:
        return dict.fromkeys(peaks, trade.peak_price)
    return peaks


def _is_open_at(trade: Trade, moment: datetime) -> bool:
    return trade.opened_at <= moment and (trade.closed_at is None or moment < trade.closed_at)
