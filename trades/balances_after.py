"""What an account has after an order, without asking for it: for show, until somebody reads the account again."""

from collections.abc import Mapping
from decimal import Decimal, localcontext

from exchanges.domain import Balance, Side
from saas.prepared import Parameter, Prepared
from trades.models import Fill, Order
from trades.pnl import EXACT

ZERO = Decimal(0)
FILLS = Prepared(
    lambda: (
        Fill.objects.filter(order=Parameter("order"))
        .order_by()
        .values_list("side", "price", "quantity", "fee", "fee_asset")
    )
)


def balances_after(balances: Mapping[str, Balance], order: Order) -> dict[str, Balance]:
    """The balances from before an order and what was executed of it. What else happened meanwhile is not in it."""
    changed = dict(balances)
    fills = FILLS.rows(order=order.pk)
    with localcontext(EXACT):
        for side, price, quantity, fee, fee_asset in fills:
            sign = 1 if side == Side.BUY.value else -1
            _move(changed, order.base, sign * quantity)
            _move(changed, order.quote, -sign * quantity * price)
            _move(changed, fee_asset, -fee)
    return changed


def _move(balances: dict[str, Balance], asset: str, amount: Decimal) -> None:
    before = balances.get(asset, Balance(asset, ZERO, ZERO))
    balances[asset] = Balance(asset, max(before.free + amount, ZERO), before.locked)
