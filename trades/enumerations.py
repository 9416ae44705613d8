"""The ledger's words as choices: for filters, and as named sets of values for the API's schema."""

from trades.domain import OrderStatus, Reason, TradeStatus
from trades.models import choices

TRADE_STATUSES = choices(TradeStatus)
ORDER_STATUSES = choices(OrderStatus)
REASONS = choices(Reason)
