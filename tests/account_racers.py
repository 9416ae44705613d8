"""Bots of one account that all want to spend its money at the same moment, as one process of several.

`python -m tests.account_racers START MINE` runs every second bot of each account, from number MINE on, one account after
the other from the Unix time START on. Each bot has read the same balance, which is enough for one of them. The exchange
answers nothing, so that what was sent stays in doubt and its money stays spoken for.
"""

import os
import sys
import threading
import time
from datetime import datetime
from decimal import Decimal
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")

import django

django.setup()

# Models can be imported only once Django is set up.
from django.db import close_old_connections  # noqa: E402

from bots.models import BotConfiguration  # noqa: E402
from exchanges.domain import Acknowledgement, Instrument, Side  # noqa: E402
from exchanges.errors import OrderStatusUnknown  # noqa: E402
from saas.clock import utc_now  # noqa: E402
from trades import lease  # noqa: E402
from trades.domain import Leg, OrderIntent, Reason  # noqa: E402
from trades.funds import Funds, FundsTaken, Reading  # noqa: E402
from trades.ledger import Placement, place_order  # noqa: E402
from trades.models import Order  # noqa: E402
from users.models import ExchangeAPIKey, User  # noqa: E402

BOTS = 4
FREE, NEEDED = Decimal(100), Decimal(60)
ROUND_SECONDS = 0.25
STEP = Decimal("0.001")
BTC = Instrument("BTC/USDT", "BTCUSDT", "BTC", "USDT", STEP, STEP, STEP, None, Decimal(5))


class SilentSession:
    """An exchange that does not say what became of an order."""

    def send_order(self, *_: Any, **__: Any) -> Acknowledgement:
        raise OrderStatusUnknown("no answer")


def make_accounts(rounds: int) -> None:
    owner = User.objects.create_user("racer@example.com", None)
    for number in range(rounds):
        key = ExchangeAPIKey.objects.create(
            owner=owner, exchange="binance", environment="paper", fingerprint=str(number)
        )
        for bot in range(BOTS):
            BotConfiguration.objects.create(owner=owner, name=str(bot), exchange_key=key, capital=1)


def orders_by_account() -> list[int]:
    return [Order.objects.filter(exchange_key=key).count() for key in ExchangeAPIKey.objects.order_by("pk")]


def spend(bot: BotConfiguration, read_at: datetime, errors: list[str]) -> None:
    intent = OrderIntent(
        "BTC/USDT", Side.BUY, Leg.ENTRY, Reason.BELOW_AVERAGE, Decimal("0.6"), FREE, "race", None
    )
    funds = Funds(Reading("USDT", FREE, FREE, read_at), NEEDED)
    held = lease.take(bot.pk, utc_now())
    try:
        if held is None:
            raise lease.LeaseLost
        placement = Placement(bot.pk, bot.exchange_key, BTC, "BRL")
        place_order(intent, placement, held, SilentSession(), utc_now, funds)  # type: ignore[arg-type]  # all it needs
    except FundsTaken:
        return
    except Exception as error:  # noqa: BLE001 -- whatever it is, the test has to see it
        errors.append(f"{type(error).__name__}: {error}")
    finally:
        close_old_connections()


def race(key: ExchangeAPIKey, mine: int, at: float, errors: list[str]) -> None:
    bots = list(key.bots.select_related("exchange_key").order_by("pk"))[mine::2]
    read_at = utc_now()
    time.sleep(max(at - time.time(), 0))
    threads = [threading.Thread(target=spend, args=(bot, read_at, errors)) for bot in bots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(start: float, mine: int) -> int:
    errors: list[str] = []
    for number, key in enumerate(ExchangeAPIKey.objects.order_by("pk")):
        race(key, mine, start + number * ROUND_SECONDS, errors)
    sys.stdout.write("\n".join(errors))
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2])))
