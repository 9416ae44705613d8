"""What a user has, holds and has made, composed from rows and rates. Pure; `display` is the user's currency.

What was realised keeps the value it had at the rate of its moment. Only what is stored in another currency than the one
asked for, or had no rate then, is turned over at the rate of now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, localcontext

from exchanges.domain import Venue
from trades.capital import Rates, Stake, Timeline, make_timeline, percent_of
from trades.equity import Day, Point, Realised, build_curve, by_day
from trades.money import Money, money_in
from trades.pnl import EXACT
from trades.statistics import ClosedTrade, Statistics, summarise
from trades.valuation import in_display

ZERO = Decimal(0)
LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TradeFigures:
    """The columns of a trade that totals are made of. `realised_at` is its end, or its last sale while it is open.

    `has_result` is False where nothing was sold by us and all was sold or moved by hand: it neither won nor lost.
    """

    trade_id: int
    bot_id: int
    venue: Venue
    symbol: str
    quote: str
    is_closed: bool
    opened_at: datetime
    realised_at: datetime | None
    realised_pnl: Decimal
    realised_pnl_display: Decimal | None
    display_currency: str
    display_rate: Decimal | None
    turnover: Decimal
    proceeds: Decimal
    fees: Decimal
    has_result: bool = True


@dataclass(frozen=True, slots=True)
class Holding:
    """One asset on one exchange key as of `checked_at`; `value_display` is None where no rate is known."""

    exchange_key: int
    label: str
    environment: str
    asset: str
    free: Decimal
    locked: Decimal
    value_display: Decimal | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenResult:
    """What an open trade would bring beyond its cost if it were sold now."""

    quote: str
    unrealised_pnl: Decimal | None
    unrealised_pnl_display: Decimal | None


@dataclass(frozen=True, slots=True)
class QuoteResult:
    quote: str
    realised_pnl: Decimal
    unrealised_pnl: Decimal


@dataclass(frozen=True, slots=True)
class History:
    """What the trades alone come to, whatever is held and whatever it is worth now.

    `shares` are the results of each day by the stretch of the bots' capital that they fell into.
    """

    realised_pnl_display: Decimal
    realised_by_quote: Mapping[str, Decimal]
    daily: list[Day]
    equity_curve: list[Point]
    statistics: Statistics
    capital: Timeline
    shares: Mapping[date, Mapping[int, Decimal]]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Percentages are of the bots' capital: of a result at its own moment, of what is unrealised now."""

    value_display: Decimal | None
    capital_display: Decimal | None
    unrealised_pnl_display: Decimal
    unrealised_pnl_percent: Decimal | None
    realised_pnl_display: Decimal
    realised_pnl_percent: Decimal | None
    realised_today_display: Decimal
    realised_today_percent: Decimal | None
    daily: list[Day]
    equity_curve: list[Point]
    by_quote: list[QuoteResult]
    statistics: Statistics


def compose(
    trades: Sequence[TradeFigures],
    open_results: Sequence[OpenResult],
    holdings: Sequence[Holding],
    currency: str,
    rates: Rates,
    now: datetime,
    zone: tzinfo,
    stakes: Iterable[Stake] = (),
) -> Portfolio:
    """The whole portfolio. Days are those of `zone`; today is the day of `now`; `stakes` are the bots' capital."""
    history = make_history(trades, currency, rates, zone, stakes)
    return complete(history, open_results, holdings, currency, rates, now, zone)


def make_history(
    trades: Sequence[TradeFigures],
    currency: str,
    rates: Rates,
    zone: tzinfo,
    stakes: Iterable[Stake] = (),
) -> History:
    """Of the same trades and stakes the same, unless a rate of now was asked for."""
    realised = list(_realised(trades, currency, rates))
    capital = make_timeline(stakes, first_trades(trades))
    with localcontext(EXACT):
        return History(
            realised_pnl_display=add(item.amount for item in realised),
            realised_by_quote=_realised_by_quote(trades),
            daily=by_day(realised, zone),
            equity_curve=build_curve(realised),
            statistics=summarise([close(trade, currency, rates) for trade in trades if trade.is_closed]),
            capital=capital,
            shares=_share_days(realised, capital, zone),
        )


