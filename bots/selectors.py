"""What is read of a user's bots."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from bots.decisions import Decision, read_decisions, time_of
from bots.derived import derive_decisions
from bots.look_times import last_looks, next_look, read_looks
from bots.models import BotConfiguration
from saas.errors import AppError
from saas.tenancy import OwnedQuerySet
from trades.domain import IN_DOUBT, UNRESOLVED_VALUES, TradeStatus
from trades.halts import EntryBlock, find_blocks
from trades.history import read_realised_by_bot
from trades.market_now import MarketNow
from trades.models import Order, Trade
from trades.money import money_in
from users.models import User

ZERO = Decimal(0)
SEPARATORS = str.maketrans("", "", "/-_ :")
IN_DOUBT_VALUES = sorted(status.value for status in IN_DOUBT)


class DecisionsAway(AppError):
    http_status = 503
    code = "decisions_unavailable"
    detail = _("The decisions cannot be read at the moment. Try again later.")


@dataclass(frozen=True, slots=True)
class BotFigures:
    open_trades: int = 0
    realised_pnl_display: Decimal = ZERO
    simulated: bool = False
    orders_in_doubt: int = 0
    halt: EntryBlock | None = None
    next_run_at: datetime | None = None
    last_run_at: datetime | None = None


def current_bots() -> OwnedQuerySet:
    """All that are not deleted."""
    bots: OwnedQuerySet = BotConfiguration.objects.filter(deleted_at=None)
    return bots


def figures_of(user: User, bots: Sequence[BotConfiguration], now: datetime) -> Mapping[int, BotFigures]:
    """By bot id; in as many queries for fifty bots as for one."""
    counts = count_by_bot(Trade.objects.owned_by(user).filter(status=TradeStatus.OPEN.value))
    in_doubt, halts = count_in_doubt(user), find_blocks(user, bots)
    market = MarketNow(now)
    realised = read_realised_by_bot(user, market)
    looked = last_looks(bots, now)
    return {
        bot.pk: BotFigures(
            open_trades=counts.get(bot.pk, 0),
            realised_pnl_display=realised.get((bot.pk, money_in(bot.exchange_key.environment)), ZERO),
            simulated=market.is_simulated(bot.exchange_key.venue),
            orders_in_doubt=in_doubt.get(bot.pk, 0),
            halt=halts.get(bot.pk),
            next_run_at=next_look(bot, now),
            last_run_at=looked.get(bot.pk),
        )
        for bot in bots
    }


def last_decisions(bot: BotConfiguration, limit: int, symbol: str | None, now: datetime) -> list[Decision]:
    """What runs stored and what quiet looks came to, the newest first; of one symbol, in whatever spelling, or of all.

    Raises DecisionsAway without Redis.
    """
    if symbol is not None:
        known = {name.translate(SEPARATORS): name for name in bot.symbols}
        symbol = known.get(symbol.upper().translate(SEPARATORS), symbol)
    try:
        # Beyond the limit one more run of each symbol is read, for the reason that stood before the oldest look.
        stored = read_decisions(bot.pk, limit + 2 * len(bot.symbols), symbol)
        looks = read_looks(bot, now)
    except RedisError:
        raise DecisionsAway from None
    derived = derive_decisions(bot, looks, stored, now, symbol)
    return list(islice(merge(stored, derived, key=time_of, reverse=True), limit))


def holding_bots(user: User) -> list[BotConfiguration]:
    """The user's bots with an open trade, or an order whose end is not known yet."""
    trades = Trade.objects.filter(bot=OuterRef("pk"), status=TradeStatus.OPEN.value)
    orders = Order.objects.filter(bot=OuterRef("pk"), status__in=UNRESOLVED_VALUES)
    bots = current_bots().owned_by(user).select_related("exchange_key")
    return list(bots.filter(Exists(trades) | Exists(orders)))


def count_in_doubt(user: User) -> dict[int, int]:
    """By bot id, the orders of which nobody knows yet whether the exchange took them."""
    orders = Order.objects.owned_by(user).filter(status__in=IN_DOUBT_VALUES)
    return count_by_bot(orders)


def count_by_bot(rows: QuerySet[Any]) -> dict[int, int]:
    """Of few rows among many: grouped by the database, it would walk through all of each bot's in the groups' order."""
    return Counter(rows.order_by().values_list("bot_id", flat=True))


def held_symbols(bot_id: int) -> set[str]:
    """Where the bot has an open trade, or an order whose end is not known yet."""
    trades = Trade.objects.filter(bot_id=bot_id, status=TradeStatus.OPEN.value)
    orders = Order.objects.filter(bot_id=bot_id, status__in=UNRESOLVED_VALUES)
    return {*trades.values_list("symbol", flat=True), *orders.values_list("symbol", flat=True)}


def held_keys(bot_id: int) -> set[int]:
    """The exchange keys of what the bot holds."""
    trades = Trade.objects.filter(bot_id=bot_id, status=TradeStatus.OPEN.value)
    orders = Order.objects.filter(bot_id=bot_id, status__in=UNRESOLVED_VALUES)
    return {
        *trades.values_list("exchange_key_id", flat=True),
        *orders.values_list("exchange_key_id", flat=True),
    }
