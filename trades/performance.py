"""How well bots did in a period: every figure of `GET /api/performance/`. Pure; money in the display currency.

A period is whole days of the reader's zone. Returns (see `returns`) are those of the days from the first trade's, or the
period's if that is later, to today, or the period's last if that is earlier.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

from trades import returns
from trades.capital import Rates, fraction_of, percent_of
from trades.exposure import share_held
from trades.performance_record import Asked, Record
from trades.pnl import EXACT
from trades.portfolio import OpenResult, add, add_shares
from trades.results import Tally, by_month, by_week
from trades.statistics import LEAST_TRADES, ratio

ZERO = Decimal(0)
Capital = Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Part:
    """The results of what `name` says: a day, a week or month (by its first day), a symbol or a bot.

    `win_rate` is a fraction of the trades with a known result, the percentage is of the capital of their moments.
    """

    name: Any
    trades: int
    wins: int
    losses: int
    win_rate: Decimal | None
    realised_pnl_display: Decimal
    realised_pnl_percent: Decimal | None
    volume_display: Decimal
    fees_display: Decimal


@dataclass(frozen=True, slots=True)
class Yearly:
    """What is made of the returns of days; a drawdown is in percent of the account at its best."""

    sharpe: Decimal | None
    sortino: Decimal | None
    calmar: Decimal | None
    cagr_percent: Decimal | None
    max_drawdown_percent: Decimal | None
    current_drawdown_percent: Decimal | None
    exposure: Decimal | None


@dataclass(frozen=True, slots=True)
class Performance:
    """From `first_day`, None before the first trade, to `last_day`: so many `days`.

    What is unrealised is None where the period has ended, or the worth of an open trade is not known; `total_pnl` is with
    it, and None in the latter case. Days come oldest first, symbols and bots best first.
    """

    first_day: date | None
    last_day: date
    days: int
    capital_display: Decimal | None
    realised_pnl_display: Decimal
    realised_pnl_percent: Decimal | None
    unrealised_pnl_display: Decimal | None
    unrealised_pnl_percent: Decimal | None
    total_pnl_display: Decimal | None
    total_pnl_percent: Decimal | None
    yearly: Yearly
    by_day: Sequence[Part]
    by_week: Sequence[Part]
    by_month: Sequence[Part]
    by_symbol: Sequence[Part]
    by_bot: Sequence[Part]


def complete(
    record: Record,
    asked: Asked,
    open_results: Sequence[OpenResult],
    currency: str,
    rates: Rates,
    now: datetime,
) -> Performance:
    """`record` is what was asked for; `open_results` are of the open trades of those."""
    today = now.astimezone(asked.zone).date()
    last = min(today, asked.last or today)
    first = None if record.first_day is None else max(record.first_day, asked.first or record.first_day)
    capital = record.capital.amounts(currency, rates)
    is_known = all(result.unrealised_pnl_display is not None for result in open_results)
    with localcontext(EXACT):
        realised = add(tally.amount for tally in record.days.values())
        realised_percent = percent_of(add_shares(tally.shares for tally in record.days.values()), capital)
        of_now = add(result.unrealised_pnl_display for result in open_results)
        unrealised = of_now if last == today and is_known else None
        unrealised_percent = None if unrealised is None else percent_of({-1: unrealised}, capital)
        days = 0 if first is None else max((last - first).days + 1, 0)
        return Performance(
            first_day=first,
            last_day=last,
            days=days,
            capital_display=record.capital.current(currency, rates),
            realised_pnl_display=realised,
            realised_pnl_percent=realised_percent,
            unrealised_pnl_display=unrealised,
            unrealised_pnl_percent=unrealised_percent,
            total_pnl_display=realised + (unrealised or ZERO) if is_known else None,
            total_pnl_percent=_sum_percent(realised_percent, unrealised, unrealised_percent)
            if is_known
            else None,
            yearly=_yearly(record, capital, days, asked.end() or now, now),
            by_day=_parts(record.days, capital),
            by_week=_parts(by_week(record.days), capital),
            by_month=_parts(by_month(record.days), capital),
            by_symbol=_best_first(_parts(record.symbols, capital)),
            by_bot=_best_first(
                _part(bot_id, tally, record.capital_by_bot[bot_id].amounts(currency, rates))
                for bot_id, tally in record.bots.items()
            ),
        )


def _yearly(record: Record, capital: Capital, days: int, end: datetime, now: datetime) -> Yearly:
    by_day = [fraction_of(tally.shares, capital) for tally in record.days.values()]
    known = [fraction for fraction in by_day if fraction is not None]
    # Where one capital is unknown, so is what was made of it.
    # A result may be dated ahead of our clock, by the exchange's.
    days = max(days, len(by_day)) if len(known) == len(by_day) else 0
    results = returns.Returns(known, days, record.statistics.trades)
    falls = returns.falls_of_account(record.runs, capital)
    deepest = None if falls is None else falls.deepest
    growth = returns.yearly_growth(results)
    return Yearly(
        sharpe=returns.sharpe(results),
        sortino=returns.sortino(results),
        calmar=returns.calmar(growth, deepest) if results.trades >= LEAST_TRADES else None,
        cagr_percent=growth,
        max_drawdown_percent=deepest,
        current_drawdown_percent=None if falls is None else falls.current,
        exposure=share_held(record.held, min(end, now)),
    )


def _sum_percent(
    realised: Decimal | None, unrealised: Decimal | None, unrealised_percent: Decimal | None
) -> Decimal | None:
    if not unrealised:
        return realised
    return None if realised is None or unrealised_percent is None else realised + unrealised_percent


def _best_first(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: part.realised_pnl_display, reverse=True)


def _parts(tallies: Mapping[Any, Tally], capital: Capital) -> list[Part]:
    return [_part(name, tally, capital) for name, tally in tallies.items()]


def _part(name: Any, tally: Tally, capital: Capital) -> Part:
    return Part(
        name=name,
        trades=tally.trades,
        wins=tally.wins,
        losses=tally.losses,
        win_rate=ratio(Decimal(tally.wins), Decimal(tally.known)),
        realised_pnl_display=tally.amount,
        realised_pnl_percent=percent_of(tally.shares, capital),
        volume_display=tally.volume,
        fees_display=tally.fees,
    )
