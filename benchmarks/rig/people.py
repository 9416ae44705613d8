"""Writes users, keys and bots straight to a platform's database, in bulk; run in that platform's environment.

`python -m benchmarks.rig.people COMMAND` takes JSON from standard input and answers JSON:
  fill      {"plans": [{user, kind, fields, phase}], "balance": "USDT per user"} → {"users": [id], "keys": [id],
            "api_keys": [text], "bots": [id]}
  start     {"bots": [{"id": 1, "phase": 0.3}]} → {"at": Unix seconds}   due from then on, each at its phase of its interval,
            its key valid
  stop      {"bots": [id]} → {}
  holding   {"bots": [id]} → {"count": how many of them hold a trade}
  fills     {"bots": [id], "side": "buy", "since": Unix seconds} → {"at": [Unix seconds]}   of each bot's first such fill
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import django
import requests

PASSWORD = "a-password-for-benchmarks"  # noqa: S105 -- of users that live for minutes on a throwaway platform
OPENING_THREADS = 4
TIMEOUT_SECONDS = 30
BATCH = 500
Json = dict[str, Any]


def fill(asked: Json) -> Json:
    """Users with a paper account and its key each, and their bots, not started."""
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from users.models import User

    plans, now = asked["plans"], timezone.now()
    hashed = make_password(PASSWORD)
    already = User.objects.count()
    names = [f"user{already + number}@example.com" for number in range(_count_users(plans))]
    users = User.objects.bulk_create([User(email=name, password=hashed) for name in names], batch_size=BATCH)
    accounts = open_accounts(len(users), asked["balance"])
    keys = _add_keys(users, accounts, now)
    bots = _add_bots(plans, users, keys, now)
    return {
        "users": [user.pk for user in users],
        "keys": [key.pk for key in keys],
        "api_keys": [account["apiKey"] for account in accounts],
        "bots": [bot.pk for bot in bots],
    }


def _count_users(plans: Sequence[Json]) -> int:
    return max((plan["user"] for plan in plans), default=-1) + 1


def open_accounts(count: int, balance: str) -> list[Json]:
    """So many accounts at the paper exchange, as its own endpoint answers."""
    from django.conf import settings

    url = f"{settings.PAPER_EXCHANGE_URL}/paper/accounts"

    def open_one(number: int) -> Json:
        content = {"label": f"user {number}", "balances": {"USDT": balance}}
        answer = session.post(url, json=content, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        opened: Json = answer.json()
        return opened

    with requests.Session() as session, ThreadPoolExecutor(OPENING_THREADS) as pool:
        return list(pool.map(open_one, range(count)))


def _add_keys(users: Sequence[Any], accounts: Sequence[Json], now: Any) -> list[Any]:
    from exchanges.credentials import Credentials
    from users import encryption
    from users.keys import mask
    from users.models import ExchangeAPIKey, KeyState

    keys = []
    for user, account in zip(users, accounts, strict=True):
        credentials = Credentials(account["apiKey"], account["secretKey"])
        key = ExchangeAPIKey(
            owner=user,
            exchange="binance",
            environment="paper",
            label="paper",
            ciphertext=encryption.encrypt_credentials(credentials, user.pk),
            masked=mask(credentials.api_key),
            fingerprint=encryption.fingerprints(credentials.api_key)[0],
            state=KeyState.VALID,
            checked_at=now,
        )
        keys.append(key)
    return list(ExchangeAPIKey.objects.bulk_create(keys, batch_size=BATCH))


def _add_bots(plans: Sequence[Json], users: Sequence[Any], keys: Sequence[Any], now: Any) -> list[Any]:
    from bots.models import BotConfiguration

    bots = [
        BotConfiguration(
            owner=users[plan["user"]],
            exchange_key=keys[plan["user"]],
            created_at=now,
            updated_at=now,
            **plan["fields"],
        )
        for plan in plans
    ]
    return list(BotConfiguration.objects.bulk_create(bots, batch_size=BATCH))


def start(asked: Json) -> Json:
    from django.utils import timezone

    from bots.models import BotConfiguration, BotStatus
    from users.models import ExchangeAPIKey, KeyState

    phases = {bot["id"]: bot["phase"] for bot in asked["bots"]}
    now = timezone.now()
    bots = list(BotConfiguration.objects.filter(pk__in=phases))
    keys = ExchangeAPIKey.objects.filter(pk__in={bot.exchange_key_id for bot in bots})
    keys.exclude(state=KeyState.VALID).update(state=KeyState.VALID, state_code="", state_values={})
    for bot in bots:
        bot.status, bot.updated_at = BotStatus.ACTIVE, now
        bot.next_run_at = now + timedelta(seconds=phases[bot.pk] * bot.interval_seconds)
    BotConfiguration.objects.bulk_update(bots, ["status", "updated_at", "next_run_at"], batch_size=BATCH)
    return {"at": now.timestamp()}


def stop(asked: Json) -> Json:
    from django.utils import timezone

    from bots.models import BotConfiguration, BotStatus

    bots = BotConfiguration.objects.filter(pk__in=asked["bots"])
    bots.update(status=BotStatus.STOPPED, next_run_at=None, updated_at=timezone.now())
    return {}


def holding(asked: Json) -> Json:
    from trades.domain import TradeStatus
    from trades.models import Trade

    held = Trade.objects.filter(bot_id__in=asked["bots"], status=TradeStatus.OPEN.value)
    return {"count": held.order_by().values("bot").distinct().count()}


def fills(asked: Json) -> Json:
    from django.db.models import Min

    from trades.models import Fill

    since = datetime.fromtimestamp(asked["since"], UTC)
    found = Fill.objects.filter(
        order__bot_id__in=asked["bots"], side=asked["side"], executed_at__gte=since
    ).order_by()
    first = found.values("order__bot").annotate(at=Min("executed_at")).values_list("at", flat=True)
    return {"at": sorted(at.timestamp() for at in first)}


COMMANDS: dict[str, Callable[[Json], Json]] = {
    "fill": fill,
    "start": start,
    "stop": stop,
    "holding": holding,
    "fills": fills,
}


def main(command: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    django.setup()
    json.dump(COMMANDS[command](json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
