"""Bots that look, buy, hold and sell in one process, and what each of these costs; run in an installation's environment.

`python -m benchmarks.order_cost_runs EXCHANGE BOTS ROUNDS PAPER_PID` answers the phases as JSON: for each, per
bot, milliseconds of CPU of this process, of the paper exchange and of Redis, and how often each was asked.
"""

import json
import os
import re
import resource
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import requests

from benchmarks.rig.processes import parse_cpu

SYMBOL, EXCHANGE_SYMBOL = "BTC/USDT", "BTCUSDT"
AVERAGE, DIP, ABOVE_DIP, PEAK = Decimal(100_000), Decimal(90_000), Decimal(90_500), Decimal(99_000)
QUIET, HOLDING, EXIT = "a look", "a look at a trade", "an exit"
FIRST_ENTRY, ENTRY = "a first entry", "an entry"
# A dispatcher that sees a level crossed says that an order is expected; the run then begins without a look before it.
ORDERS = {FIRST_ENTRY, ENTRY, EXIT}
INTERVAL_SECONDS = 60
CALL_SECONDS = 30
MILLISECONDS = 1_000


@dataclass(frozen=True, slots=True)
class Phase:
    """What one bot's run came to on average. CPU in milliseconds; `sql` and `requests` by what was asked."""

    name: str
    own: float
    paper: float
    redis: float
    queries: float
    redis_calls: float
    sql: dict[str, float]
    requests: dict[str, float]


