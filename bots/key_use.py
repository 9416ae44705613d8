"""Whether an exchange key is needed by a bot; registered with `users.key_usage`, which knows no bots."""

from bots.models import BotConfiguration, BotStatus
from trades.domain import UNRESOLVED_VALUES, TradeStatus
from trades.models import Order, Trade
from users.models import ExchangeAPIKey


def is_key_needed(key: ExchangeAPIKey) -> bool:
    """By an active bot, an open trade, or an order whose end is not known yet."""
    return (
        BotConfiguration.objects.filter(exchange_key=key, status=BotStatus.ACTIVE, deleted_at=None).exists()
        or Trade.objects.filter(exchange_key=key, status=TradeStatus.OPEN.value).exists()
        or Order.objects.filter(exchange_key=key, status__in=UNRESOLVED_VALUES).exists()
    )
