"""The highest price that an open trade with a trailing stop has seen, kept in the database so that no restart forgets it."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from bots.watch import NewPeak
from saas.one_writer import one_writer
from trades.domain import TradeStatus
from trades.models import Trade


def keep_peaks(found: Iterable[NewPeak]) -> None:
    """One UPDATE for all trades that saw the same; a peak that somebody else has raised meanwhile is not lowered."""
    trades: defaultdict[tuple[Decimal | None, Decimal], list[int]] = defaultdict(list)
    for one in found:
        trades[one.holding.peak_price, one.price].append(one.holding.trade_id)
        one.holding.raise_peak(one.price)
    for (before, peak), ids in trades.items():
        raise_peaks(ids, before, peak)


def raise_peaks(trade_ids: list[int], before: Decimal | None, peak: Decimal) -> None:
    """Of open trades whose peak is what it was, or what somebody else raised it to meanwhile, if that is lower."""
    open_trades = Trade.objects.filter(pk__in=trade_ids, status=TradeStatus.OPEN.value)
    with one_writer(urgent=True):
        raised = open_trades.filter(peak_price=before).update(peak_price=peak)
    if raised == len(trade_ids):
        return
    lower: defaultdict[Decimal | None, list[int]] = defaultdict(list)
    for trade_id, known in open_trades.order_by().values_list("pk", "peak_price"):
        # Not by the database: what is text there is not compared as a number.
        if known is None or known < peak:
            lower[known].append(trade_id)
    for known, ids in lower.items():
        raise_peaks(ids, known, peak)