def complete(
    history: History,
    open_results: Sequence[OpenResult],
    holdings: Sequence[Holding],
    currency: str,
    rates: Rates,
    now: datetime,
    zone: tzinfo,
) -> Portfolio:
    """The portfolio of somebody with this history, whose days are those of `zone` too."""
    today = now.astimezone(zone).date()
    amounts, shares = history.capital.amounts(currency, rates), history.shares
    with localcontext(EXACT):
        unrealised = add(result.unrealised_pnl_display for result in open_results)
        return Portfolio(
            value_display=add_known(holding.value_display for holding in holdings),
            capital_display=history.capital.current(currency, rates),
            unrealised_pnl_display=unrealised,
            unrealised_pnl_percent=percent_of({-1: unrealised}, amounts),
            realised_pnl_display=history.realised_pnl_display,
            realised_pnl_percent=percent_of(add_shares(shares.values()), amounts),
            realised_today_display=add(
                day.realised_pnl_display for day in history.daily if day.date == today
            ),
            realised_today_percent=percent_of(shares.get(today, {}), amounts),
            daily=history.daily,
            equity_curve=history.equity_curve,
            by_quote=_by_quote(history.realised_by_quote, open_results),
            statistics=history.statistics,
        )


def realised_by_bot(
    trades: Iterable[TradeFigures], currency: str, rates: Rates
) -> dict[tuple[int, Money], Decimal]:
    """What each bot has realised so far with each kind of money, where there is a way to tell."""
    amounts: dict[tuple[int, Money], list[Decimal | None]] = {}
    for trade in trades:
        of = trade.bot_id, money_in(trade.venue.environment)
        amounts.setdefault(of, []).append(realised_in(trade, currency, rates))
    with localcontext(EXACT):
        return {of: add(known) for of, known in amounts.items()}


def realised_in(trade: TradeFigures, currency: str, rates: Rates) -> Decimal | None:
    """What a trade has realised, in `currency`; None where there is no way to tell."""
    if not trade.realised_pnl:
        return ZERO
    if trade.realised_pnl_display is None:
        return in_display(trade.realised_pnl, rates.rate(trade.venue, trade.quote, currency))
    if trade.display_currency == currency:
        return trade.realised_pnl_display
    return in_display(trade.realised_pnl_display, rates.rate(trade.venue, trade.display_currency, currency))


def first_trades(trades: Iterable[TradeFigures]) -> dict[int, datetime]:
    """When each bot's first one was opened."""
    first: dict[int, datetime] = {}
    for trade in trades:
        if trade.opened_at < first.get(trade.bot_id, LATEST):
            first[trade.bot_id] = trade.opened_at
    return first


def add_shares(shares: Iterable[Mapping[int, Decimal]]) -> dict[int, Decimal]:
    total: dict[int, Decimal] = {}
    for share in shares:
        for place, amount in share.items():
            total[place] = total.get(place, ZERO) + amount
    return total


def add(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), ZERO)


def add_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None if nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


def _realised(trades: Iterable[TradeFigures], currency: str, rates: Rates) -> Iterable[Realised]:
    for trade in trades:
        amount = realised_in(trade, currency, rates)
        if trade.realised_at is not None and amount is not None:
            yield Realised(trade.realised_at, amount, trade.is_closed)


def _share_days(
    realised: Iterable[Realised], capital: Timeline, zone: tzinfo
) -> dict[date, dict[int, Decimal]]:
    shares: dict[date, dict[int, Decimal]] = {}
    for item in realised:
        share = shares.setdefault(item.at.astimezone(zone).date(), {})
        place = capital.place(item.at)
        share[place] = share.get(place, ZERO) + item.amount
    return shares


def close(trade: TradeFigures, currency: str, rates: Rates) -> ClosedTrade:
    """A trade's result as the statistics take it; of an open one as if what was sold had been all."""
    rate = trade.display_rate if trade.display_currency == currency else None
    if rate is None:
        rate = rates.rate(trade.venue, trade.quote, currency)
    return ClosedTrade(
        opened_at=trade.opened_at,
        closed_at=trade.realised_at or trade.opened_at,
        pnl=realised_in(trade, currency, rates) if trade.has_result else None,
        volume=in_display(trade.turnover, rate),
        fees=in_display(trade.fees, rate),
    )


def _realised_by_quote(trades: Iterable[TradeFigures]) -> dict[str, Decimal]:
    realised: dict[str, Decimal] = {}
    for trade in trades:
        realised[trade.quote] = realised.get(trade.quote, ZERO) + trade.realised_pnl
    return realised


def _by_quote(realised: Mapping[str, Decimal], open_results: Iterable[OpenResult]) -> list[QuoteResult]:
    unrealised: dict[str, Decimal] = {}
    for result in open_results:
        unrealised[result.quote] = unrealised.get(result.quote, ZERO) + (result.unrealised_pnl or ZERO)
    return [
        QuoteResult(quote, realised.get(quote, ZERO), unrealised.get(quote, ZERO))
        for quote in sorted({*realised, *unrealised})
    ]
