"""What the ledger tells whoever wants to know; the ledger knows nobody above it."""

from django.dispatch import Signal

# Sent by Trade with trade=Trade; kinds: position_corrected, position_gone. Otherwise sent by Order, as follows.
# Sent with order=Order, kind=str, details=dict[str, str]; kinds: order_filled, order_refused, order_not_sent, order_unknown,
# order_held, order_resolved, order_adopted, audit_difference, trade_closed (with trade=Trade). Sent after the commit that
# made it true.
ledger_event = Signal()

# Sent with halt=Halt, kind=entries_halted or entries_resumed, by=HaltedBy; a resumed halt's row is gone by then.
halt_event = Signal()
