"""Orders of ours that the ledger does not know: what a restored backup leaves behind.

Every order is in the ledger before its exchange hears of it, so an order at the exchange with this installation's prefix
and no row here means that rows were lost. It is adopted with its fills, the owner and the operator are told, and the key's
entries halt. Orders without our prefix are the user's own and are never touched.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Model, Q, QuerySet

from exchanges.domain import ExchangeOrder, Side
from exchanges.errors import ExchangeError
from exchanges.gateway import Session
from exchanges.instruments import get_instruments
from exchanges.rate_budget import Purpose, asking
from trades import lease
from trades.domain import Leg, OrderStatus, Reason, TradeStatus
from trades.durability import durable_transaction
from trades.imports import import_order
from trades.ledger import bot_number_of
from trades.models import Order, Trade
from trades.signals import ledger_event
from users.encryption import CredentialsUnreadable
from users.keys import halt_key, open_key_session
from users.models import ExchangeAPIKey, KeyState

# A day, less what a request may take: of a whole day and a moment more, Binance is asked in two requests of 20 each.
LOOK_BACK = timedelta(hours=24) - timedelta(minutes=1)
HALT_REASON = "order_adopted"

Clock = Callable[[], datetime]

# Bot and symbol of every search before a first order in this process.
_searched: set[tuple[int, str]] = set()

logger = logging.getLogger(__name__)


def keys_to_search(minute: int) -> list[int]:
    """Of the keys that have ever placed an order and still work, those whose turn it is in this minute of the hour.

    A key whose ledger was found short is searched every minute until somebody has looked: its other bots enter nothing
    while it is halted, and so would not notice what they hold.
    """
    used = Order.objects.values("exchange_key_id")
    keys = ExchangeAPIKey.objects.filter(state=KeyState.VALID, deleted_at=None)
    rows = keys.filter(Q(pk__in=used) | Q(halt_reason=HALT_REASON)).values_list("pk", "halt_reason")
    return [pk for pk, reason in rows if pk % 60 == minute or reason == HALT_REASON]


@asking(Purpose.AUDIT)
def adopt_lost_orders(key_id: int, clock: Clock) -> int:
    """Look through one key's recent orders; how many were adopted. An exchange that does not answer is asked next time."""
    key = ExchangeAPIKey.objects.filter(pk=key_id, state=KeyState.VALID, deleted_at=None).first()
    if key is None:
        return 0
    try:
        with open_key_session(key) as session:
            found = (_find_lost(key, symbol, session, clock) for symbol in _symbols_of(key))
            return sum(_adopt_all(key, lost, session, clock) for lost in found)
    except (CredentialsUnreadable, ExchangeError) as error:
        logger.info("lost orders not looked for: %s", error)
        return 0


def _symbols_of(key: ExchangeAPIKey) -> list[str]:
    """What was ever ordered with a key, and what its bots may have ordered since: the first order can be the lost one."""
    ordered = Order.objects.filter(exchange_key=key).values_list("symbol", flat=True).distinct().order_by()
    wanted = _bots().filter(exchange_key=key).values_list("symbols", flat=True)
    return sorted({*ordered, *(symbol for symbols in wanted for symbol in symbols)})


def search_before_first_order(
    key: ExchangeAPIKey, symbol: str, held: lease.Held, session: Session, clock: Clock
) -> int:
    """Before this process sends a bot's first order for a symbol: does the ledger know all that went before?

    A backup is restored while nothing runs, so one look per start is enough. Returns how many orders were not known; the
    position is another one then, and what was decided is void. Raises ExchangeError, and nothing may be sent.
    """
    if (held.bot_id, symbol) in _searched:
        return 0
    lost = _find_lost(key, symbol, session, clock)
    for order in lost:
        if bot_number_of(order.client_order_id) == held.bot_id:
            _adopt(key, order, held, session, clock)
    _searched.add((held.bot_id, symbol))
    return len(lost)


