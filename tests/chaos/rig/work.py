"""What children do: the real engine, sweeper and search for lost orders, and the rows that these need."""

from collections.abc import Sequence
from decimal import Decimal

from bots import engine
from bots.models import BotConfiguration, BotStatus
from exchanges import rate_budget
from exchanges.credentials import Credentials
from saas.redis import get_redis
from tests.chaos.rig.lab import SYMBOL, Lab, Subject
from trades import adoption, sweeper
from trades.domain import UNRESOLVED_VALUES, TradeStatus
from trades.ledger import request_cancel
from trades.models import Fill, Order, Trade
from users.encryption import encrypt_credentials, fingerprints
from users.keys import check_key
from users.models import ExchangeAPIKey, KeyState, User

INTERVAL_SECONDS = 60
CAPITAL = Decimal(3_000)  # more than the best price offers, so that every order has several fills
# The lease, the exchange's delay and the third look are over after these; what is held is asked less often.
ROUND_SECONDS = (0, 50, 7, 7, 16, 20, 30, 50, 120, 150)


def make_owner() -> int:
    return User.objects.create_user("alice@example.com", None).pk


def make_bots(lab: Lab, accounts: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    """A key and a bot for each account: (key id, bot id)."""
    keys = ExchangeAPIKey.objects.bulk_create(_key(lab, *account) for account in accounts)
    bots = BotConfiguration.objects.bulk_create(_bot(lab, key) for key in keys)
    return [(key.pk, bot.pk) for key, bot in zip(keys, bots, strict=True)]


def _key(lab: Lab, api_key: str, secret_key: str) -> ExchangeAPIKey:
    return ExchangeAPIKey(
        owner_id=lab.owner_id,
        exchange=lab.venue.exchange,
        environment=lab.venue.environment.value,
        label="paper",
        masked=f"***{api_key[-4:]}",
        fingerprint=fingerprints(api_key)[0],
        ciphertext=encrypt_credentials(Credentials(api_key, secret_key), lab.owner_id),
        state=KeyState.VALID,
    )


def _bot(lab: Lab, key: ExchangeAPIKey) -> BotConfiguration:
    return BotConfiguration(
        owner_id=lab.owner_id,
        name="bot",
        exchange_key=key,
        symbols=[SYMBOL],
        parameters={"timeframe": "1m", "window": 3, "threshold_percent": "5", "exit_at_average": False},
        capital=CAPITAL,
        capital_currency="USDT",
        take_profit_percent=Decimal(2),
        interval_seconds=INTERVAL_SECONDS,
        status=BotStatus.ACTIVE,
    )


def run_bot(lab: Lab, subject: Subject) -> bool:
    """One tick of its bot, due now."""
    return engine.run_bot(subject.bot_id, lab.clock(), INTERVAL_SECONDS, lab.clock)


def run_bots(lab: Lab, subjects: Sequence[Subject]) -> None:
    for subject in subjects:
        lab.publish()
        run_bot(lab, subject)


def open_trades(lab: Lab, subjects: Sequence[Subject]) -> None:
    """A purchase for each. Raises RuntimeError if that does not succeed: an exit could not be tried."""
    run_bots(lab, subjects)
    bots = [subject.bot_id for subject in subjects]
    if Trade.objects.filter(bot__in=bots, status=TradeStatus.OPEN.value).count() != len(bots):
        raise RuntimeError("not every bot could buy")


def recover(lab: Lab, subject: Subject) -> int:
    """What the sweeper does for one bot, beginning with the question which bots need it."""
    sweeper.bots_to_recover(lab.clock())
    return sweeper.recover_bot(subject.bot_id, lab.clock)


def settle(lab: Lab, subjects: Sequence[Subject]) -> int:
    """The sweeper's rounds, the clock moving on between them, until nothing is open; how many orders still are."""
    bots = {subject.bot_id for subject in subjects}
    unresolved = Order.objects.filter(bot_id__in=bots, status__in=UNRESOLVED_VALUES)
    for seconds in ROUND_SECONDS:
        forget_cooldowns()
        lab.clock.ahead += seconds
        lab.publish()
        for bot_id in sorted(bots.intersection(sweeper.bots_to_recover(lab.clock()))):
            sweeper.recover_bot(bot_id, lab.clock)
        if not unresolved.exists():
            break
    return unresolved.count()


def adopt(lab: Lab, subject: Subject) -> int:
    return adoption.adopt_lost_orders(subject.key_id, lab.clock)


def forget_orders(subjects: Sequence[Subject]) -> None:
    """What an old backup does: executed orders, their fills and trades are not in the database any more."""
    bots = [subject.bot_id for subject in subjects]
    Fill.objects.filter(order__bot__in=bots).delete()
    Order.objects.filter(bot__in=bots, filled_quantity__gt=0).delete()
    Trade.objects.filter(bot__in=bots).delete()


def ask_to_cancel(lab: Lab, subject: Subject) -> int:
    return request_cancel(Order.objects.filter(bot_id=subject.bot_id), lab.clock())


def last_status(subject: Subject) -> str:
    """Of its newest order."""
    return str(Order.objects.filter(bot_id=subject.bot_id).latest("pk").status)


def check_keys(lab: Lab, subjects: Sequence[Subject]) -> None:
    """What their owners do about refused keys."""
    for key in ExchangeAPIKey.objects.filter(pk__in=[subject.key_id for subject in subjects]):
        check_key(key, lab.clock())


def forget_cooldowns() -> None:
    """Pauses, of bots and of all who ask an exchange, are counted in the time of day, which trials do not wait for."""
    rate_budget.forget()
    redis = get_redis()
    for pattern in ("*:cooldown*", "*:budget:*", "*:budget-pause:*", "*:budget-users:*"):
        for name in redis.scan_iter(pattern):
            redis.delete(name)
