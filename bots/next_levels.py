"""What a bot waits for at this moment: the prices at which it buys or sells next, and how far away they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal

from bots.averages import Average
from bots.market_view import view_of
from bots.models import BotConfiguration
from bots.rule import Rule
from bots.strategies.base import Position
from bots.strategies.exits import stop_price, target_price, trail_price
from exchanges.market_data.snapshot import Snapshot, read_snapshot
from trades.domain import TradeStatus
from trades.models import Trade

HUNDRED = Decimal(100)
PERCENT_PLACES = Decimal("0.0001")
# A mean has as many digits as arithmetic gives it; nobody sees more of them than these.
SHOWN = Context(prec=12)


@dataclass(frozen=True, slots=True)
class Level:
    """A price that something comes of, and how far from the last price it is, in percent of that; negative below it.

    `kind` is `buy` without an open trade, else `entry`, `take_profit`, `stop_loss`, `trailing_stop` or
    `back_to_average`.
    """

    kind: str
    price: Decimal
    distance_percent: Decimal


@dataclass(frozen=True, slots=True)
class Waiting:
    """One symbol of a bot as its last look saw it; without a price there are no levels."""

    symbol: str
    price: Decimal | None
    average: Decimal | None
    trade: Trade | None
    levels: Sequence[Level]


def find_waiting(bot: BotConfiguration) -> tuple[datetime | None, list[Waiting]]:
    """When the market was seen, and what the bot waits for in each symbol. Asks no exchange."""
    trades = {trade.symbol: trade for trade in bot.trades.filter(status=TradeStatus.OPEN.value)}
    snapshot = read_snapshot(bot.exchange_key.venue)
    symbols = dict.fromkeys([*trades, *bot.symbols])
    found = [_waiting(Rule.of(bot, symbol), snapshot, trades.get(symbol)) for symbol in symbols]
    return snapshot.taken_at if snapshot else None, found


def _waiting(rule: Rule, snapshot: Snapshot | None, trade: Trade | None) -> Waiting:
    view = view_of(snapshot, rule.symbol, rule.need)
    if view is None:
        return Waiting(rule.symbol, None, None, trade, [])
    levels = find_levels(rule, Average(view.average, view.candles), view.price, trade)
    return Waiting(rule.symbol, view.price, shown(view.average), trade, levels)


def entry_level(rule: Rule, average: Average, price: Decimal) -> Decimal | None:
    """At or below it a bot without a trade buys."""
    return rule.levels(price, average, None).below


def find_levels(rule: Rule, average: Average, price: Decimal, trade: Trade | None) -> list[Level]:
    found = _buy_level(rule, average, price) if trade is None else _exits(rule, average, price, trade)
    return [Level(kind, SHOWN.plus(level), _distance(level, price)) for kind, level in found]


def shown(value: Decimal | None) -> Decimal | None:
    return None if value is None else SHOWN.plus(value)


def _buy_level(rule: Rule, average: Average, price: Decimal) -> Iterator[tuple[str, Decimal]]:
    level = entry_level(rule, average, price)
    if level is not None:
        yield "buy", level


def _exits(rule: Rule, average: Average, price: Decimal, trade: Trade) -> Iterator[tuple[str, Decimal]]:
    """Where the engine sells: of the trailing stop, from the highest price that it has seen."""
    entry = trade.entry_price or price
    position = Position(entry, max(trade.peak_price or entry, price), trade.opened_at)
    levels = {
        "entry": entry,
        "take_profit": target_price(position, rule.exits),
        "stop_loss": stop_price(position, rule.exits),
        "trailing_stop": trail_price(position, rule.exits),
        "back_to_average": rule.own_exits(price, average, position).above,
    }
    return ((kind, level) for kind, level in levels.items() if level is not None)


def _distance(level: Decimal, price: Decimal) -> Decimal:
    return ((level - price) / price * HUNDRED).quantize(PERCENT_PLACES)
