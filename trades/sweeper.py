"""Recovery apart from the bots' runs: for bots that are stopped, paused, or whose worker died."""

from collections.abc import Callable
from datetime import datetime

from exchanges.errors import ExchangeError
from exchanges.rate_budget import Purpose, asking
from trades import lease
from trades.models import Order
from trades.recovery import KeyUnreadable, abandon_unsent, hold_order, orders_to_recover, recover_order
from users.encryption import CredentialsUnreadable
from users.keys import open_key_session

Clock = Callable[[], datetime]


def bots_to_recover(now: datetime) -> list[int]:
    """The bots that have orders to ask about now, those whose worker died included."""
    lease.release_orphans(now)
    return sorted(set(orders_to_recover(now).values_list("bot_id", flat=True)))


def recover_bot(bot_id: int, clock: Clock) -> int:
    """Recover one bot's open orders, unless somebody runs it now; how many were looked at."""
    held = lease.take(bot_id, clock())
    if held is None:
        return 0
    try:
        return recover_held_bot(held, clock)
    except lease.LeaseLost:
        return 0
    finally:
        lease.release(held)


@asking(Purpose.RECOVERY)
def recover_held_bot(held: lease.Held, clock: Clock) -> int:
    """Recover a bot whose lease the caller holds. An exchange that cannot be asked holds its orders."""
    orders = list(orders_to_recover(clock()).filter(bot_id=held.bot_id))
    to_ask = abandon_unsent(orders, held, clock())
    for key_id in sorted({order.exchange_key_id for order in to_ask}):
        _recover_key_orders([order for order in to_ask if order.exchange_key_id == key_id], held, clock)
    return len(orders)


def _recover_key_orders(orders: list[Order], held: lease.Held, clock: Clock) -> None:
    try:
        session = open_key_session(orders[0].exchange_key)
    except (CredentialsUnreadable, ExchangeError) as error:
        reason = error if isinstance(error, ExchangeError) else KeyUnreadable("the key cannot be decrypted")
        for order in orders:
            hold_order(order, held, reason, clock())
        return
    with session:
        for order in orders:
            recover_order(order, held, session, clock)
