"""Coins that leave an account without an order of ours: the owner sold them by hand, moved them away, or traded them on.

    read what our open trades hold ─ ask for the account's balance ─ read again ─ compare, per asset
    missing once       → remember it and look again at the next cycle
    missing twice      → take it off the trades it is missing of, tell their owner

An exchange's balance may lag behind a fill, so a shortage is believed only when two looks some seconds apart agree, no order
of ours that touches the asset is open or ended shortly before, and what the trades hold did not change meanwhile. The
owner's own orders and coins are never touched; coins that come back stay theirs, and no trade is opened again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from exchanges.domain import Balance, Environment, Venue
from exchanges.errors import ExchangeError
from saas.exact_decimal import plain
from trades import coverage_schedule, lease
from trades.account_orders import moving, orders_ended_since, unresolved_orders
from trades.coverage_rules import Claim, missing_of, share_out
from trades.coverage_schedule import SECOND_LOOK_AFTER, Sighting, spell
from trades.domain import TradeStatus
from trades.models import Trade
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


def look_at_key(key_id: int, clock: Clock) -> int:
    """Compare one account with what its bots hold; how many trades were corrected."""
    key = ExchangeAPIKey.objects.filter(pk=key_id, state=KeyState.VALID, deleted_at=None).first()
    before = read_claims(key_id)
    if key is None or not before:
        return 0
    asked_at = clock()
    try:
        with open_key_session(key) as session:
            balances = session.fetch_balances()
    except (CredentialsUnreadable, ExchangeError) as error:
        logger.info("coverage not looked at: key=%s %s", key_id, error)
        return 0
    after = read_claims(key_id)
    unchanged = {asset: claims for asset, claims in before.items() if after.get(asset) == claims}
    corrected = _judge(key, unchanged, balances, asked_at, clock)
    if corrected:
        store_balances(key, balances)
    return corrected


def read_claims(key_id: int) -> dict[str, tuple[Claim, ...]]:
    """What the open trades of all bots of a key hold, by asset, oldest trade first."""
    claims: dict[str, tuple[Claim, ...]] = {}
    trades = Trade.objects.filter(status=TradeStatus.OPEN.value, exchange_key_id=key_id)
    for trade in trades.order_by("opened_at", "pk"):
        claim = Claim(trade.pk, trade.bot_id, trade.held_quantity, trade.lot_size, trade.opened_at)
        claims[trade.base] = (*claims.get(trade.base, ()), claim)
    return claims


def _judge(
    key: ExchangeAPIKey,
    holdings: Mapping[str, tuple[Claim, ...]],
    balances: Mapping[str, Balance],
    asked_at: datetime,
    clock: Clock,
) -> int:
    """Correct what was missing the last time too, and remember what is missing for the first time."""
    seen, still, corrected = coverage_schedule.recall(key.pk), {}, 0
    for asset, claims in holdings.items():
        if missing := missing_of(claims, balances.get(asset)):
            current = Sighting(asked_at, missing, spell(claims))
            done, sighting = _weigh(key, asset, claims, seen.get(asset), current, clock)
            corrected += done
            if not done:
                still[asset] = sighting
    if seen or still:
        coverage_schedule.remember(key.pk, still)
    if any(asked_at - sighting.at < INSIST_FOR for sighting in still.values()):
        coverage_schedule.look_again(key.pk, asked_at + SECOND_LOOK_AFTER)
    return corrected


def _weigh(
    key: ExchangeAPIKey,
    asset: str,
    claims: tuple[Claim, ...],
    earlier: Sighting | None,
    current: Sighting,
    clock: Clock,
) -> tuple[int, Sighting]:
    """How many trades were corrected, and the sighting that the next one has to agree with if none was."""
    if earlier is None or earlier.claims != current.claims:
        return 0, current
    if current.at - earlier.at < SECOND_LOOK_AFTER:
        return 0, earlier
    if _is_moving(key, asset, earlier.at):
        return 0, current
    agreed = replace(earlier, missing=min(earlier.missing, current.missing))
    return _correct(key, asset, claims, agreed, clock), earlier


def _is_moving(key: ExchangeAPIKey, asset: str, seen_at: datetime) -> bool:
    """Whether an order of ours may explain what was missing then: one that is open, or ended since or shortly before."""
    ended = orders_ended_since(key, moving(asset), seen_at - SETTLED_AFTER)
    return unresolved_orders(key, moving(asset)).exists() or ended.exists()


def _correct(
    key: ExchangeAPIKey, asset: str, claims: tuple[Claim, ...], agreed: Sighting, clock: Clock
) -> int:
    """Take what is missing off the trades; how many. One whose bot runs just now is left for the next look."""
    by_trade = {claim.trade_id: claim for claim in claims}
    shares = share_out(agreed.missing, claims)
    return sum(
        _correct_trade(key, asset, by_trade[trade_id], gone, agreed.at, clock)
        for trade_id, gone in shares.items()
    )


def _correct_trade(
    key: ExchangeAPIKey, asset: str, claim: Claim, gone: Decimal, seen_at: datetime, clock: Clock
) -> bool:
    held = lease.take(claim.bot_id, clock())
    if held is None:
        return False
    try:
        trade = Trade.objects.get(pk=claim.trade_id)
        as_read = trade.status == TradeStatus.OPEN.value and trade.held_quantity == claim.quantity
        if not as_read or _is_moving(key, asset, seen_at):
            return False
        closed = correct_trade(trade, gone, seen_at, held, clock())
    except lease.LeaseLost:
        return False
    finally:
        lease.release(held)
    _tell(trade, gone, closed)
    return True


def _tell(trade: Trade, gone: Decimal, closed: bool) -> None:
    left = trade.dust if closed else trade.held_quantity
    details = {"quantity": plain(gone), "base": trade.base, "left": plain(left)}
    kind = "position_gone" if closed else "position_corrected"
    ledger_event.send(Trade, trade=trade, kind=kind, details=details)
