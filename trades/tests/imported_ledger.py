"""An exchange's orders and fills of one bot and symbol, reported to the real import in any pieces a test likes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from itertools import count

from bots.models import BotConfiguration
from exchanges.domain import ExchangeFill, ExchangeOrder, ExchangeOrderStatus, Liquidity, OrderType, Side
from trades import lease
from trades.domain import Leg, OrderStatus, TradeStatus
from trades.imports import import_order
from trades.models import Order, Trade
from trades.tests.fake_exchange import AT
from trades.tests.plain_model import PlainFill, add_up

LOT = Decimal("0.001")
QUOTE, THIRD = "USDT", "BNB"
FEE_RATE_OF_THIRD = Decimal("5.4")
_numbers = count(1)


@dataclass
class Placed:
    """One order as the exchange has it. It ends when no more fills are to come; `hasty`, the exchange says so sooner."""

    number: str
    pk: int
    client_order_id: str
    side: Side
    quantity: Decimal
    fills: list[ExchangeFill] = field(default_factory=list)
    canceled: bool = False
    hasty: bool = False

    def answer(self, symbol: str, known: int) -> ExchangeOrder:
        """What the exchange said of it when it had executed its first `known` parts."""
        filled = sum((fill.quantity for fill in self.fills[:known]), Decimal(0))
        ended = ExchangeOrderStatus.CANCELED if self.canceled else ExchangeOrderStatus.FILLED
        moving = ExchangeOrderStatus.PARTIAL if known else ExchangeOrderStatus.OPEN
        return ExchangeOrder(
            exchange_order_id=self.number,
            client_order_id=self.client_order_id,
            symbol=symbol,
            side=self.side,
            type=OrderType.MARKET,
            status=ended if known == len(self.fills) or (self.hasty and known) else moving,
            quantity=self.quantity,
            filled_quantity=filled,
            created_at=AT,
        )


class ImportedLedger:
    """A bot in a market of its own, so that several do not meet. `reported` are the fills that were told, by order."""

    def __init__(self, template: BotConfiguration) -> None:
        number = next(_numbers)
        self.base = f"C{number}"
        self.symbol = f"{self.base}/{QUOTE}"
        self.bot = BotConfiguration.objects.create(
            owner_id=template.owner_id,
            exchange_key_id=template.exchange_key_id,
            name=f"bot {number}",
            symbols=[self.symbol],
            capital=100,
        )
        self.now = AT + timedelta(days=1)
        held = lease.take(self.bot.pk, self.now)
        assert held is not None
        self.held = held
        self.placed: list[Placed] = []
        self.reported: dict[str, set[str]] = {}
        self.executed_at = AT

    def place(self, side: Side, quantity: Decimal, trade: Trade | None) -> Placed:
        """An acknowledged order of which nothing is known yet."""
        number = str(next(_numbers))
        order = Order.objects.create(
            owner_id=self.bot.owner_id,
            bot=self.bot,
            exchange_key_id=self.bot.exchange_key_id,
            trade=trade,
            symbol=self.symbol,
            base=self.base,
            quote=QUOTE,
            lot_size=LOT,
            side=side.value,
            type="market",
            leg=(Leg.ENTRY if side is Side.BUY else Leg.EXIT).value,
            reason="below_average" if side is Side.BUY else "take_profit",
            status=OrderStatus.OPEN.value,
            quantity=quantity,
            reference_price=1,
            client_order_id=f"cdmtests1{number}",
            exchange_order_id=number,
            decision_key=number,
            lease_token=self.held.token,
            lease_until=self.now,
            display_currency="BRL",
            created_at=AT,
        )
        one = Placed(number, order.pk, order.client_order_id, side, quantity)
        self.placed.append(one)
        self.reported[number] = set()
        return one

    def execute(self, placed: Placed, prices: list[Decimal], fee_rate: Decimal, fee_asset: str) -> None:
        """Fill an order in as many parts as there are prices, each a whole number of lots."""
        lots = int(placed.quantity / LOT)
        for index, price in enumerate(prices[:lots]):
            last = index == min(len(prices), lots) - 1
            part = lots // len(prices[:lots])
            size = placed.quantity - part * index * LOT if last else part * LOT
            placed.fills.append(self._fill(placed, price, size, fee_rate, fee_asset))

    def _fill(
        self, placed: Placed, price: Decimal, size: Decimal, fee_rate: Decimal, fee_asset: str
    ) -> ExchangeFill:
        asset = self.base if fee_asset == "base" else fee_asset
        fee = (size if asset == self.base else size * price) * fee_rate
        self.executed_at += timedelta(milliseconds=7)
        return ExchangeFill(
            exchange_fill_id=str(next(_numbers)),
            exchange_order_id=placed.number,
            symbol=self.symbol,
            side=placed.side,
            price=price,
            quantity=size,
            fee=fee.quantize(Decimal("1e-8"), ROUND_DOWN),
            fee_asset=asset,
            liquidity=Liquidity.TAKER,
            executed_at=self.executed_at,
        )

    def report(self, placed: Placed, known: int, fills: Iterable[ExchangeFill]) -> None:
        """Import what the exchange said when it had executed `known` parts, with these of its fills."""
        told = list(fills)
        self.now += timedelta(milliseconds=1)
        order = Order.objects.select_related("exchange_key", "trade").get(pk=placed.pk)
        import_order(order, placed.answer(self.symbol, known), told, self.held, self.now)
        self.reported[placed.number].update(fill.exchange_fill_id for fill in told)

    def report_all(self, placed: Placed) -> None:
        self.report(placed, len(placed.fills), placed.fills)

    def order(self, placed: Placed) -> Order:
        return Order.objects.get(pk=placed.pk)

    def trades(self) -> list[Trade]:
        return list(Trade.objects.filter(bot=self.bot).order_by("pk"))

    def open_trade(self) -> Trade | None:
        return Trade.objects.filter(bot=self.bot, status=TradeStatus.OPEN.value).first()

    def told_fills(self, placed: Iterable[Placed]) -> list[PlainFill]:
        """What the model adds up: the fills of these orders that were reported so far."""
        return [
            PlainFill(
                number=int(fill.exchange_fill_id),
                buying=fill.side is Side.BUY,
                price=fill.price,
                quantity=fill.quantity,
                fee=fill.fee,
                fee_asset=fill.fee_asset,
                at=fill.executed_at,
                fee_rate=FEE_RATE_OF_THIRD,
            )
            for one in placed
            for fill in one.fills
            if fill.exchange_fill_id in self.reported[one.number]
        ]

    def expected(self, trade: Trade) -> dict[str, Fraction | None]:
        """A trade's columns by the model, from the orders that belong to it."""
        numbers = set(trade.orders.values_list("pk", flat=True))
        sums = vars(
            add_up(self.told_fills(one for one in self.placed if one.pk in numbers), self.base, QUOTE)
        )
        open_cost = sums.pop("open_cost")
        closed = trade.status == TradeStatus.CLOSED.value
        dust = {"dust": sums["held_quantity"], "dust_cost": open_cost}
        return {**sums, **{name: value if closed else Fraction(0) for name, value in dust.items()}}


def stored(trade: Trade, names: Iterable[str]) -> dict[str, Fraction | None]:
    values = {name: getattr(trade, name) for name in names}
    return {name: None if value is None else Fraction(value) for name, value in values.items()}
