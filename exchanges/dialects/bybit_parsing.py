"""Bybit's raw rows as our values. A field that is missing or not what it should be raises."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from exchanges.dialects.reading import exact, exact_or_zero, identifier, moment
from exchanges.domain import (
    Balance,
    Candle,
    ExchangeFill,
    ExchangeOrder,
    ExchangeOrderStatus,
    Instrument,
    Liquidity,
    OrderType,
    Permissions,
    Side,
    Ticker,
)

STATUSES = {
    "Created": ExchangeOrderStatus.OPEN,
    "New": ExchangeOrderStatus.OPEN,
    "Active": ExchangeOrderStatus.OPEN,
    "Untriggered": ExchangeOrderStatus.OPEN,
    "Triggered": ExchangeOrderStatus.OPEN,
    "PendingCancel": ExchangeOrderStatus.OPEN,
    "PartiallyFilled": ExchangeOrderStatus.PARTIAL,
    "PartiallyFilledCanceled": ExchangeOrderStatus.CANCELED,
    "Filled": ExchangeOrderStatus.FILLED,
    "Cancelled": ExchangeOrderStatus.CANCELED,
    "Deactivated": ExchangeOrderStatus.CANCELED,
    "Rejected": ExchangeOrderStatus.REJECTED,
}
TRANSFERS = frozenset({"AccountTransfer", "SubMemberTransfer", "SubMemberTransferList"})

Row = Mapping[str, Any]


def read_order(row: Row, symbol: str) -> ExchangeOrder:
    return ExchangeOrder(
        exchange_order_id=identifier(row["orderId"]),
        client_order_id=str(row["orderLinkId"]),
        symbol=symbol,
        side=Side(row["side"].lower()),
        type=OrderType(row["orderType"].lower()),
        status=STATUSES[row["orderStatus"]],
        quantity=exact(row["qty"]),
        filled_quantity=exact_or_zero(row["cumExecQty"]),
        created_at=moment(row["createdTime"]),
    )


def read_fills(rows: Iterable[Row], symbol: str) -> list[ExchangeFill]:
    """Oldest first; Bybit lists the newest first, window by window."""
    fills = [read_fill(row, symbol) for row in rows if is_trade(row)]
    return sorted(fills, key=lambda fill: fill.executed_at)


def is_trade(row: Row) -> bool:
    """Funding and settlement rows are no executions of an order; a classic account leaves the type empty."""
    return row.get("execType") in ("Trade", "", None)


def read_fill(row: Row, symbol: str) -> ExchangeFill:
    side = Side(row["side"].lower())
    fee = exact_or_zero(row["execFee"])
    return ExchangeFill(
        exchange_fill_id=identifier(row["execId"]),
        exchange_order_id=identifier(row["orderId"]),
        symbol=symbol,
        side=side,
        price=exact(row["execPrice"]),
        quantity=exact(row["execQty"]),
        fee=fee,
        fee_asset=row.get("feeCurrency")
        or row.get("feeCoin")
        or received_asset(symbol, side, rebate=fee < 0),
        liquidity=Liquidity.MAKER if row["isMaker"] else Liquidity.TAKER,
        executed_at=moment(row["execTime"]),
    )


def received_asset(symbol: str, side: Side, *, rebate: bool) -> str:
    """Spot fees come out of what is received; a rebate is paid in what is given."""
    base, quote = symbol.split("/")
    return base if (side == Side.BUY) != rebate else quote


def read_balance(coin: Row) -> Balance:
    locked = exact_or_zero(coin["locked"])
    return Balance(str(coin["coin"]), exact_or_zero(coin["walletBalance"]) - locked, locked)


def read_permissions(row: Row) -> Permissions:
    granted = row["permissions"]
    wallet = frozenset(granted.get("Wallet") or ())
    addresses = frozenset(row.get("ips") or ())
    return Permissions(
        can_trade=not int(row["readOnly"]) and "SpotTrade" in (granted.get("Spot") or ()),
        can_withdraw="Withdraw" in wallet,
        can_transfer=bool(wallet & TRANSFERS),
        ip_restricted=bool(addresses - {"*"}),
        expires_at=read_expiry(str(row.get("expiredAt") or "")),
    )


def read_expiry(text: str) -> datetime | None:
    """A key that never expires has no date, or the epoch's."""
    if not text:
        return None
    expires = datetime.fromisoformat(text).astimezone(UTC)
    return expires if expires.year > 1970 else None


def read_instrument(row: Row) -> Instrument:
    lot = row["lotSizeFilter"]
    largest = [exact(lot[name]) for name in ("maxOrderQty", "maxMarketOrderQty") if lot.get(name)]
    return Instrument(
        symbol=f"{row['baseCoin']}/{row['quoteCoin']}",
        exchange_symbol=str(row["symbol"]),
        base=str(row["baseCoin"]),
        quote=str(row["quoteCoin"]),
        tick_size=exact(row["priceFilter"]["tickSize"]),
        lot_size=exact(lot["basePrecision"]),
        min_quantity=exact_or_zero(lot["minOrderQty"]),
        max_quantity=min((amount for amount in largest if amount > 0), default=None),
        min_notional=exact_or_zero(lot["minOrderAmt"]),
        active=row["status"] == "Trading",
    )


def read_ticker(row: Row, symbol: str) -> Ticker:
    """A side of the book that is empty has no price."""
    return Ticker(
        symbol, exact_or_zero(row["bid1Price"]), exact_or_zero(row["ask1Price"]), exact(row["lastPrice"])
    )


def read_candle(row: Sequence[Any]) -> Candle:
    opened, *amounts = row[:6]
    return Candle(moment(opened), *(exact(amount) for amount in amounts))
