"""Coins that leave an account without an order of ours: the owner sold them by hand, moved them away, or traded them on.

    read what our open trades hold ─ ask for the account's balance ─ read again ─ compare, per asset
    missing once       → remember it and look again at the next cycle
    missing twice      → take it off the trades it is missing of, tell their owner

An exchange's balance may lag behind a fill, so a shortage is believed only when two looks some seconds apart agree, no order
of ours that touches the asset is open, unknown or ended shortly before, and what the trades hold did not change. The
owner's own orders and coins are never touched; coins that come back stay theirs, and no trade is opened again.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from exchanges.domain import Environment, Venue
from exchanges.errors import ExchangeError
from exchanges.gateway import Session
from exchanges.rate_budget import Purpose, asking
from saas.exact_decimal import plain
from trades import coverage_schedule, lease
from trades.account_orders import moving, orders_ended_since, unresolved_orders
from trades.adoption import search_before_correcting
from trades.coverage_rules import Claim, missing_of, share_out
from trades.coverage_schedule import NOTHING_BELIEVED_AFTER, SECOND_LOOK_AFTER, Sighting, spell
from trades.domain import TradeStatus
from trades.models import Order, Trade
from trades.projection import correct_trade
from trades.signals import ledger_event
from users.encryption import CredentialsUnreadable
from users.keys import open_key_session, store_balances
from users.models import ExchangeAPIKey, KeyState

# How long after an order of ours has ended the balance may still be the one before it.
SETTLED_AFTER = timedelta(seconds=5)
# So long a shortage that an open order keeps from being believed is looked at in each cycle; then as often as any.
INSIST_FOR = timedelta(minutes=1)

Clock = Callable[[], datetime]

logger = logging.getLogger(__name__)


def keys_to_look_at(now: datetime) -> list[int]:
    """The keys with open trades whose turn it is; calling this takes the turn."""
    holding = Trade.objects.filter(status=TradeStatus.OPEN.value).values("exchange_key_id")
    keys = ExchangeAPIKey.objects.filter(pk__in=holding, state=KeyState.VALID, deleted_at=None)
    rows = keys.order_by().values_list("pk", "exchange", "environment")
    venues = [(pk, Venue(exchange, Environment(environment))) for pk, exchange, environment in rows]
    return coverage_schedule.claim_turns(venues, now)


@asking(Purpose.COVERAGE)
def look_at_key(key_id: int, clock: Clock) -> int:
    """Compare one account with what its bots hold; how many trades were corrected."""
    key = ExchangeAPIKey.objects.filter(pk=key_id, state=KeyState.VALID, deleted_at=None).first()
    before = read_claims(key_id)
    if key is None or not before:
        return 0
    try:
        with open_key_session(key) as session:
            return _Look(key, session, clock).compare(before)
    except (CredentialsUnreadable, ExchangeError) as error:
        logger.info("coverage not looked at: key=%s %s", key_id, error)
        return 0


def read_claims(key_id: int) -> dict[str, tuple[Claim, ...]]:
    """What the open trades of all bots of a key hold, by asset, oldest trade first."""
    claims: dict[str, tuple[Claim, ...]] = {}
    trades = Trade.objects.filter(status=TradeStatus.OPEN.value, exchange_key_id=key_id)
    for trade in trades.order_by("opened_at", "pk"):
        claim = Claim(trade.pk, trade.bot_id, trade.held_quantity, trade.lot_size, trade.opened_at)
        claims[trade.base] = (*claims.get(trade.base, ()), claim)
    return claims


class _Look:
    """One look at one account: what its bots hold, what it has, and what the looks before saw."""

    def __init__(self, key: ExchangeAPIKey, session: Session, clock: Clock) -> None:
        self.key = key
        self.session = session
        self.clock = clock
        self.asked_at = clock()
        self.balances = session.fetch_balances()
        self.seen = coverage_schedule.recall(key.pk)

    def compare(self, before: Mapping[str, tuple[Claim, ...]]) -> int:
        """Correct what was missing the last time too, remember what is missing for the first time; how many trades."""
        after = read_claims(self.key.pk)
        still, corrected = {}, 0
        for asset, claims in before.items():
            missing = missing_of(claims, self.balances.get(asset))
            if missing and after.get(asset) == claims:
                done, sighting = self._weigh(asset, claims, Sighting(self.asked_at, missing, spell(claims)))
                corrected += done
                if not done:
                    still[asset] = sighting
        self._remember(still)
        if self.balances:  # an answer that names no asset at all is not shown to anybody
            store_balances(self.key, self.balances)
        return corrected

    def _weigh(self, asset: str, claims: tuple[Claim, ...], current: Sighting) -> tuple[int, Sighting]:
        """How many trades were corrected, and the sighting that the next one has to agree with if none was."""
        earlier = self.seen.get(asset)
        if earlier is None or earlier.claims != current.claims:
            return 0, current
        if current.at - earlier.at < (SECOND_LOOK_AFTER if self.balances else NOTHING_BELIEVED_AFTER):
            return 0, earlier
        if _is_moving(self.key, asset, earlier.at) or self._finds_lost_orders(asset):
            return 0, current
        missing = min(earlier.missing, current.missing)
        by_trade = {claim.trade_id: claim for claim in claims}
        shares = share_out(missing, claims).items()
        done = sum(self._correct(asset, by_trade[trade_id], gone, earlier.at) for trade_id, gone in shares)
        return done, earlier

    def _finds_lost_orders(self, asset: str) -> bool:
        """After an older backup the ledger may not know that a bot itself has sold the coins."""
        orders = Order.objects.filter(moving(asset), exchange_key=self.key)
        symbols = list(orders.order_by().values_list("symbol", flat=True).distinct())
        return search_before_correcting(self.key, symbols, self.session, self.clock) > 0

    def _correct(self, asset: str, claim: Claim, gone: Decimal, seen_at: datetime) -> bool:
        """Take what is missing off one trade; one whose bot runs just now is left for the next look."""
        held = lease.take(claim.bot_id, self.clock())
        if held is None:
            return False
        try:
            trade = Trade.objects.get(pk=claim.trade_id)
            as_read = trade.status == TradeStatus.OPEN.value and trade.held_quantity == claim.quantity
            if not as_read or _is_moving(self.key, asset, seen_at):
                return False
            closed = correct_trade(trade, gone, seen_at, held, self.clock())
        except lease.LeaseLost:
            return False
        finally:
            lease.release(held)
        _tell(trade, gone, closed)
        return True

    def _remember(self, still: dict[str, Sighting]) -> None:
        if self.seen or still:
            coverage_schedule.remember(self.key.pk, still)
        if any(self.asked_at - sighting.at < INSIST_FOR for sighting in still.values()):
            coverage_schedule.look_again(self.key.pk, self.asked_at + SECOND_LOOK_AFTER)


def _is_moving(key: ExchangeAPIKey, asset: str, seen_at: datetime) -> bool:
    """Whether an order of ours may explain what was missing then: one that is open, or ended since or shortly before."""
    ended = orders_ended_since(key, moving(asset), seen_at - SETTLED_AFTER)
    return unresolved_orders(key, moving(asset)).exists() or ended.exists()


def _tell(trade: Trade, gone: Decimal, closed: bool) -> None:
    left = trade.dust if closed else trade.held_quantity
    details = {"quantity": plain(gone), "base": trade.base, "left": plain(left)}
    kind = "position_gone" if closed else "position_corrected"
    ledger_event.send(Trade, trade=trade, kind=kind, details=details)
