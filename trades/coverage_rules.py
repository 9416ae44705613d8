"""Whether an account still has the coins that its bots' open trades hold, and whose are missing. Pure; in base asset."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exchanges.domain import Balance

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one open trade holds of an asset of its account."""

    trade_id: int
    bot_id: int
    quantity: Decimal
    lot_size: Decimal
    opened_at: datetime


def missing_of(claims: Iterable[Claim], balance: Balance | None) -> Decimal:
    """How much of what is claimed the account does not have; less than one lot is dust and counts as nothing.

    What is locked counts as there: the account's owner may have put the coins into an order of their own.
    """
    claims = list(claims)
    there = balance.free + balance.locked if balance else ZERO
    missing = sum((claim.quantity for claim in claims), ZERO) - there
    least = min((claim.lot_size for claim in claims), default=ZERO)
    return missing if missing >= least and missing > 0 else ZERO


def share_out(missing: Decimal, claims: Iterable[Claim]) -> dict[int, Decimal]:
    """Of which trades how much is missing: {trade id: quantity}, never more than a trade holds.

    If one trade holds just what is missing, to within a lot, it is that one: who sells a position by hand sells what they
    see of it. Otherwise it is taken from the newest trade, then from the one before: few trades are touched, those that
    have run longest stay whole, and the same shortage always falls on the same trades.
    """
    newest_first = sorted(claims, key=lambda claim: (claim.opened_at, claim.trade_id), reverse=True)
    for claim in newest_first:
        if min(claim.quantity, missing) > 0 and abs(claim.quantity - missing) < claim.lot_size:
            return {claim.trade_id: min(claim.quantity, missing)}
    shares = {}
    for claim in newest_first:
        share = min(claim.quantity, missing)
        if share > 0:
            shares[claim.trade_id] = share
        missing -= share
    return shares
