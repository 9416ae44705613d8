"""Everything `GET /api/portfolio/` answers: read, then composed by the pure functions of `portfolio`."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, tzinfo
from typing import Any

from exchanges.domain import Venue
from trades import selectors
from trades.market_now import MarketNow
from trades.models import Trade
from trades.portfolio import OpenResult, Portfolio, compose
from trades.serializers import live_value
from users.models import User


def read_portfolio(user: User, zone: tzinfo, now: datetime) -> dict[str, Any]:
    """What PortfolioSerializer shows, with the `market` it was valued at."""
    market = MarketNow(now)
    trades = selectors.open_trades(user)
    holdings = selectors.holdings(user, market)
    open_results = [_open_result(trade, market, user.display_currency) for trade in trades]
    figures = selectors.trade_figures(user)
    portfolio = compose(figures, open_results, holdings, user.display_currency, market, now, zone)
    venues = _venues(trades, selectors.venues_of(user))
    return {
        **{field.name: getattr(portfolio, field.name) for field in fields(Portfolio)},
        "display_currency": user.display_currency,
        "balances": holdings,
        "open_trades": trades,
        "simulated": any(market.is_simulated(venue) for venue in venues),
        "as_of": now,
        "stale": any(market.is_stale(venue) for venue in venues),
        "market": market,
    }


def _open_result(trade: Trade, market: MarketNow, currency: str) -> OpenResult:
    live = live_value(trade, market, currency)
    return OpenResult(trade.quote, live.unrealised_pnl, live.unrealised_pnl_display)


def _venues(trades: Sequence[Trade], of_keys: Iterable[Venue]) -> set[Venue]:
    return {*of_keys, *(trade.exchange_key.venue for trade in trades)}
