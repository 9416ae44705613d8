"""Everything `GET /api/portfolio/` answers: read, then composed by the pure functions of `portfolio`."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, tzinfo
from typing import Any

from exchanges.asked_prices import pairs_of
from exchanges.domain import Venue
from trades import selectors
from trades.history import read_history
from trades.market_now import MarketNow
from trades.models import Trade
from trades.money import Money, usual_money
from trades.portfolio import OpenResult, Portfolio, complete
from trades.serializers import live_value
from users.models import ExchangeAPIKey, User


def read_portfolio(user: User, money: Money | None, zone: tzinfo, now: datetime) -> dict[str, Any]:
    """What PortfolioSerializer shows of one kind of money (None: the usual one), with the `market` it was valued at."""
    market, grounds = MarketNow(now), selectors.read_grounds(user)
    money = money or usual_money(grounds.money_kinds)
    trades = selectors.open_trades(user, money)
    keys = selectors.current_keys(user, money)
    symbols = _symbols_by_venue(trades, keys)
    for venue, wanted in symbols.items():
        market.ask_if_stale(venue, wanted)
    holdings = selectors.holdings(keys, user.display_currency, market)
    open_results = [open_result(trade, market, user.display_currency) for trade in trades]
    history = read_history(user, money, zone, market, grounds)
    portfolio = complete(history, open_results, holdings, user.display_currency, market, now, zone)
    return {
        **{field.name: getattr(portfolio, field.name) for field in fields(Portfolio)},
        "money": money,
        "money_kinds": grounds.money_kinds,
        "display_currency": user.display_currency,
        "balances": holdings,
        "open_trades": trades,
        "simulated": any(market.is_simulated(venue) for venue in symbols),
        "as_of": now,
        "stale": any(market.is_stale(venue) for venue in symbols),
        "prices_as_of": market.told_at(symbols),
        "market": market,
    }


def open_result(trade: Trade, market: MarketNow, currency: str) -> OpenResult:
    live = live_value(trade, market, currency)
    return OpenResult(trade.quote, live.unrealised_pnl, live.unrealised_pnl_display)


def _symbols_by_venue(trades: Iterable[Trade], keys: Iterable[ExchangeAPIKey]) -> dict[Venue, set[str]]:
    """What must be priced where, to value what the user has."""
    symbols: dict[Venue, set[str]] = {}
    for key in keys:
        symbols.setdefault(key.venue, set()).update(pairs_of(key.balances))
    for trade in trades:
        symbols.setdefault(trade.exchange_key.venue, set()).add(trade.symbol)
    return symbols
