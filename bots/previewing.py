"""What a configuration that nobody has saved yet would have done in the last day. Reads the market, and writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bots import preflight
from bots.charting import Point, fetch_steps, join, points_of
from bots.models import BotConfiguration
from bots.preflight import Need
from bots.preview import Step, looks, walk
from bots.preview_money import Result, Terms, Total, add_up, find_results
from bots.rule import Rule
from exchanges.api_errors import answer_exchange_errors
from exchanges.domain import Instrument
from exchanges.rate_budget import Purpose, asking
from exchanges.timeframes import length_of, timeframe_seconds
from saas.errors import Invalid
from users.models import User

LONGEST_STEP = "1m"
PERIOD = timedelta(days=1)
# Of candles of a second a day would be 86 requests.
PERIOD_OF_SECONDS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Preview:
    """`step` is the length of the candles that were walked through, over `period`, which is shorter for a young market.

    Money is in the capital's currency.
    """

    rule: Rule
    step: str
    period: timedelta
    simulated: bool
    currency: str
    points: Sequence[Point]
    results: Sequence[Result]
    total: Total
    needs: Sequence[Need]
    capital_suffices: bool

    @property
    def minimum_capital(self) -> Decimal:
        return max(need.advice for need in self.needs)


def preview(owner: User, values: Mapping[str, Any], symbol: str | None, now: datetime) -> Preview:
    """`values` are those of a valid bot. Raises Invalid by field, and AppErrors for an exchange that cannot be asked."""
    bot = BotConfiguration(owner=owner, **values)
    venue = bot.exchange_key.venue
    instruments = preflight.resolve_symbols(venue, bot.symbols)
    instrument = _choose(instruments, symbol)
    with asking(Purpose.VIEW, owner.pk):
        snapshot = preflight.look_up_prices(venue, instruments, bot.capital_currency, now)
    needs = preflight.find_needs(bot, instruments, snapshot)
    rule = Rule.of(bot, instrument.symbol)
    step, period = _resolution(rule)
    with answer_exchange_errors(), asking(Purpose.VIEW, owner.pk):
        steps = fetch_steps(venue, rule, step, period // length_of(step))
    results = _walk(bot, rule, steps, step, _terms(bot, instrument, needs))
    return Preview(
        rule=rule,
        step=step,
        period=min(period, len(steps) * length_of(step)),
        simulated=snapshot.simulated,
        currency=bot.capital_currency,
        points=points_of(rule, steps),
        results=results,
        total=add_up(results, bot.capital),
        needs=needs,
        capital_suffices=all(need.capital <= bot.capital for need in needs),
    )


def _choose(instruments: Sequence[Instrument], symbol: str | None) -> Instrument:
    """The one named, in whatever spelling; the first unless one is named."""
    for instrument in instruments:
        if symbol is None or join(symbol) == join(instrument.symbol):
            return instrument
    raise Invalid(fields={"symbol": [_("This bot does not trade this symbol.")]})


def _resolution(rule: Rule) -> tuple[str, timedelta]:
    """The finer of a minute and the strategy's own candles, and how far back they are walked through."""
    own = rule.need.timeframe
    if timeframe_seconds(own) < timeframe_seconds(LONGEST_STEP):
        return own, PERIOD_OF_SECONDS
    return LONGEST_STEP, PERIOD


def _terms(bot: BotConfiguration, instrument: Instrument, needs: Sequence[Need]) -> Terms:
    rate = next(need.rate for need in needs if need.symbol == instrument.symbol)
    return Terms(instrument, bot.capital * rate / bot.max_open_trades, rate)


def _walk(
    bot: BotConfiguration, rule: Rule, steps: Sequence[Step], step: str, terms: Terms
) -> Sequence[Result]:
    """A bot that looks at least once a candle meets every price of it; another one those of its looks."""
    if not steps:
        return []
    every = -(-bot.interval_seconds // timeframe_seconds(step))
    met = steps if every == 1 else looks(steps, every)
    trips = walk(rule, met, terms.instrument.tick_size)
    return find_results(trips, terms, steps[-1].candle.close)
