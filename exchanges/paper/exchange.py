"""The exchange itself: accounts, orders and their settlement over one market and one store.

Every method runs to its end without giving way, on one thread, and commits before it returns, so changes are
serial and what a client was told is on disk. Memory holds only a copy of the open orders, refreshed after
each commit.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from .accounts import Account, generate_key
from .balances import NO_BALANCE, Balance, BalanceChange
from .book import Book
from .clock import wall_ms
from .instruments import Instrument
from .market import Market
from .matching import Execution, fill_resting, match_order, match_share, share_of
from .orders import ZERO, Deferral, Fill, Order, OrderRequest, OrderStatus, OrderType, Side, TimeInForce
from .prices.source import PricesUnavailableError
from .rules import MAX_OPEN_ORDERS, Bound, RuleViolationError, check_order
from .settlement import Settlement, close_order, new_order, reserve, settle_executions
from .store import Store

# A market buy that is held from the market keeps this much more than it would cost now.
_DEFERRED_MARGIN = Decimal("1.05")


class DuplicateOrderError(Exception):
    """An order of the account has this client order id, and it may not be used again (yet)."""


class WouldTakeLiquidityError(Exception):
    """A maker-only order would trade at once."""


class UnknownOrderError(Exception):
    """The account has no such order."""


class OrderClosedError(Exception):
    """The order has already ended and cannot be canceled."""


class Exchange:
    """Accounts and orders. Amounts are exact Decimals, times milliseconds of market time."""

    def __init__(self, store: Store, market: Market) -> None:
        self.store = store
        self.market = market
        self._open = {order.id: order for order in store.list_open_orders()}
        self._settled = market.now_second()

    def now_ms(self) -> int:
        """Market time, as this exchange tells it."""
        return self.market.now_ms()

    def wall_ms(self) -> int:
        """The time of day, as this exchange tells it and signatures are checked against."""
        return wall_ms()

    def open_account(
        self, label: str, balances: dict[str, Decimal], permissions: dict[str, bool | int]
    ) -> Account:
        """Create an account with a new key pair and what it starts with."""
        account = Account(0, generate_key(), generate_key(), label, permissions, wall_ms())
        with self.store.transaction():
            account_id = self.store.add_account(account, balances)
        return replace(account, id=account_id)

    def transfer(self, account: Account, moved: dict[str, Decimal]) -> None:
        """Move assets into an account, or out of it where negative. Raises InsufficientBalanceError."""
        change = BalanceChange()
        for asset, amount in moved.items():
            change.add(asset, free=amount)
        with self.store.transaction():
            self._change_balances(account.id, change)
            self.store.add_deposits(account.id, moved)

    def check(self, account: Account, request: OrderRequest) -> None:
        """Whether `place` would accept the request, as far as rules and duplicates go."""
        instrument = self.market.instrument(request.symbol)
        book = self.market.book(instrument)
        check_order(instrument, request, instrument.price(book.ticks))
        if self._is_taken(account, request):
            raise DuplicateOrderError(request.client_order_id)
        is_maker_only = request.type is OrderType.LIMIT_MAKER and request.price is not None
        if is_maker_only and book.crosses(request.side, instrument.to_ticks(request.price or ZERO)):
            raise WouldTakeLiquidityError(request.client_order_id)

    def _is_taken(self, account: Account, request: OrderRequest) -> bool:
        if not request.client_order_id:
            return False
        if request.is_id_unique:
            return self.store.find_by_client_id(account.id, None, request.client_order_id) is not None
        return self.store.has_open_client_id(account.id, request.client_order_id)

    def place(
        self, account: Account, request: OrderRequest, deferral: Deferral | None = None
    ) -> tuple[Order, list[Fill]]:
        """Accept an order and execute what can be executed at once.

        With a deferral it is accepted as NEW and meets the market only later. Raises
        UnknownSymbolError, RuleViolationError, DuplicateOrderError, WouldTakeLiquidityError,
        InsufficientBalanceError or PricesUnavailableError, and then nothing has changed.
        """
        self.settle()
        self.check(account, request)
        with self.store.transaction():
            order, fills = self._accept(account, request, deferral)
        self._remember(order)
        return order, fills

    def cancel(self, order: Order) -> Order:
        """End an open order. Raises OrderClosedError when it has ended already."""
        if not order.is_open:
            raise OrderClosedError(str(order.id))
        instrument = self.market.known_instrument(order.symbol)
        settlement = close_order(instrument, order, OrderStatus.CANCELED, self.market.now_ms())
        with self.store.transaction():
            self._record_change(settlement)
        self._remember(settlement.order)
        return settlement.order

    def execute(self, order: Order, share: Fraction) -> Order:
        """Fill a share, rounded up to a lot, of what is left of an open order, at once and whatever the market does.

        A limit order gets its own price, a market order that is held from the market the market's.
        """
        instrument, now_ms = self.market.known_instrument(order.symbol), self.market.now_ms()
        is_maker = order.type is not OrderType.MARKET
        if is_maker:
            lots = share_of(instrument.to_lots(order.remaining), share)
            executions = [Execution(instrument.to_ticks(order.price), lots)]
        else:
            executions = match_share(self.market.book(instrument), order, share)
        order = order if share < 1 else replace(order, deferred_until=None)
        settlement = settle_executions(instrument, order, executions, is_maker=is_maker, now_ms=now_ms)
        self._commit_settlements([settlement])
        return settlement.order

    def release_deferred(self) -> None:
        """Let every order that is held from the market meet it now, wholly."""
        now_ms = self.market.now_ms()
        held = [order for order in self._open.values() if order.deferred_until is not None]
        self._settle_orders(
            [replace(one, deferred_until=now_ms, deferred_parts=1) for one in held], now_ms // 1000 + 1
        )

    def find_order(
        self, account: Account, symbol: str | None, order_id: int | None, client_order_id: str | None
    ) -> Order:
        """The order with this id, or the newest with this client id; of any pair where none is named.

        Raises UnknownOrderError.
        """
        self.settle()
        if order_id is not None:
            found = self.store.find_order(account.id, symbol, order_id)
            if found and client_order_id not in (None, found.client_order_id):
                found = None
        else:
            found = self.store.find_by_client_id(account.id, symbol, client_order_id or "")
        if found is None:
            raise UnknownOrderError(symbol)
        return found

    def reread(self, order: Order) -> Order:
        """The order as it is by now."""
        return self.store.select_orders("id = ?", (order.id,))[0]

    def balances(self, account: Account) -> dict[str, Balance]:
        self.settle()
        return self.store.list_balances(account.id)

    def settle(self) -> None:
        """Bring every open order up to the current market second. Cheap when that is done already."""
        now = self.market.now_second()
        if now > self._settled:
            start, self._settled = self._settled + 1, now
            self._settle_orders(list(self._open.values()), start)

    def settle_symbol(self, symbol: str) -> None:
        """Meet the current price again, after it was set by hand."""
        self.settle()
        orders = [order for order in self._open.values() if order.symbol == symbol]
        self._settle_orders(orders, self.market.now_second())

    def _settle_orders(self, orders: list[Order], start: int) -> None:
        now_ms = self.market.now_ms()
        for order in orders:
            try:
                settlements = list(self._settlements(order, start, now_ms))
            except PricesUnavailableError:
                continue
            if settlements:
                self._commit_settlements(settlements)

    def _settlements(self, order: Order, start: int, now_ms: int) -> Iterator[Settlement]:
        instrument = self.market.known_instrument(order.symbol)
        while order.deferred_until is not None:
            if now_ms < order.deferred_until:
                return
            start = max(start, order.deferred_until // 1000 + 1)
            released = self._release_part(instrument, order, now_ms)
            yield released
            order = released.order
        yield from self._rest_through(instrument, order, start, now_ms)

    def _rest_through(
        self, instrument: Instrument, order: Order, start: int, now_ms: int
    ) -> Iterator[Settlement]:
        """Fill a resting order second by second, at its own price, as the market trades through it."""
        limit, stop = instrument.to_ticks(order.price) if order.price else 0, now_ms // 1000 + 1
        if (
            not order.is_open
            or start >= stop
            or not self._reaches(instrument, order.side, limit, start, stop)
        ):
            return
        for second in range(start, stop):
            bar = self.market.source.bar(instrument, second, second + 1)
            book = Book(instrument, bar.low if order.side is Side.BUY else bar.high, second)
            lots = fill_resting(book, order.side, limit, instrument.to_lots(order.remaining))
            if not lots:
                continue
            at = max(order.created_ms, min(now_ms, second * 1000))
            settlement = settle_executions(
                instrument, order, [Execution(limit, lots)], is_maker=True, now_ms=at
            )
            yield settlement
            order = settlement.order
            if not order.is_open:
                return

    def _reaches(self, instrument: Instrument, side: Side, limit: int, start: int, stop: int) -> bool:
        bar = self.market.source.bar(instrument, start, stop)
        return bar.low < limit if side is Side.BUY else bar.high > limit

    def _release_part(self, instrument: Instrument, order: Order, now_ms: int) -> Settlement:
        """Let the next part of a held order meet the market; after the last it is held no more."""
        executions = match_share(self.market.book(instrument), order, Fraction(1, order.deferred_parts))
        left = order.deferred_parts - 1
        following = (order.deferred_until or 0) + order.deferred_step_ms if left else None
        order = replace(order, deferred_until=following, deferred_parts=left)
        return settle_executions(instrument, order, executions, is_maker=False, now_ms=now_ms)

    def _accept(
        self, account: Account, request: OrderRequest, deferral: Deferral | None
    ) -> tuple[Order, list[Fill]]:
        book, now = self.market.book(self.market.instrument(request.symbol)), self.market.now_ms()
        instrument, executions = book.instrument, match_order(book, request)
        order = new_order(instrument, account.id, request, executions, now)
        if order.can_rest and self._count_open(account, request.symbol) >= MAX_OPEN_ORDERS:
            raise RuleViolationError("MAX_NUM_ORDERS", Bound.MAXIMUM)
        if deferral is not None:
            order = self._defer(instrument, order, deferral)
            self._change_balances(account.id, reserve(instrument, order))
            return self._record_new(order, [])
        settlement = settle_executions(instrument, order, executions, is_maker=False, now_ms=now)
        self._change_balances(account.id, reserve(instrument, order), settlement.change)
        return self._record_new(settlement.order, settlement.fills)

    def _defer(self, instrument: Instrument, order: Order, deferral: Deferral) -> Order:
        """Hold an order from the market; a market buy reserves more than it would cost now.

        What must execute wholly or not at all meets the market in one part.
        """
        if order.type is OrderType.MARKET and order.side is Side.BUY and not order.quote_quantity:
            free = self.store.list_balances(order.account_id).get(instrument.quote, NO_BALANCE).free
            order = replace(order, locked=max(order.locked, min(free, order.locked * _DEFERRED_MARGIN)))
        return replace(
            order,
            deferred_until=order.created_ms + deferral.step_ms,
            deferred_parts=1 if order.time_in_force is TimeInForce.FOK else deferral.parts,
            deferred_step_ms=deferral.step_ms,
        )

    def _count_open(self, account: Account, symbol: str) -> int:
        return sum(one.account_id == account.id and one.symbol == symbol for one in self._open.values())

    def _record_new(self, order: Order, fills: list[Fill]) -> tuple[Order, list[Fill]]:
        order = replace(order, id=self.store.add_order(order))
        return order, [self._record_fill(replace(fill, order_id=order.id)) for fill in fills]

    def _record_fill(self, fill: Fill) -> Fill:
        return replace(fill, id=self.store.add_fill(fill))

    def _record_change(self, settlement: Settlement) -> None:
        for fill in settlement.fills:
            self._record_fill(fill)
        self.store.update_order(settlement.order)
        self._change_balances(settlement.order.account_id, settlement.change)

    def _commit_settlements(self, settlements: list[Settlement]) -> None:
        with self.store.transaction():
            for settlement in settlements:
                self._record_change(settlement)
        self._remember(settlements[-1].order)

    def _change_balances(self, account_id: int, *changes: BalanceChange) -> None:
        balances = self.store.list_balances(account_id)
        touched: dict[str, Balance] = {}
        for change in changes:
            touched |= change.apply_to(balances | touched)
        self.store.save_balances(account_id, touched)

    def _remember(self, order: Order) -> None:
        if order.is_open:
            self._open[order.id] = order
        else:
            self._open.pop(order.id, None)
