"""What a user's trades come to, kept by the process that read it for as long as none of them has changed.

Ten thousand trades are a third of a second of reading and adding up, and a dashboard asks every few seconds. Each read
asks the database for the user's stamp: how many trades there are and the sum of their versions, which is read from an
index and which every committed change makes larger, whoever commits first. With the same stamp everything is as it was;
with another, the trades whose version differs are read again and all are added up anew, by the same pure functions as
without anything kept. Nothing is kept of what needed a rate of now, and nothing is shared between users.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal
from typing import Any, TypeVar, cast

from exchanges.domain import Venue
from trades import selectors
from trades.capital import Rates
from trades.money import Money, only_of
from trades.own_bots import parse_bots_of, parse_stakes
from trades.performance_record import Asked, Record, make_record
from trades.portfolio import History, TradeFigures, make_history, realised_by_bot
from trades.selectors import Grounds, Stamp, Versioned
from users.models import User

# A trade is about a kilobyte. Whose trades do not fit is still kept what they came to.
MOST_TRADES = 50_000
MOST_USERS = 200
# Results per user: three pages, and some periods and bots to compare.
MOST_RESULTS = 8
# What is made of a trade is at most about 150 bytes; of all kept results together, so many trades count.
MOST_IN_RESULTS = 400_000

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _Kept:
    """The trades as they were read after `stamp`, empty where they do not fit, and what was made of them by its key."""

    stamp: Stamp
    trades: Versioned
    made: dict[Hashable, Any] = field(default_factory=dict)


_kept: OrderedDict[int, _Kept] = OrderedDict()
_keeping = threading.Lock()


def read_history(user: User, money: Money, zone: tzinfo, rates: Rates, grounds: Grounds) -> History:
    """Of the user's trades with this money, in their currency and by the days of this zone; `grounds` as of just now."""
    currency, bots = user.display_currency, grounds.bots
    return _read(
        user,
        grounds.stamp,
        ("history", money, currency, str(zone), bots),
        rates,
        lambda trades, known: make_history(
            only_of(money, trades), currency, known, zone, parse_stakes(money, bots)
        ),
    )


def read_realised_by_bot(user: User, rates: Rates) -> Mapping[tuple[int, Money], Decimal]:
    """What each bot of the user's has realised so far with each kind of money, in their currency."""
    currency = user.display_currency
    return _read(
        user,
        selectors.stamp_of(user),
        ("bots", currency),
        rates,
        lambda trades, known: realised_by_bot(trades, currency, known),
    )


def read_record(user: User, money: Money, asked: Asked, rates: Rates, grounds: Grounds) -> Record:
    """Of the period and the trades that are asked for with this money, in the user's currency; `grounds` as of just now."""
    currency, bots = user.display_currency, grounds.bots
    return _read(
        user,
        grounds.stamp,
        ("record", money, currency, asked, bots),
        rates,
        lambda trades, known: make_record(
            only_of(money, trades), parse_bots_of(money, bots), asked, currency, known
        ),
    )


def forget() -> None:
    """As if nothing had been read yet."""
    with _keeping:
        _kept.clear()


def _read(
    user: User,
    stamp: Stamp,
    key: Hashable,
    rates: Rates,
    make: Callable[[list[TradeFigures], Rates], Made],
) -> Made:
    # The stamp was read first: what is read after it may be newer, and then the next read finds another stamp.
    kept = _kept.get(user.pk)
    if kept is None or kept.stamp != stamp:
        kept = _Kept(stamp, selectors.update_figures(user, kept.trades if kept else {}))
    if key not in kept.made:
        return _make(user, kept, key, _Watched(rates), make)
    _keep(user.pk, kept)
    return cast("Made", kept.made[key])


def _make(
    user: User,
    kept: _Kept,
    key: Hashable,
    rates: "_Watched",
    make: Callable[[list[TradeFigures], Rates], Made],
) -> Made:
    trades = kept.trades or selectors.update_figures(user, {})
    made = make([trade for _, trade in trades.values()], rates)
    results = {} if rates.asked else {**dict(list(kept.made.items())[1 - MOST_RESULTS :]), key: made}
    _keep(user.pk, _Kept(kept.stamp, trades, results))
    return made


def _keep(user_id: int, kept: _Kept) -> None:
    """As the one that was used last; of the others, those go that were not used for longest."""
    with _keeping:
        _kept[user_id] = kept
        _kept.move_to_end(user_id)
        while len(_kept) > MOST_USERS:
            _kept.popitem(last=False)
        _forget_surplus(MOST_TRADES, lambda each: len(each.trades), {"trades": {}})
        _forget_surplus(MOST_IN_RESULTS, lambda each: each.stamp.trades * len(each.made), {"made": {}})


def _forget_surplus(most: int, size: Callable[[_Kept], int], emptied: Mapping[str, Any]) -> None:
    surplus = sum(map(size, _kept.values())) - most
    for owner_id, each in list(_kept.items()):
        if surplus <= 0:
            break
        surplus -= size(each)
        _kept[owner_id] = replace(each, **emptied)


class _Watched:
    """Rates, and whether one was asked for that may be another the next time."""

    def __init__(self, rates: Rates) -> None:
        self.asked = False
        self._rates = rates

    def rate(self, venue: Venue, from_asset: str, to_asset: str) -> Decimal | None:
        self.asked = self.asked or from_asset != to_asset
        return self._rates.rate(venue, from_asset, to_asset)
