"""What the ledger tells whoever wants to know; the ledger knows nobody above it."""

from django.dispatch import Signal

# Sent with order=Order, kind=str, details=dict[str, str]; kinds: order_filled, order_refused, order_unknown, order_held,
# order_resolved, order_adopted, trade_closed (with trade=Trade). Sent after the commit that made it true.
ledger_event = Signal()
