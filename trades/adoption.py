"""Orders of ours that the ledger does not know: what a restored backup leaves behind.

Every order is in the ledger before its exchange hears of it, so an order at the exchange with this installation's prefix
and no row here means that rows were lost. It is adopted with its fills, the owner and the operator are told, and the key's
entries halt. Orders without our prefix are the user's own and are never touched.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import Model

from exchanges.domain import ExchangeOrder, Side
from exchanges.errors import ExchangeError
from exchanges.gateway import Session
from exchanges.instruments import get_instruments
from trades import lease
from trades.domain import Leg, OrderStatus, Reason, TradeStatus
from trades.durability import durable_transaction
from trades.imports import import_order
from trades.ledger import CLIENT_ORDER_ID_BOT, client_order_prefix
from trades.models import Order, Trade
from trades.signals import ledger_event
from users.encryption import CredentialsUnreadable
from users.keys import halt_key, open_key_session
from users.models import ExchangeAPIKey, KeyState

LOOK_BACK = timedelta(hours=24)

Clock = Callable[[], datetime]

logger = logging.getLogger(__name__)


def keys_to_search() -> list[int]:
    """The keys that have ever placed an order and still work."""
    used = Order.objects.values("exchange_key_id")
    keys = ExchangeAPIKey.objects.filter(pk__in=used, state=KeyState.VALID, deleted_at=None)
    return list(keys.values_list("pk", flat=True))


def adopt_lost_orders(key_id: int, clock: Clock) -> int:
    """Look through one key's recent orders; how many were adopted. An exchange that does not answer is asked next time."""
    key = ExchangeAPIKey.objects.filter(pk=key_id, state=KeyState.VALID, deleted_at=None).first()
    if key is None:
        return 0
    try:
        with open_key_session(key) as session:
            return sum(_adopt(key, order, session, clock) for order in _lost_orders(key, session, clock()))
    except (CredentialsUnreadable, ExchangeError) as error:
        logger.info("lost orders not looked for: %s", error)
        return 0


def _lost_orders(key: ExchangeAPIKey, session: Session, now: datetime) -> Iterable[ExchangeOrder]:
    symbols = Order.objects.filter(exchange_key=key).values_list("symbol", flat=True).distinct().order_by()
    for symbol in symbols:
        ours = {
            order.client_order_id: order
            for order in session.list_orders(symbol, now - LOOK_BACK)
            if order.client_order_id.startswith(client_order_prefix())
        }
        known = Order.objects.filter(exchange_key=key, client_order_id__in=ours)
        for client_order_id in ours.keys() - set(known.values_list("client_order_id", flat=True)):
            yield ours[client_order_id]


def _adopt(key: ExchangeAPIKey, found: ExchangeOrder, session: Session, clock: Clock) -> bool:
    """Make the row that is missing and import what is known of it; False if the bot is busy or unknown."""
    halt_key(key, "order_adopted", clock())
    bot = _bot_of(key, found)
    held = lease.take(bot.pk, clock()) if bot is not None else None
    if bot is None or held is None:
        logger.error("an order of ours is not in the ledger: key=%s order=%s", key.pk, found.client_order_id)
        return False
    try:
        order = _insert(key, bot.pk, found, held, clock())
        import_order(
            order, found, session.list_order_fills(found.symbol, found.exchange_order_id), held, clock()
        )
    except lease.LeaseLost:
        return False
    finally:
        lease.release(held)
    ledger_event.send(Order, order=order, kind="order_adopted", details={})
    return True


def _bot_of(key: ExchangeAPIKey, found: ExchangeOrder) -> Model | None:
    """The bot that the client order id names, if the ledger still has it and it is this owner's."""
    model = apps.get_model("bots", "BotConfiguration")
    number = int(found.client_order_id[CLIENT_ORDER_ID_BOT], 36)
    bot: Model | None = model.objects.filter(pk=number, owner_id=key.owner_id).first()
    return bot


def _insert(key: ExchangeAPIKey, bot_id: int, found: ExchangeOrder, held: lease.Held, now: datetime) -> Order:
    instrument = get_instruments(key.venue)[found.symbol]
    open_trade = Trade.objects.filter(bot_id=bot_id, symbol=found.symbol, status=TradeStatus.OPEN.value)
    leg = Leg.ENTRY if found.side is Side.BUY else Leg.EXIT
    with durable_transaction():
        lease_until = lease.fence(held, now)
        return Order.objects.create(
            owner_id=key.owner_id,
            bot_id=bot_id,
            exchange_key=key,
            trade=open_trade.first(),
            symbol=found.symbol,
            base=instrument.base,
            quote=instrument.quote,
            lot_size=instrument.lot_size,
            side=found.side.value,
            type=found.type.value,
            leg=leg.value,
            reason=Reason.ADOPTED.value,
            status=OrderStatus.OPEN.value,
            quantity=found.quantity,
            reference_price=0,
            client_order_id=found.client_order_id,
            exchange_order_id=found.exchange_order_id,
            decision_key=f"adopted|{found.client_order_id}",
            lease_token=held.token,
            lease_until=lease_until,
            display_currency=key.owner.display_currency,
            created_at=found.created_at,
        )
