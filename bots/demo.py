"""The demo: one user with a paper account and an active bot, so that a first start trades without a click.

Never in production: `settings.DEMO` is off there, and `prepare_demo` refuses to work without it.
"""

import logging
from decimal import Decimal

from django.conf import settings

from bots.models import BotConfiguration
from bots.services import start_bot
from saas.clock import utc_now
from users.keys import check_key, open_paper_key
from users.models import Currency, ExchangeAPIKey, KeyState, User

logger = logging.getLogger(__name__)

DEMO_SYMBOLS = [
    f"{asset}/USDT" for asset in ("BTC", "ETH", "SOL", "BNB", "XRP", "ADA", "DOGE", "LINK", "AVAX", "LTC")
]
DEMO_BOT = {
    "name": "Demo",
    "symbols": DEMO_SYMBOLS,
    "strategy": "buy_below_average",
    "parameters": {
        "timeframe": "1m",
        "window": 20,
        "threshold_percent": "0.1",
        "exit_at_average": False,
    },
    "capital": Decimal(5_000),
    "capital_currency": Currency.BRL,
    "interval_seconds": 1,
    "max_open_trades": 5,
    "take_profit_percent": Decimal("0.4"),
    "stop_loss_percent": Decimal(2),
}


class DemoForbidden(Exception):
    """There is no demo in production."""


def prepare_demo() -> BotConfiguration:
    """Make what of the demo is missing, and start its bot when it was just made; the same again changes nothing.

    Raises DemoForbidden, and AppError while the paper exchange does not answer.
    """
    if not settings.DEMO:
        raise DemoForbidden
    user = _demo_user()
    key = _demo_key(user)
    bot: BotConfiguration | None = BotConfiguration.objects.owned_by(user).first()
    if bot is None:
        bot = BotConfiguration.objects.create(owner=user, exchange_key=key, **DEMO_BOT)
    if not bot.events.exists():
        # Never started yet: it was just made, or the exchange was away when it was.
        bot = start_bot(bot, utc_now())
        logger.info("demo bot started user=%s bot=%s", user.pk, bot.pk)
    return bot


def _demo_user() -> User:
    found = User.objects.filter(email=settings.DEMO_EMAIL).first()
    if found is not None and found.check_password(settings.DEMO_PASSWORD):
        return found
    if found is None:
        return User.objects.create_user(settings.DEMO_EMAIL, settings.DEMO_PASSWORD)
    # The password that `up` prints is the one of `.env`.
    found.set_password(settings.DEMO_PASSWORD)
    found.save(update_fields=["password"])
    return found


def _demo_key(user: User) -> ExchangeAPIKey:
    keys = ExchangeAPIKey.objects.owned_by(user).filter(deleted_at=None, environment="paper")
    key: ExchangeAPIKey | None = keys.first()
    if key is None:
        key = open_paper_key(user, "binance", "Demo", utc_now())
    return key if key.state == KeyState.VALID else check_key(key, utc_now())
