"""Before a bot is saved or started: can every order that its configuration produces be placed, and sold again?

Asks nothing of the user's account: the exchange's rules and prices are public. Nothing is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal, localcontext

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from bots.models import BotConfiguration
from bots.sizing import least_budget
from exchanges.api_errors import answer_exchange_errors
from exchanges.asked_prices import ask_prices
from exchanges.domain import Instrument, Venue
from exchanges.instruments import UnknownSymbol, find_instrument
from exchanges.market_data.collector import VenueCollector
from exchanges.market_data.snapshot import Snapshot, rate_between, read_snapshot
from exchanges.market_data.subscriptions import Subscription
from exchanges.rate_budget import Purpose, asking
from saas.errors import Invalid
from trades.pnl import EXACT
from users.models import Currency

# The rules are checked at prices of now; what is advised must still do when the user has typed it.
ADVICE_MARGIN = Decimal("1.01")
CENT = Decimal("0.01")
PRICES_MAX_AGE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Need:
    """The capital that one symbol's orders need, in the capital's currency; `rate` is quote per unit of that."""

    symbol: str
    capital: Decimal
    rate: Decimal

    @property
    def advice(self) -> Decimal:
        """What is sure to do, to the cent."""
        with localcontext(EXACT):
            return (self.capital * ADVICE_MARGIN).quantize(CENT, ROUND_CEILING)


def resolve_symbols(venue: Venue, texts: Sequence[str]) -> list[Instrument]:
    """The instruments that these texts name, each once. Raises Invalid naming what is unknown; 503 AppErrors."""
    with answer_exchange_errors():
        found = [_find(venue, text) for text in texts]
    return list({instrument.symbol: instrument for instrument in found}.values())


def check_capital(bot: BotConfiguration, instruments: Sequence[Instrument], now: datetime) -> None:
    """Raises Invalid on `capital`, saying what would do and for which symbol, or on `symbols` without a price."""
    with asking(Purpose.VIEW, bot.owner_id):
        snapshot = find_prices(bot.exchange_key.venue, instruments, bot.capital_currency, now)
    greatest = max(find_needs(bot, instruments, snapshot), key=lambda need: need.capital)
    if greatest.capital > bot.capital:
        raise Invalid(fields={"capital": [_advise(greatest, Currency(bot.capital_currency))]})


def find_needs(bot: BotConfiguration, instruments: Sequence[Instrument], snapshot: Snapshot) -> list[Need]:
    """What each symbol's orders need. Raises Invalid on `symbols` for one without a price or a rate."""
    with localcontext(EXACT):
        return [_need(bot, instrument, snapshot) for instrument in instruments]


def find_prices(venue: Venue, instruments: Sequence[Instrument], currency: str, now: datetime) -> Snapshot:
    """The shared snapshot if it knows all that is needed, else one asked for once and not shared."""
    snapshot = read_snapshot(venue)
    if snapshot is not None and _is_enough(snapshot, instruments, currency, now):
        return snapshot
    wanted = [Subscription(venue, instrument.symbol, "1m", 0) for instrument in instruments]
    with answer_exchange_errors(), asking(Purpose.VIEW), VenueCollector(venue) as collector:
        return collector.collect(wanted, now)


def look_up_prices(venue: Venue, instruments: Sequence[Instrument], currency: str, now: datetime) -> Snapshot:
    """The same for who only looks: what was asked for it is shared for half a minute."""
    snapshot = read_snapshot(venue)
    if snapshot is None or not _is_enough(snapshot, instruments, currency, now):
        snapshot = ask_prices(venue, [instrument.symbol for instrument in instruments], now)
    if snapshot is not None and _is_enough(snapshot, instruments, currency, now):
        return snapshot
    return find_prices(venue, instruments, currency, now)


def least_capital(bot: BotConfiguration, instrument: Instrument, ask: Decimal, rate: Decimal) -> Decimal:
    """The smallest capital whose every share buys, and sells again at the first exit; `rate` is quote per capital."""
    return least_budget(ask, _deepest_exit_percent(bot), instrument) * bot.max_open_trades / rate


def _find(venue: Venue, text: str) -> Instrument:
    try:
        instrument = find_instrument(venue, text)
    except UnknownSymbol:
        message = _("{symbol} is not traded on {exchange}.")
    else:
        if instrument.active:
            return instrument
        message = _("{symbol} cannot be traded on {exchange} at present.")
    raise Invalid(fields={"symbols": [message.format(symbol=text[:30], exchange=venue.exchange)]})


def _is_enough(snapshot: Snapshot, instruments: Sequence[Instrument], currency: str, now: datetime) -> bool:
    return now - snapshot.taken_at <= PRICES_MAX_AGE and all(
        instrument.symbol in snapshot.tickers
        and rate_between(snapshot, currency, instrument.quote) is not None
        for instrument in instruments
    )


def _need(bot: BotConfiguration, instrument: Instrument, snapshot: Snapshot) -> Need:
    ticker = snapshot.tickers.get(instrument.symbol)
    if ticker is None:
        message = _("There is no price for {symbol} now.").format(symbol=instrument.symbol)
        raise Invalid(fields={"symbols": [message]})
    rate = rate_between(snapshot, bot.capital_currency, instrument.quote)
    if rate is None:
        message = _("There is no rate from {currency} to {quote} now, which {symbol} needs.")
        values = {"currency": bot.capital_currency, "quote": instrument.quote, "symbol": instrument.symbol}
        raise Invalid(fields={"symbols": [message.format(**values)]})
    return Need(instrument.symbol, least_capital(bot, instrument, ticker.ask, rate), rate)


def _deepest_exit_percent(bot: BotConfiguration) -> Decimal | None:
    """How far below the entry the first protecting exit can be; the nearer of stop loss and trailing stop."""
    exits = (bot.stop_loss_percent, bot.trailing_stop_percent)
    return min((percent for percent in exits if percent is not None), default=None)


def _advise(need: Need, currency: Currency) -> str:
    message = _(
        "Too little for {symbol}: an order of each open trade, and its sale at the stop, would be below the exchange's "
        "minimum. {amount} would do."
    )
    return message.format(symbol=need.symbol, amount=format_money(need.advice, currency))


def format_money(amount: Decimal, currency: Currency) -> str:
    """R$ 1,234.56 or 1,234.56 USDT, in the active language's separators."""
    number = number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)
    return f"R$ {number}" if currency is Currency.BRL else f"{number} {currency.value}"
