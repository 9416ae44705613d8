"""What each trade brought, and added up by day, week, month, symbol and bot. Pure; money in one display currency.

A trade counts on the day it was closed on; of one that is still open, what was sold of it so far counts on the day of
its last sale, and the trade itself does not.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from typing import TypeVar

from trades.capital import Rates
from trades.portfolio import TradeFigures, close, realised_in
from trades.statistics import ClosedTrade
from trades.valuation import realised_percent

ZERO = Decimal(0)

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Result(ClosedTrade):
    """`amount` is what is known to have been realised; `percent` is that of the cost of what was sold.

    Both `pnl` and `percent` are None where the coins were sold by hand, and `pnl` where no rate is known.
    """

    trade_id: int
    bot_id: int
    symbol: str
    day: date
    is_closed: bool
    amount: Decimal
    percent: Decimal | None


@dataclass(slots=True)
class Tally:
    """Results added up. `shares` are the amounts by the stretch of the capital that they fell into.

    Of so many `trades` the result of `known` is known.
    """

    trades: int = 0
    known: int = 0
    wins: int = 0
    losses: int = 0
    amount: Decimal = ZERO
    volume: Decimal = ZERO
    fees: Decimal = ZERO
    shares: dict[int, Decimal] = field(default_factory=dict)

    def add(self, result: Result, place: int) -> None:
        self.amount += result.amount
        self.shares[place] = self.shares.get(place, ZERO) + result.amount
        if result.is_closed:
            self.trades += 1
            self.volume += result.volume or ZERO
            self.fees += result.fees or ZERO
            if result.pnl is not None:
                self.known += 1
                self.wins += result.pnl > 0
                self.losses += result.pnl < 0

    def merge(self, other: "Tally") -> None:
        self.trades += other.trades
        self.known += other.known
        self.wins += other.wins
        self.losses += other.losses
        self.amount += other.amount
        self.volume += other.volume
        self.fees += other.fees
        for place, amount in other.shares.items():
            self.shares[place] = self.shares.get(place, ZERO) + amount


def read_results(trades: Iterable[TradeFigures], currency: str, rates: Rates, zone: tzinfo) -> list[Result]:
    """Of the trades that anything was sold of, in the order of their ends; days are those of `zone`."""
    found = [_result(trade, currency, rates, zone) for trade in trades if trade.realised_at is not None]
    return sorted(found, key=lambda result: result.closed_at)


def tally_by(
    results: Iterable[Result], name: Callable[[Result], Name], place: Callable[[Result], int]
) -> dict[Name, Tally]:
    """In the order in which the names first come."""
    tallies: dict[Name, Tally] = {}
    for result in results:
        key = name(result)
        tally = tallies.get(key)
        if tally is None:
            tally = tallies[key] = Tally()
        tally.add(result, place(result))
    return tallies


def by_week(days: Mapping[date, Tally]) -> dict[date, Tally]:
    """By the Monday that a week begins with."""
    return _join(days, lambda day: day - timedelta(days=day.weekday()))


def by_month(days: Mapping[date, Tally]) -> dict[date, Tally]:
    """By the first day of each month."""
    return _join(days, lambda day: day.replace(day=1))


def _join(days: Mapping[date, Tally], name: Callable[[date], date]) -> dict[date, Tally]:
    joined: dict[date, Tally] = {}
    for day, tally in days.items():
        joined.setdefault(name(day), Tally()).merge(tally)
    return joined


def _result(trade: TradeFigures, currency: str, rates: Rates, zone: tzinfo) -> Result:
    closed = close(trade, currency, rates)
    return Result(
        opened_at=closed.opened_at,
        closed_at=closed.closed_at,
        pnl=closed.pnl,
        volume=closed.volume,
        fees=closed.fees,
        trade_id=trade.trade_id,
        bot_id=trade.bot_id,
        symbol=trade.symbol,
        day=closed.closed_at.astimezone(zone).date(),
        is_closed=trade.is_closed,
        amount=(realised_in(trade, currency, rates) if closed.pnl is None else closed.pnl) or ZERO,
        percent=realised_percent(trade) if trade.has_result else None,
    )
