"""The money that bots were given to trade with, as it was at each moment: what results are measured against. Pure.

A bot's capital counts from the bot's creation, or its first trade if that is known to be older, until it is deleted,
whether it runs or not. A result is compared with the capital of its own moment, so that giving a bot more, or less,
today changes no percentage of yesterday. Between two changes nothing moves: such a stretch is called by its place, from 0
before the first change to the number of changes after the last. Where no bot was in force, the nearest capital before
counts, and before the first one that first one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Protocol

from exchanges.domain import Venue
from trades.pnl import EXACT

ZERO = Decimal(0)
HUNDRED = Decimal(100)
PERCENT_PLACES = Decimal("0.0001")


class Rates(Protocol):
    def rate(self, venue: Venue, from_asset: str, to_asset: str) -> Decimal | None:
        """Units of `to_asset` per unit of `from_asset` now; None if unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Stake:
    """What one bot had as capital from `since` until just before `until`, which is None while it still has it."""

    bot_id: int
    venue: Venue
    amount: Decimal
    currency: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OwnBot:
    """A bot as results are measured against it. `stakes` are what it had as capital, one after the other."""

    bot_id: int
    name: str
    venue: Venue
    is_deleted: bool
    symbols: Sequence[str]
    stakes: Sequence[Stake]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stakes of some bots, and the `moments` at which anything of them changes, oldest first."""

    stakes: Sequence[Stake]
    moments: Sequence[datetime]

    def place(self, at: datetime) -> int:
        """The stretch that a moment lies in; a change is the first moment of the next one."""
        return bisect_right(self.moments, at)

    def amounts(self, currency: str, rates: Rates) -> list[Decimal | None]:
        """The capital in each stretch, by its place; None where a rate is not known or nobody ever had any."""
        with localcontext(EXACT):
            return _fill_gaps(self._totals(currency, rates))

    def current(self, currency: str, rates: Rates) -> Decimal | None:
        """What the bots that exist now have; None if a rate is not known."""
        with localcontext(EXACT):
            return self._totals(currency, rates)[-1]

    def _totals(self, currency: str, rates: Rates) -> list[Decimal | None]:
        totals: list[Decimal | None] = [ZERO] * (len(self.moments) + 1)
        for stake in self.stakes:
            rate = rates.rate(stake.venue, stake.currency, currency)
            end = len(totals) if stake.until is None else self.place(stake.until)
            for place in range(self.place(stake.since), end):
                total = totals[place]
                totals[place] = None if rate is None or total is None else total + stake.amount * rate
        return totals


def make_timeline(stakes: Iterable[Stake], first_trades: Mapping[int, datetime]) -> Timeline:
    """`first_trades` are when each bot's first trade was opened, by the bot's id."""
    begun = [_begin_earlier(own, first_trades) for own in _by_bot(stakes)]
    known = [stake for own in begun for stake in own]
    ends = {stake.until for stake in known if stake.until is not None}
    return Timeline(known, sorted({*(stake.since for stake in known), *ends}))


def percent_of(shares: Mapping[int, Decimal], amounts: Sequence[Decimal | None]) -> Decimal | None:
    """Results by the place they fell into, each in percent of that place's capital, added up; None if one is unknown."""
    with localcontext(EXACT):
        fraction = fraction_of(shares, amounts)
        return None if fraction is None else (fraction * HUNDRED).quantize(PERCENT_PLACES)


def fraction_of(shares: Mapping[int, Decimal], amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The same as a fraction, not rounded beyond the context; without any result 0, if there is a capital."""
    if not shares:
        return ZERO if amounts[-1] else None
    total = ZERO
    for place, amount in shares.items():
        capital = amounts[place]
        if not capital:
            return None
        total += amount / capital
    return total


def _by_bot(stakes: Iterable[Stake]) -> list[list[Stake]]:
    """The oldest first of each bot."""
    found: dict[int, list[Stake]] = {}
    for stake in sorted(stakes, key=lambda stake: stake.since):
        found.setdefault(stake.bot_id, []).append(stake)
    return list(found.values())


def _begin_earlier(stakes: Sequence[Stake], first_trades: Mapping[int, datetime]) -> list[Stake]:
    first, *later = stakes
    traded = first_trades.get(first.bot_id, first.since)
    return [replace(first, since=min(first.since, traded)), *later]


def _fill_gaps(totals: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Zero is a gap, an unknown amount is none."""
    before = next((total for total in totals if total is None or total), None)
    filled: list[Decimal | None] = []
    for total in totals:
        before = before if total == ZERO else total
        filled.append(before)
    return filled
