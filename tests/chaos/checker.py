"""Compares the exchange's ledger with ours, to the last digit: what was lost, what was doubled, what was miscounted.

    I1  every order of ours at the exchange ↔ exactly one intent
    I2  the fills are equal
    I3  at most one unresolved entry for each bot and symbol
    I4  nothing was sent without a committed SENDING
    I5  one send for each client order id
    I6  a trade's position is the sum of its fills, fees in the base asset included

To be asked once recovery has had its time: an order whose fate is still open then counts as lost. Two more checks know
nothing of our tables: a bot never buys twice without selling in between, and the account's balances are what was deposited
and what its fills made of that.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from tests.chaos.books import (
    ExchangeBook,
    ExchangeFill,
    ExchangeOrder,
    OwnBook,
    OwnFill,
    OwnOrder,
    OwnTrade,
    open_database,
    read_exchange,
    read_own,
)

__all__ = [
    "Difference",
    "ExchangeBook",
    "Findings",
    "OwnBook",
    "compare",
    "open_database",
    "read_exchange",
    "read_own",
]

LOST, DOUBLED, MISCOUNTED = "lost", "doubled", "miscounted"
UNRESOLVED = {"PLANNED", "SENDING", "UNKNOWN", "HELD", "OPEN", "PARTIAL"}
RESTING = {"NEW", "PARTIALLY_FILLED"}
WITHOUT_TRACE = {"PLANNED", "ABANDONED", "NEVER_PLACED", "REJECTED"}
EXACT = Context(prec=80)
ZERO = Decimal(0)
# A sale of all that is held leaves no greater part of it: 0.1 % of fees, and less than a lot.
LEFT_OVER = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind` is lost, doubled or miscounted."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Findings:
    """`orders` is how many of ours the exchange has; the other numbers count differences, which `texts` tell."""

    orders: int
    lost: int
    doubled: int
    miscounted: int
    texts: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.miscounted)


def compare(exchange: ExchangeBook, own: OwnBook) -> Findings:
    """What is wrong between one account at the exchange and our rows of its key."""
    with localcontext(EXACT):
        found = list(_differences(exchange, own))
    counts = Counter(difference.kind for difference in found)
    texts = tuple(f"{difference.kind}: {difference.text}" for difference in found)
    return Findings(len(exchange.ours), counts[LOST], counts[DOUBLED], counts[MISCOUNTED], texts)


def _differences(exchange: ExchangeBook, own: OwnBook) -> Iterator[Difference]:
    yield from _compare_orders(exchange, own)
    yield from _compare_sends(exchange, own)
    yield from _find_rivals(own)
    yield from _compare_fills(exchange, own)
    yield from _compare_trades(exchange, own)
    yield from _find_repeated_legs(exchange)
    yield from _compare_balances(exchange)


def _compare_orders(exchange: ExchangeBook, own: OwnBook) -> Iterator[Difference]:
    """I1, I4: each of the exchange's orders has its row, and each row that claims an order has one."""
    rows = {order.client_order_id: order for order in own.orders}
    there = {order.client_order_id: order for order in exchange.ours}
    for client_id, order in there.items():
        if client_id not in rows:
            yield Difference(LOST, f"{_name(order)} is at the exchange and not in our ledger")
            continue
        yield from _compare_order(order, rows[client_id])
    for row in own.orders:
        if row.client_order_id not in there:
            yield from _check_absent(row)


def _compare_order(order: ExchangeOrder, row: OwnOrder) -> Iterator[Difference]:
    name = _name(order)
    if row.status in WITHOUT_TRACE:
        yield Difference(LOST, f"{name} is {order.status} at the exchange and {row.status} with us")
    elif (order.status in RESTING) != (row.status in {"OPEN", "PARTIAL"}) or (order.status == "FILLED") != (
        row.status == "FILLED"
    ):
        yield Difference(LOST, f"{name} is {order.status} at the exchange and still {row.status} with us")
    if not row.was_sending and not row.adopted:
        yield Difference(LOST, f"{name} was sent without a committed SENDING")
    if row.filled != order.executed:
        yield Difference(MISCOUNTED, f"{name}: {order.executed} executed, {row.filled} with us")


