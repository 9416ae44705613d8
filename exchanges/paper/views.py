"""The exchange as one request meets it: the same accounts, orders and market, with something between."""

from dataclasses import replace
from fractions import Fraction

from .accounts import Account
from .exchange import Exchange
from .orders import Deferral, Fill, Order, OrderRequest
from .store import Store


class ExchangeView(Exchange):
    """Passes every change on to the exchange behind it, and answers with what its own records show of it."""

    def __init__(self, exchange: Exchange, store: Store | None = None) -> None:
        self.behind = exchange
        self.market = exchange.market
        self.store = store or exchange.store

    def now_ms(self) -> int:
        return self.behind.now_ms()

    def wall_ms(self) -> int:
        return self.behind.wall_ms()

    def settle(self) -> None:
        self.behind.settle()

    def place(
        self, account: Account, request: OrderRequest, deferral: Deferral | None = None
    ) -> tuple[Order, list[Fill]]:
        order, fills = self.behind.place(account, request, deferral)
        shown = {fill.id: fill for fill in self.store.select_fills("order_id = ?", (order.id,))}
        return self._show(order), [shown[fill.id] for fill in fills if fill.id in shown]

    def cancel(self, order: Order) -> Order:
        """What a request has seen of the order may be behind the truth, which decides."""
        order = self.behind.cancel(self.behind.reread(order))
        return replace(self._show(order), status=order.status)

    def execute(self, order: Order, share: Fraction) -> Order:
        return self.behind.execute(self.behind.reread(order), share)

    def reread(self, order: Order) -> Order:
        return self.behind.reread(order)

    def _show(self, order: Order) -> Order:
        """The order as these records show it, or as it is where they do not."""
        shown = self.store.select_orders("id = ?", (order.id,))
        return shown[0] if shown else order
