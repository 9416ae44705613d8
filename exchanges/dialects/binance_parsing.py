"""Binance's raw rows as our values. A field that is missing or not what it should be raises."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchanges.dialects.reading import exact, identifier, moment
from exchanges.domain import (
    Candle,
    ExchangeFill,
    ExchangeOrder,
    ExchangeOrderStatus,
    Execution,
    Instrument,
    Liquidity,
    OrderType,
    Permissions,
    Side,
    Ticker,
)
from exchanges.order_checks import executions

STATUSES = {
    "NEW": ExchangeOrderStatus.OPEN,
    "PENDING_NEW": ExchangeOrderStatus.OPEN,
    "PENDING_CANCEL": ExchangeOrderStatus.OPEN,
    "PARTIALLY_FILLED": ExchangeOrderStatus.PARTIAL,
    "FILLED": ExchangeOrderStatus.FILLED,
    "CANCELED": ExchangeOrderStatus.CANCELED,
    "EXPIRED": ExchangeOrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": ExchangeOrderStatus.EXPIRED,
    "REJECTED": ExchangeOrderStatus.REJECTED,
}
# A user's own orders may be of types that we never send.
TYPES = {
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.MARKET,
    "TAKE_PROFIT": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "STOP_LOSS_LIMIT": OrderType.LIMIT,
    "TAKE_PROFIT_LIMIT": OrderType.LIMIT,
}

Row = Mapping[str, Any]


def read_order(row: Row, symbol: str) -> ExchangeOrder:
    return ExchangeOrder(
        exchange_order_id=identifier(row["orderId"]),
        client_order_id=str(row["clientOrderId"]),
        symbol=symbol,
        side=Side(row["side"].lower()),
        type=TYPES[row["type"]],
        status=STATUSES[row["status"]],
        quantity=exact(row["origQty"]),
        filled_quantity=exact(row["executedQty"]),
        created_at=moment(row["time"]),
    )


def read_fill(row: Row, symbol: str) -> ExchangeFill:
    return ExchangeFill(
        exchange_fill_id=str(int(row["id"])),
        exchange_order_id=identifier(row["orderId"]),
        symbol=symbol,
        side=Side.BUY if row["isBuyer"] else Side.SELL,
        price=exact(row["price"]),
        quantity=exact(row["qty"]),
        fee=exact(row["commission"]),
        fee_asset=str(row["commissionAsset"]),
        liquidity=Liquidity.MAKER if row["isMaker"] else Liquidity.TAKER,
        executed_at=moment(row["time"]),
    )


def read_execution(row: Row, symbol: str) -> Execution:
    """From the full answer to a new order. It has one moment for all, and whatever is filled at once takes."""
    order = read_order({**row, "time": row["transactTime"]}, symbol)
    fills = (
        ExchangeFill(
            exchange_fill_id=str(int(fill["tradeId"])),
            exchange_order_id=order.exchange_order_id,
            symbol=symbol,
            side=order.side,
            price=exact(fill["price"]),
            quantity=exact(fill["qty"]),
            fee=exact(fill["commission"]),
            fee_asset=str(fill["commissionAsset"]),
            liquidity=Liquidity.TAKER,
            executed_at=order.created_at,
        )
        for fill in row["fills"]
    )
    return Execution(order, tuple(executions(fills)))


def read_permissions(row: Row) -> Permissions:
    transfers = [row[name] for name in ("enableInternalTransfer", "permitsUniversalTransfer") if name in row]
    expires = row.get("tradingAuthorityExpirationTime")
    return Permissions(
        can_trade=row.get("enableSpotAndMarginTrading"),
        can_withdraw=row.get("enableWithdrawals"),
        can_transfer=any(transfers) if transfers else None,
        ip_restricted=row.get("ipRestrict"),
        expires_at=moment(expires) if expires else None,
    )


def read_instrument(row: Row) -> Instrument:
    """Market orders have a second quantity filter; the stricter of the two holds for every order of ours."""
    filters = {rule["filterType"]: rule for rule in row["filters"]}
    lots = [filters[name] for name in ("LOT_SIZE", "MARKET_LOT_SIZE") if name in filters]
    largest = [exact(lot["maxQty"]) for lot in lots if exact(lot["maxQty"]) > 0]
    return Instrument(
        symbol=f"{row['baseAsset']}/{row['quoteAsset']}",
        exchange_symbol=str(row["symbol"]),
        base=str(row["baseAsset"]),
        quote=str(row["quoteAsset"]),
        tick_size=exact(filters["PRICE_FILTER"]["tickSize"]),
        lot_size=max(exact(lot["stepSize"]) for lot in lots),
        min_quantity=max(exact(lot["minQty"]) for lot in lots),
        max_quantity=min(largest, default=None),
        min_notional=max(
            (exact(filters[name]["minNotional"]) for name in ("NOTIONAL", "MIN_NOTIONAL") if name in filters),
            default=Decimal(0),
        ),
        active=row["status"] == "TRADING",
    )


def read_ticker(row: Row, symbol: str) -> Ticker:
    return Ticker(symbol, exact(row["bidPrice"]), exact(row["askPrice"]), exact(row["lastPrice"]))


def read_candle(row: Sequence[Any]) -> Candle:
    opened, *amounts = row[:6]
    return Candle(moment(opened), *(exact(amount) for amount in amounts))