def _check_absent(row: OwnOrder) -> Iterator[Difference]:
    name = f"order {row.client_order_id}"
    if row.status in UNRESOLVED:
        yield Difference(LOST, f"{name} is still {row.status} and not at the exchange")
    elif row.status not in WITHOUT_TRACE or row.filled:
        yield Difference(MISCOUNTED, f"{name} is {row.status} with us and not at the exchange")


def _compare_sends(exchange: ExchangeBook, own: OwnBook) -> Iterator[Difference]:
    """I4, I5: also of what reached the exchange and was refused or dropped."""
    ids = Counter(order.client_order_id for order in exchange.ours)
    sends = Counter(name for name in exchange.sends if name.startswith(exchange.prefix))
    for words, counts in (("accepted", ids), ("sent", sends)):
        for client_id, count in counts.items():
            if count > 1:
                yield Difference(DOUBLED, f"order {client_id} was {words} {count} times")
    for client_id in sends.keys() - ids.keys() - _may_have_been_sent(own, sends):
        yield Difference(LOST, f"order {client_id} was sent without a committed SENDING")


def _may_have_been_sent(own: OwnBook, sends: Iterable[str]) -> set[str]:
    """A restored backup, which adopted orders tell of, does not know what it sent and was refused."""
    rows = {row.client_order_id: row.was_sending or row.adopted for row in own.orders}
    is_restored = any(row.adopted for row in own.orders)
    return {client_id for client_id in sends if rows.get(client_id, is_restored)}


def _find_rivals(own: OwnBook) -> Iterator[Difference]:
    """I3, and one open trade for each bot and symbol."""
    entries = [row for row in own.orders if row.leg == "entry" and row.status in UNRESOLVED]
    trades = [trade for trade in own.trades if trade.status == "OPEN"]
    for what, rows in (("unresolved entries", entries), ("open trades", trades)):
        for (bot, symbol), count in Counter((row.bot_id, row.symbol) for row in rows).items():
            if count > 1:
                yield Difference(DOUBLED, f"bot {bot} has {count} {what} in {symbol}")


def _compare_fills(exchange: ExchangeBook, own: OwnBook) -> Iterator[Difference]:
    """I2: order by order the same executions; ours have ids of their own each."""
    for fill_id, count in Counter(fill.id for fill in own.fills).items():
        if count > 1:
            yield Difference(MISCOUNTED, f"fill {fill_id} was counted {count} times")
    client_ids = {order.id: order.client_order_id for order in exchange.ours}
    theirs = _by_order(
        (client_ids[fill.order_id], fill) for fill in exchange.fills if fill.order_id in client_ids
    )
    rows = {row.pk: row.client_order_id for row in own.orders}
    ours = _by_order((rows.get(fill.order_pk, f"#{fill.order_pk}"), fill) for fill in own.fills)
    for client_id in theirs.keys() | ours.keys():
        missing, invented = theirs[client_id] - ours[client_id], ours[client_id] - theirs[client_id]
        for words, fills in (("a fill is missing", missing), ("a fill never happened", invented)):
            for fill in fills.elements():
                yield Difference(MISCOUNTED, f"order {client_id}: {words}: {' '.join(map(str, fill))}")


def _by_order(
    fills: Iterable[tuple[str, ExchangeFill | OwnFill]],
) -> defaultdict[str, Counter[tuple[object, ...]]]:
    found: defaultdict[str, Counter[tuple[object, ...]]] = defaultdict(Counter)
    for client_id, fill in fills:
        found[client_id][(fill.side, fill.price, fill.quantity, fill.fee, fill.fee_asset, fill.time_ms)] += 1
    return found


