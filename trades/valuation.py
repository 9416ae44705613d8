"""What a trade is worth and has made, from its own row. Pure; money in quote unless a name says display."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from trades.domain import TradeStatus
from trades.models import Trade
from trades.pnl import EXACT, PLACES, unrealised

HUNDRED = Decimal(100)
PERCENT_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class LiveValue:
    """An open trade at a price of now; all None where no price is known, and for a closed trade."""

    last_price: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    unrealised_pnl_display: Decimal | None = None


class Sold(Protocol):
    """A trade as far as it was sold, whether a model or a row of its columns."""

    @property
    def proceeds(self) -> Any: ...
    @property
    def realised_pnl(self) -> Any: ...


def value_live(trade: Trade, bid: Decimal | None, rate: Decimal | None) -> LiveValue:
    """`bid` is what the holding could be sold at, `rate` is display currency per quote asset."""
    if trade.status != TradeStatus.OPEN.value or bid is None:
        return LiveValue()
    pnl = unrealised(trade.held_quantity, cost_of_held(trade), bid)
    return LiveValue(bid, pnl, in_display(pnl, rate))


def cost_of_sold(trade: Sold) -> Decimal:
    """The share of the cost that the sales have used up."""
    cost: Decimal = trade.proceeds - trade.realised_pnl
    return cost


def cost_of_held(trade: Trade) -> Decimal:
    cost: Decimal = trade.cost - cost_of_sold(trade) - trade.corrected_cost
    return cost


def realised_percent(trade: Sold) -> Decimal | None:
    """The realised result in percent of what was paid for the quantity sold; None before the first sale."""
    cost = cost_of_sold(trade)
    if not cost:
        return None
    percent: Decimal = trade.realised_pnl / cost * HUNDRED
    return percent.quantize(PERCENT_PLACES)


def in_display(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    if amount is None or rate is None:
        return None
    return EXACT.quantize(EXACT.multiply(amount, rate), PLACES)