class Ground:
    """The paper exchange, its price, and the shared snapshot of it."""

    def __init__(self, exchange: str, paper_pid: int) -> None:
        from django.conf import settings

        from exchanges.domain import Environment, Venue
        from saas.redis import get_redis

        self.venue = Venue(exchange, Environment.PAPER)
        self.pids = (paper_pid, get_redis().info("server")["process_id"])
        self._url = settings.PAPER_EXCHANGE_URL
        self._session = requests.Session()

    def ask(self, path: str, content: Any = None) -> Any:
        method = "GET" if content is None else "POST"
        answer = self._session.request(method, f"{self._url}{path}", json=content, timeout=CALL_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def set_price(self, price: Decimal) -> None:
        from exchanges.domain import Ticker
        from exchanges.market_data.snapshot import Series, Snapshot, write_snapshot
        from saas.clock import utc_now

        self.ask("/paper/control/price", {"symbol": EXCHANGE_SYMBOL, "price": str(price)})
        now, rate = utc_now(), Decimal("5.4")
        tickers = {
            SYMBOL: Ticker(SYMBOL, price, price * Decimal("1.0001"), price),
            "USDT/BRL": Ticker("USDT/BRL", rate, rate, rate),
        }
        closes = {(SYMBOL, "1m"): Series(now - timedelta(minutes=1), (AVERAGE,) * 20)}
        write_snapshot(Snapshot(self.venue, now, tickers, closes, simulated=True))

    def cpu(self) -> tuple[float, float, float]:
        """Milliseconds since their start: of this process, of the paper exchange, of Redis."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        others = (parse_cpu(Path(f"/proc/{pid}/stat").read_text(encoding="ascii")) for pid in self.pids)
        own, paper, redis = (seconds * MILLISECONDS for seconds in (usage.ru_utime + usage.ru_stime, *others))
        return own, paper, redis

    def counts(self) -> tuple[Counter[str], int]:
        """Requests by endpoint, and commands of Redis."""
        from saas.redis import get_redis

        commands = get_redis().info("commandstats")
        return Counter(self.ask("/paper/control/requests")["endpoints"]), sum(
            one["calls"] for name, one in commands.items() if name not in ("cmdstat_info", "cmdstat_hello")
        )


def make_bots(ground: Ground, count: int) -> list[int]:
    """Each with an owner, an account and a key of its own."""
    return [make_bot(ground, number) for number in range(count)]


def make_bot(ground: Ground, number: int) -> int:
    from bots.models import BotConfiguration, BotStatus
    from exchanges.credentials import Credentials
    from users import encryption
    from users.models import ExchangeAPIKey, KeyState, User

    opened = ground.ask("/paper/accounts", {"balances": {"USDT": "100000"}})
    credentials = Credentials(opened["apiKey"], opened["secretKey"])
    owner = User.objects.create_user(f"user{number}@example.com", None)
    key = ExchangeAPIKey.objects.create(
        owner=owner,
        exchange=ground.venue.exchange,
        environment=ground.venue.environment.value,
        label="paper",
        masked="***",
        fingerprint=encryption.fingerprints(credentials.api_key)[0],
        ciphertext=encryption.encrypt_credentials(credentials, owner.pk),
        state=KeyState.VALID,
    )
    bot = BotConfiguration.objects.create(
        owner=owner,
        name="bot",
        exchange_key=key,
        symbols=[SYMBOL],
        parameters={"timeframe": "1m", "window": 20, "threshold_percent": "5", "exit_at_average": False},
        capital=Decimal(300),
        capital_currency="USDT",
        take_profit_percent=Decimal(2),
        interval_seconds=INTERVAL_SECONDS,
        status=BotStatus.ACTIVE,
    )
    return int(bot.pk)


def measure(name: str, ground: Ground, bots: Sequence[int], price: Decimal, holding: int) -> Phase:
    """One run of each bot at this price. Raises RuntimeError if not so many hold a trade afterwards."""
    from django.db import connection

    from bots import engine
    from saas.clock import utc_now
    from trades.models import Trade

    ground.set_price(price)
    sql: Counter[str] = Counter()

    def count(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        sql[name_statement(statement)] += 1
        return execute(statement, *rest)

    requests_before, redis_before = ground.counts()
    before = ground.cpu()
    with connection.execute_wrapper(count):
        for bot in bots:
            engine.run_bot(bot, utc_now(), INTERVAL_SECONDS, utc_now, expects_order=name in ORDERS)
    own, paper, redis = ((now - then) / len(bots) for now, then in zip(ground.cpu(), before, strict=True))
    requests_after, redis_after = ground.counts()
    if Trade.objects.filter(status="OPEN").count() != holding:
        raise RuntimeError(f"{name}: not every bot did what it should")
    asked = requests_after - requests_before
    del asked["GET /paper/control/requests"]
    return Phase(
        name,
        own,
        paper,
        redis,
        sql.total() / len(bots),
        (redis_after - redis_before) / len(bots),
        {statement: times / len(bots) for statement, times in sql.most_common()},
        {endpoint: times / len(bots) for endpoint, times in asked.most_common()},
    )


def name_statement(statement: str) -> str:
    """Its verb and its table: what is counted together."""
    found = re.search(r"(?:FROM|INTO|UPDATE)\s+\"?(\w+)", statement)
    verb = statement.split(None, 1)[0].upper()
    return f"{verb} {found[1]}" if found else " ".join(statement.split()[:2])


def measure_all(ground: Ground, bots: Sequence[int], rounds: int) -> list[Phase]:
    """The first look of a process pays for what it keeps, and is not counted; a first entry searches for lost orders."""
    count = len(bots)
    measure(QUIET, ground, bots, AVERAGE, 0)
    found = []
    for number in range(rounds):
        found.append(measure(QUIET, ground, bots, AVERAGE, 0))
        found.append(measure(ENTRY if number else FIRST_ENTRY, ground, bots, DIP, count))
        found.append(measure(HOLDING, ground, bots, ABOVE_DIP, count))
        found.append(measure(EXIT, ground, bots, PEAK, 0))
    return found


def main(exchange: str, *numbers: str) -> None:
    from exchanges.gateway import prepare_clients

    bots, rounds, paper_pid = map(int, numbers)
    prepare_clients([exchange])
    ground = Ground(exchange, paper_pid)
    phases = measure_all(ground, make_bots(ground, bots), rounds)
    json.dump([asdict(phase) for phase in phases], sys.stdout)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    django.setup()
    main(*sys.argv[1:])