def _compare_trades(exchange: ExchangeBook, own: OwnBook) -> Iterator[Difference]:
    """I6, from the exchange's fills and not from ours; and no fill outside of a trade."""
    trade_of = {row.client_order_id: row.trade_id for row in own.orders}
    names = {order.id: order.client_order_id for order in exchange.ours}
    fills: defaultdict[int | None, list[ExchangeFill]] = defaultdict(list)
    for fill in exchange.fills:
        if fill.order_id in names:
            fills[trade_of.get(names[fill.order_id])].append(fill)
    for fill in fills.pop(None, []):
        yield Difference(
            MISCOUNTED, f"order {names[fill.order_id]}: a fill of {fill.quantity} is in no trade"
        )
    for trade in own.trades:
        yield from _compare_trade(trade, fills[trade.pk])


def _compare_trade(trade: OwnTrade, fills: Sequence[ExchangeFill]) -> Iterator[Difference]:
    base, quote = trade.symbol.split("/")
    held = _net(fills, base)
    paid = sum((_spent(fill, quote) for fill in fills if fill.side == "BUY"), ZERO)
    received = sum((-_spent(fill, quote) for fill in fills if fill.side == "SELL"), ZERO)
    figures = (("held", held, trade.held), ("cost", paid, trade.cost), ("proceeds", received, trade.proceeds))
    for name, theirs, ours in figures:
        if theirs != ours:
            yield Difference(MISCOUNTED, f"trade {trade.pk}: {name} is {ours}, its fills make {theirs}")


def _net(fills: Iterable[ExchangeFill], base: str) -> Decimal:
    """What these fills leave of the base asset."""
    signed = (fill.quantity if fill.side == "BUY" else -fill.quantity for fill in fills)
    return sum(signed, ZERO) - sum((fill.fee for fill in fills if fill.fee_asset == base), ZERO)


def _spent(fill: ExchangeFill, quote: str) -> Decimal:
    """What a fill took of the quote asset; negative for a sale."""
    notional = fill.price * fill.quantity
    return (notional if fill.side == "BUY" else -notional) + (fill.fee if fill.fee_asset == quote else ZERO)


def _find_repeated_legs(exchange: ExchangeBook) -> Iterator[Difference]:
    """A bot holds one trade in a symbol: it buys, sells what it holds, and only then buys again.

    Fees and lot sizes leave a little of every purchase unsold; it is set aside with each sale, or it would add up.
    """
    balance: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in sorted(exchange.ours, key=lambda order: (order.created_ms, int(order.id))):
        # The characters after the prefix name the bot.
        place = (order.client_order_id[len(exchange.prefix) :][:5], order.symbol)
        if not order.executed:
            continue
        if order.side == "BUY" and balance[place]:
            yield Difference(DOUBLED, f"{_name(order)} bought again while {balance[place]} was held")
        balance[place] += order.executed if order.side == "BUY" else -order.executed
        if balance[place] < 0:
            yield Difference(DOUBLED, f"{_name(order)} sold {-balance[place]} more than was bought")
        if balance[place] < order.executed * LEFT_OVER:
            balance[place] = ZERO


def _compare_balances(exchange: ExchangeBook) -> Iterator[Difference]:
    """The exchange's own books must add up, or nothing that was compared with them means anything."""
    amounts: dict[str, Decimal] = dict(exchange.deposits)
    for fill in exchange.fills:
        for asset, change in _changes(fill):
            amounts[asset] = amounts.get(asset, ZERO) + change
    for asset in amounts.keys() | exchange.balances.keys():
        should, is_there = amounts.get(asset, ZERO), exchange.balances.get(asset, ZERO)
        if should != is_there:
            yield Difference(MISCOUNTED, f"{is_there} {asset} on the account, its fills leave {should}")


def _changes(fill: ExchangeFill) -> Iterator[tuple[str, Decimal]]:
    base, quote = _assets(fill.symbol)
    sign = 1 if fill.side == "BUY" else -1
    yield base, sign * fill.quantity
    yield quote, -sign * fill.price * fill.quantity
    yield fill.fee_asset, -fill.fee


def _assets(symbol: str) -> tuple[str, str]:
    """Base and quote of the exchange's own spelling, such as BTCUSDT."""
    quote = next(quote for quote in ("USDT", "BRL") if symbol.endswith(quote))
    return symbol.removesuffix(quote), quote


def _name(order: ExchangeOrder) -> str:
    return f"{order.side} order {order.client_order_id}"
