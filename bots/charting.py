"""What a bot's chart draws, read at one moment: candles with the rule's levels, its orders, and its open trade's exits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from bots.averages import averages_at
from bots.models import BotConfiguration
from bots.next_levels import SHOWN, Level, entry_level, find_levels, shown
from bots.preview import Step
from bots.rule import Rule
from exchanges.api_errors import answer_exchange_errors
from exchanges.domain import Candle, Venue
from exchanges.market_data.charts import fetch_history
from exchanges.rate_budget import Purpose, asking
from exchanges.timeframes import length_of, supported_timeframes
from saas.errors import Invalid
from trades.domain import TradeStatus
from trades.market_now import MarketNow
from trades.models import Order, Trade
from trades.selectors import ORDER_COLUMNS, OrderRow, order_rows

SEPARATORS = str.maketrans("", "", "/-_ :")
# The average of short candles under a chart of long ones is drawn as far back as this many of them reach.
MOST_CANDLES_OF_AVERAGE = 2_000
MOST_MARKS = 500


@dataclass(frozen=True, slots=True)
class Point:
    """One candle with the rule's average and entry level when it opened; None while there are too few candles."""

    candle: Candle
    average: Decimal | None
    threshold: Decimal | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What one order did: at the average price of its fills, when it was first filled."""

    at: datetime
    leg: str
    price: Decimal
    quantity: Decimal
    reason: str
    trade: int | None


@dataclass(frozen=True, slots=True)
class BotChart:
    rule: Rule
    timeframe: str
    timeframes: Sequence[str]
    simulated: bool
    last_price: Decimal | None
    points: Sequence[Point]
    marks: Sequence[Mark]
    trade: Trade | None
    levels: Sequence[Level]


def draw(
    bot: BotConfiguration, symbol: str | None, timeframe: str | None, limit: int, now: datetime
) -> BotChart:
    """Raises Invalid on `symbol` or `timeframe`, and AppErrors for an exchange that cannot be asked."""
    open_trades = {trade.symbol: trade for trade in bot.trades.filter(status=TradeStatus.OPEN.value)}
    rule = Rule.of(bot, _find_symbol([*bot.symbols, *open_trades], symbol))
    venue = bot.exchange_key.venue
    timeframes = supported_timeframes(venue.exchange)
    length = _find_timeframe(timeframes, timeframe or rule.need.timeframe)
    with answer_exchange_errors(), asking(Purpose.VIEW, bot.owner_id):
        steps = fetch_steps(venue, rule, length, limit)
    market, trade = MarketNow(now), open_trades.get(rule.symbol)
    price = _last_price(market, venue, rule.symbol, steps)
    return BotChart(
        rule=rule,
        timeframe=length,
        timeframes=timeframes,
        simulated=market.is_simulated(venue),
        last_price=price,
        points=points_of(rule, steps),
        marks=_marks_since(bot, rule.symbol, steps[0].candle.open_time) if steps else [],
        trade=trade,
        levels=find_levels(rule, steps[-1].average, price, trade) if steps and price else [],
    )


def fetch_steps(venue: Venue, rule: Rule, timeframe: str, count: int) -> list[Step]:
    """The last `count` candles with the rule's average, whose candles may be of another length. Raises ExchangeError."""
    need, length = rule.need, length_of(timeframe)
    own_length = length_of(need.timeframe)
    if timeframe == need.timeframe:
        averaged = fetch_history(venue, rule.symbol, timeframe, count + need.window)
        candles = averaged[-count:]
    else:
        reaching = -(-count * length // own_length) + need.window
        averaged = fetch_history(
            venue, rule.symbol, need.timeframe, min(reaching, MOST_CANDLES_OF_AVERAGE) + 1
        )
        candles = fetch_history(venue, rule.symbol, timeframe, count)
    averages = averages_at([candle.open_time for candle in candles], averaged, own_length, need.window)
    return [Step(candle, average) for candle, average in zip(candles, averages, strict=True)]


def points_of(rule: Rule, steps: Sequence[Step]) -> list[Point]:
    return [
        Point(
            step.candle, shown(step.average.value), shown(entry_level(rule, step.average, step.candle.open))
        )
        for step in steps
    ]


def join(symbol: str) -> str:
    """What all spellings of a symbol have in common."""
    return symbol.upper().translate(SEPARATORS)


def _find_symbol(known: Sequence[str], asked: str | None) -> str:
    if asked is None:
        return known[0]
    for symbol in known:
        if join(symbol) == join(asked):
            return symbol
    raise Invalid(fields={"symbol": [_("This bot does not trade this symbol.")]})


def _find_timeframe(offered: Sequence[str], asked: str) -> str:
    if asked in offered:
        return asked
    message = _("This exchange has no candles of this length.")
    raise Invalid(fields={"timeframe": [message]})


def _last_price(market: MarketNow, venue: Venue, symbol: str, steps: Sequence[Step]) -> Decimal | None:
    """That of the shared snapshot, and of the newest candle where nobody watches the symbol."""
    snapshot = None if market.is_stale(venue) else market.snapshot(venue)
    ticker = snapshot.tickers.get(symbol) if snapshot else None
    if ticker is not None:
        return ticker.last
    return steps[-1].candle.close if steps else None


def _marks_since(bot: BotConfiguration, symbol: str, since: datetime) -> list[Mark]:
    """Of the newest orders that were filled since then, oldest first."""
    orders = Order.objects.filter(owner_id=bot.owner_id, bot_id=bot.pk, symbol=symbol, created_at__gte=since)
    newest = orders.order_by("-created_at", "-pk").values_list(*ORDER_COLUMNS)[:MOST_MARKS]
    return [_mark(order) for order in reversed(order_rows(newest)) if order.fills]


def _mark(order: OrderRow) -> Mark:
    quantity = sum((fill.quantity for fill in order.fills), Decimal())
    notional = sum((fill.quantity * fill.price for fill in order.fills), Decimal())
    first = order.fills[0].executed_at
    price = SHOWN.divide(notional, quantity)
    return Mark(first, order.leg, price, quantity, order.reason, order.trade_id)