def search_before_correcting(
    key: ExchangeAPIKey, symbols: Iterable[str], session: Session, clock: Clock
) -> int:
    """Before coins are called missing: of how many symbols the ledger lacks orders that may have sold them.

    They are adopted, unless their bot is busy or unknown. Raises ExchangeError, and nothing may be corrected.
    """
    found = [lost for symbol in symbols if (lost := _find_lost(key, symbol, session, clock))]
    for lost in found:
        _adopt_all(key, lost, session, clock)
    return len(found)


def _find_lost(key: ExchangeAPIKey, symbol: str, session: Session, clock: Clock) -> list[ExchangeOrder]:
    """The lost orders of a symbol; the key's entries are halted if there is one."""
    lost = _lost_orders(key, symbol, session, clock())
    if lost:
        halt_key(key, HALT_REASON, clock())
    return lost


def _adopt_all(key: ExchangeAPIKey, lost: Sequence[ExchangeOrder], session: Session, clock: Clock) -> int:
    by_bot: dict[int | None, list[ExchangeOrder]] = {}
    for order in lost:
        by_bot.setdefault(bot_number_of(order.client_order_id), []).append(order)
    return sum(_adopt_for_bot(key, number, orders, session, clock) for number, orders in by_bot.items())


def _lost_orders(key: ExchangeAPIKey, symbol: str, session: Session, now: datetime) -> list[ExchangeOrder]:
    """What the exchange has of ours and the ledger has not, in the order of its making: an exit needs its entry."""
    ours = [
        order
        for order in session.list_orders(symbol, now - LOOK_BACK)
        if bot_number_of(order.client_order_id) is not None
    ]
    known = known_orders(key, [order.client_order_id for order in ours])
    lost = [order for order in ours if order.client_order_id not in known]
    return sorted(
        lost, key=lambda order: (order.created_at, len(order.exchange_order_id), order.exchange_order_id)
    )


def known_orders(key: ExchangeAPIKey, client_order_ids: Collection[str]) -> frozenset[str]:
    """Of these, the ones that are in the ledger, be it with another key of the same account."""
    own = Order.objects.filter(exchange_key=key, client_order_id__in=client_order_ids)
    known = frozenset(own.values_list("client_order_id", flat=True))
    others = set(client_order_ids) - known
    if not others:
        return known
    venue = {"exchange_key__exchange": key.exchange, "exchange_key__environment": key.environment}
    elsewhere = Order.objects.filter(client_order_id__in=others, **venue)
    return known.union(elsewhere.values_list("client_order_id", flat=True))


def _adopt_for_bot(
    key: ExchangeAPIKey, number: int | None, orders: list[ExchangeOrder], session: Session, clock: Clock
) -> int:
    """All of a bot's, or none while it is busy or unknown: an exit without its entry would be nobody's."""
    bot = _bot_of(key, number)
    held = lease.take(bot.pk, clock()) if bot is not None else None
    if held is None:
        names = ", ".join(order.client_order_id for order in orders)
        logger.error("orders of ours are not in the ledger: key=%s orders=%s", key.pk, names)
        return 0
    try:
        for order in orders:
            _adopt(key, order, held, session, clock)
    except lease.LeaseLost:
        return 0
    finally:
        lease.release(held)
    return len(orders)


def _adopt(
    key: ExchangeAPIKey, found: ExchangeOrder, held: lease.Held, session: Session, clock: Clock
) -> None:
    """Make the row that is missing and import what is known of it; what the ledger's constraints forbid stays unknown."""
    try:
        order = _insert(key, held.bot_id, found, held, clock())
    except IntegrityError as error:
        name = found.client_order_id
        logger.error("an order of ours cannot be adopted: key=%s order=%s %s", key.pk, name, error)
        return
    fills = session.list_order_fills(found.symbol, found.exchange_order_id)
    import_order(order, found, fills, held, clock())
    ledger_event.send(Order, order=order, kind="order_adopted", details={})


def _bots() -> QuerySet[Any]:
    """The model above this app, found without importing it."""
    found: QuerySet[Any] = apps.get_model("bots", "BotConfiguration")._default_manager.all()
    return found


def _bot_of(key: ExchangeAPIKey, number: int | None) -> Model | None:
    """The bot that a client order id names, if the ledger still has it and it is this owner's."""
    bot: Model | None = _bots().filter(pk=number, owner_id=key.owner_id).first()
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
