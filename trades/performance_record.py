"""What trades and bots come to in a period, apart from the day, the prices and the rates of now. Pure.

It takes long with many trades and follows from them alone, so it can be kept while none of them changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import localcontext

from exchanges.domain import Venue
from trades.capital import OwnBot, Rates, Timeline, make_timeline
from trades.distribution import Bin, make_bins
from trades.equity import PathPoint, build_path
from trades.exposure import Held, join_times
from trades.highlights import Highlights, find_highlights
from trades.pnl import EXACT
from trades.portfolio import TradeFigures, first_trades
from trades.results import Result, Tally, read_results, tally_by
from trades.returns import Run, find_runs
from trades.statistics import Statistics, summarise


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose days they are and what is wanted of them; None is all. A period has its first and its last day."""

    zone: tzinfo
    bot: int | None = None
    symbol: str | None = None
    first: date | None = None
    last: date | None = None

    def takes(self, trade: TradeFigures) -> bool:
        return self.bot in (None, trade.bot_id) and self.symbol in (None, trade.symbol)

    def covers(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def begin(self) -> datetime | None:
        return None if self.first is None else self._midnight(self.first)

    def end(self) -> datetime | None:
        """The first moment after it."""
        return None if self.last is None else self._midnight(self.last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


@dataclass(frozen=True, slots=True)
class Record:
    """`first_day` is that of the first trade ever of those asked for, in the period or before it.

    Capital is of the bot that was asked for, or of all; of each of them that has traded in `capital_by_bot`. The last three
    are the venues of what was asked for, and what else could be: the whole time and everything taken together.
    """

    first_day: date | None
    statistics: Statistics
    highlights: Highlights
    days: Mapping[date, Tally]
    symbols: Mapping[str, Tally]
    bots: Mapping[int, Tally]
    path: Sequence[PathPoint]
    runs: Sequence[Run]
    bins: Sequence[Bin]
    held: Held
    capital: Timeline
    capital_by_bot: Mapping[int, Timeline]
    traded_venues: Sequence[Venue]
    traded_symbols: Sequence[str]
    traded_bots: Sequence[int]


def make_record(
    trades: Sequence[TradeFigures], bots: Sequence[OwnBot], asked: Asked, currency: str, rates: Rates
) -> Record:
    """Of the same trades and bots the same, unless a rate of now was asked for."""
    names = {bot.bot_id for bot in bots}
    # A bot may have been created, and have traded, after the bots were read; then the next read finds it.
    trades = [trade for trade in trades if trade.bot_id in names]
    chosen = [trade for trade in trades if asked.takes(trade)]
    known = read_results(chosen, currency, rates, asked.zone)
    results = [result for result in known if asked.covers(result.day)]
    closed = [result for result in results if result.is_closed]
    capital, by_bot = _capital(trades, bots, asked.bot)

    def place(result: Result) -> int:
        return capital.place(result.closed_at)

    with localcontext(EXACT):
        days = tally_by(results, lambda result: result.day, place)
        symbols = tally_by(results, lambda result: result.symbol, place)
        return Record(
            first_day=_first_day(chosen, asked.zone),
            statistics=summarise(closed),
            highlights=find_highlights(closed, days, symbols),
            days=days,
            symbols=symbols,
            bots=tally_by(
                results,
                lambda result: result.bot_id,
                lambda result: by_bot[result.bot_id].place(result.closed_at),
            ),
            path=build_path((result.closed_at, result.amount) for result in results),
            runs=find_runs((place(result), result.pnl) for result in closed if result.pnl),
            bins=make_bins([result.percent for result in closed if result.percent is not None]),
            held=join_times(
                ((trade.opened_at, trade.realised_at if trade.is_closed else None) for trade in chosen),
                asked.begin(),
                asked.end(),
            ),
            capital=capital,
            capital_by_bot=by_bot,
            traded_venues=list({trade.venue for trade in chosen}),
            traded_symbols=sorted({trade.symbol for trade in trades}),
            traded_bots=sorted({trade.bot_id for trade in trades}),
        )


def _capital(
    trades: Sequence[TradeFigures], bots: Sequence[OwnBot], bot_id: int | None
) -> tuple[Timeline, dict[int, Timeline]]:
    first = first_trades(trades)
    chosen = [bot for bot in bots if bot_id in (None, bot.bot_id)]
    own = {bot.bot_id: make_timeline(bot.stakes, first) for bot in chosen if bot.bot_id in first}
    return make_timeline((stake for bot in chosen for stake in bot.stakes), first), own


def _first_day(trades: Sequence[TradeFigures], zone: tzinfo) -> date | None:
    first = min((trade.opened_at for trade in trades), default=None)
    return None if first is None else first.astimezone(zone).date()
