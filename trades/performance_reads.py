"""Everything `GET /api/performance/` answers: read, then worked out by the pure functions of `performance`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from exchanges.domain import Venue
from saas.errors import Invalid
from trades import selectors
from trades.capital import OwnBot
from trades.filters import SEPARATORS, filter_symbol
from trades.history import read_record
from trades.market_now import MarketNow
from trades.models import Trade
from trades.money import Money, money_in, usual_money
from trades.own_bots import narrow_to, parse_bots
from trades.performance import Performance, complete
from trades.performance_record import Asked, Record
from trades.portfolio_reads import open_result
from trades.selectors import Grounds
from users.models import User

Bots = Mapping[int, OwnBot]


def read_performance(user: User, money: Money | None, asked: Asked, now: datetime) -> dict[str, Any]:
    """What PerformanceSerializer shows of one kind of money (None: the usual one); any spelling of a symbol will do.

    Raises Http404 for a bot that is not the user's, Invalid for a symbol that none of the user's bots has to do with.
    """
    grounds = selectors.read_grounds(user)
    own = {bot.bot_id: bot for bot in parse_bots(grounds.bots)}
    if asked.bot is not None and asked.bot not in own:
        raise Http404
    money = money or _money_meant(asked, own, grounds)
    bots = {bot.bot_id: bot for bot in narrow_to(money, own.values())}
    if asked.symbol is not None:
        asked = replace(asked, symbol=_find_symbol(user, asked.symbol, bots.values()))
    currency, market = user.display_currency, MarketNow(now)
    held = _open_trades(user, money, asked, now)
    _ask_prices(market, held, bots.values(), currency)
    record = read_record(user, money, asked, market, grounds)
    results = [open_result(trade, market, currency) for trade in held]
    performance = complete(record, asked, results, currency, market, now)
    return {
        **_figures(performance, bots),
        "money": money,
        "money_kinds": grounds.money_kinds,
        "display_currency": currency,
        "open_trades": len(held),
        "statistics": _statistics(record, performance),
        "path": record.path,
        "distribution": record.bins,
        "bots": [bots[bot_id] for bot_id in record.traded_bots],
        "symbols": record.traded_symbols,
        "simulated": any(market.is_simulated(venue) for venue in record.traded_venues),
        "as_of": now,
        "stale": any(market.is_stale(trade.venue) for trade in held),
        "prices_as_of": market.told_at({trade.venue for trade in held}),
    }


def _money_meant(asked: Asked, bots: Bots, grounds: Grounds) -> Money:
    """Where nobody says: of one bot that of its present key, of all of them the usual one."""
    if asked.bot is None:
        return usual_money(grounds.money_kinds)
    return money_in(bots[asked.bot].venue.environment)


def _figures(performance: Performance, bots: Bots) -> dict[str, Any]:
    names = [name for name in Performance.__slots__ if name not in ("yearly", "by_bot")]
    return {
        **{name: getattr(performance, name) for name in names},
        "by_bot": [replace(part, name=bots[part.name]) for part in performance.by_bot],
    }


def _statistics(record: Record, performance: Performance) -> dict[str, Any]:
    """All of them under one roof, by their own names."""
    parts = (record.statistics, record.highlights, performance.yearly)
    return {name: getattr(part, name) for part in parts for name in part.__slots__}


def _find_symbol(user: User, text: str, bots: Iterable[OwnBot]) -> str:
    known = {symbol.translate(SEPARATORS): symbol for bot in bots for symbol in bot.symbols}
    configured = known.get(text.upper().translate(SEPARATORS))
    if configured is not None:
        return configured
    traded = filter_symbol(Trade.objects.owned_by(user), "symbol", text)
    found = traded.order_by().values_list("symbol", flat=True).first()
    if found is None:
        raise Invalid(fields={"symbol": [_("None of your bots has to do with this symbol.")]})
    return str(found)


def _open_trades(user: User, money: Money, asked: Asked, now: datetime) -> list[Trade]:
    """Those asked for, if the period has not ended."""
    if asked.last is not None and asked.last < now.astimezone(asked.zone).date():
        return []
    found = selectors.open_trades(user, money)
    return [
        trade for trade in found if asked.bot in (None, trade.bot_id) and asked.symbol in (None, trade.symbol)
    ]


def _ask_prices(market: MarketNow, trades: Iterable[Trade], bots: Iterable[OwnBot], currency: str) -> None:
    """Where they are needed and nobody watches: what is held, and a capital in another currency."""
    symbols: dict[Venue, set[str]] = {}
    for stake in (stake for bot in bots for stake in bot.stakes):
        if stake.currency != currency:
            symbols.setdefault(stake.venue, set())
    for trade in trades:
        symbols.setdefault(trade.venue, set()).add(trade.symbol)
    for venue, wanted in symbols.items():
        market.ask_if_stale(venue, wanted)
