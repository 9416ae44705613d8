"""A platform of its own, empty at first, with everything that a benchmark needs to know of it."""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from benchmarks.benchmark import say
from benchmarks.rig.exchange import PaperExchange
from benchmarks.rig.modules import run_module
from benchmarks.rig.population import CAPITAL, BotPlan, Population, plan_bots
from benchmarks.rig.processes import Usage, read_usage
from benchmarks.rig.tallies import Tallies, read_tallies
from benchmarks.rig.waiting import wait_or_say
from tests.platform import Platform
from tests.postgres import fresh_database, throwaway_cluster

SETTINGS = {"DEMO": "0", "PAPER_FAULTS": "1", "PAPER_PRICES": "walk", "MAX_BOTS_PER_USER": "100000"}
FILL_SECONDS = 600
HOLD_SECONDS = 120
STARTED_AT_ONCE = 500
BETWEEN_STARTS_SECONDS = 1.0
# How far the price falls for those bots to buy that are to hold a trade; they buy at 5 % below their average.
DROP = 0.85


@dataclass(frozen=True)
class Crowd:
    """Bots that were made together; the lists of ids are in the order of the plans (bots) and of the users."""

    plans: Sequence[BotPlan]
    bots: Sequence[int]
    users: Sequence[int]
    keys: Sequence[int]
    api_keys: Sequence[str]
    held_symbol: str

    def of_kind(self, kind: str) -> list[int]:
        return [bot for plan, bot in zip(self.plans, self.bots, strict=True) if plan.kind == kind]


class Rig:
    """A running platform under measurement."""

    def __init__(self, platform: Platform, redis: Redis, exchange: PaperExchange) -> None:
        self.platform = platform
        self.redis = redis
        self.exchange = exchange
        self.prefix = f"cardume-{platform.secrets['INSTALLATION_ID']}:"

    def populate(self, population: Population, held_symbol: str = "") -> Crowd:
        """Write users, keys with paper accounts and bots to the database; nothing of it runs yet."""
        symbols = self.exchange.list_symbols()
        held_symbol = held_symbol or symbols[-1]
        plans = plan_bots(population, symbols, held_symbol)
        return self.fill(plans, 2 * CAPITAL * population.bots_per_user, held_symbol)

    def fill(self, plans: Sequence[BotPlan], balance: int, held_symbol: str = "") -> Crowd:
        """These bots and their users, each of whom has so many USDT at the exchange."""
        asked = {"plans": [asdict(plan) for plan in plans], "balance": str(balance)}
        made = self.ask_people("fill", asked)
        return Crowd(plans, made["bots"], made["users"], made["keys"], made["api_keys"], held_symbol)

    def start_bots(self, crowd: Crowd, phase: float | None = None) -> float:
        """Each due at its own phase of its interval, or all at this one; their keys are valid again.

        Some hundreds every few seconds: nowhere are thousands started at once. Returns the moment from which the first of
        them are due, in Unix seconds.
        """
        pairs = zip(crowd.bots, crowd.plans, strict=True)
        phases = [{"id": bot, "phase": plan.phase if phase is None else phase} for bot, plan in pairs]
        since = []
        for first in range(0, max(1, len(phases)), STARTED_AT_ONCE):
            time.sleep(BETWEEN_STARTS_SECONDS if first else 0)
            since.append(self.ask_people("start", {"bots": phases[first : first + STARTED_AT_ONCE]})["at"])
        return float(since[0])

    def stop_bots(self, crowd: Crowd) -> None:
        self.ask_people("stop", {"bots": list(crowd.bots)})

    def fill_holdings(self, crowd: Crowd) -> None:
        """Let the bots that are to hold a trade buy, as anybody does: the price of their symbol falls, and comes back."""
        holders = crowd.of_kind("holding")
        if not holders:
            return
        price = float(self.exchange.price_of(crowd.held_symbol))
        self.exchange.set_price(crowd.held_symbol, f"{price * DROP:.8f}")
        # A platform with more bots than it can look after is measured as well.
        if not wait_or_say(
            lambda: self.count_holding(holders) == len(holders), HOLD_SECONDS, "all hold a trade"
        ):
            say(f"{self.count_holding(holders)} of {len(holders)} bots hold a trade")
        self.exchange.set_price(crowd.held_symbol, None)

    def count_holding(self, bots: Sequence[int]) -> int:
        return int(self.ask_people("holding", {"bots": list(bots)})["count"])

    def ask_people(self, command: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Have `people` do something in this platform's database."""
        environment = self.platform.environment()
        text = run_module("benchmarks.rig.people", [command], environment, FILL_SECONDS, json.dumps(asked))
        answer: dict[str, Any] = json.loads(text)
        return answer

    def usage(self) -> dict[str, Usage]:
        """CPU and memory of every process by its name, the supervisor's being `up`."""
        return read_usage(self.platform.processes())

    def tallies(self) -> Tallies:
        return read_tallies(self.redis, self.prefix)


@contextmanager
def running(settings: Mapping[str, str], *, postgres: bool = False) -> Iterator[Rig]:
    """A platform that is ready and has no users yet; nothing of it is left afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardume-benchmark-")))
        chosen = {**SETTINGS, **settings}
        if postgres:
            chosen["DATABASE_URL"] = stack.enter_context(
                fresh_database(stack.enter_context(throwaway_cluster()))
            )
        platform = stack.enter_context(Platform(folder / "data", chosen))
        url = (platform.data_dir / "run" / "redis.url").read_text(encoding="utf-8").strip()
        redis = stack.enter_context(closing(Redis.from_url(url, protocol=2)))
        exchange = stack.enter_context(closing(PaperExchange(platform.paper_url)))
        say(f"a platform runs, started within {platform.data_dir.parent}")
        yield Rig(platform, redis, exchange)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The options of every benchmark that starts a platform."""
    add = parser.add_argument
    add("--dispatch", choices=("every", "wake"), help="BOT_DISPATCH; the platform's default where not given")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="another setting; may be repeated")
    add("--postgres", action="store_true", help="on a throwaway PostgreSQL cluster instead of SQLite")


def chosen_settings(wanted: argparse.Namespace) -> dict[str, str]:
    """What the command line says about the platform's settings."""
    given = dict(pair.split("=", 1) for pair in wanted.set)
    return {**({"BOT_DISPATCH": wanted.dispatch} if wanted.dispatch else {}), **given}


def with_modules(*names: str) -> dict[str, str]:
    """The settings with which a platform's workers load these modules as well."""
    return {"DJANGO_SETTINGS_MODULE": "benchmarks.rig.settings", "BENCHMARK_MODULES": ",".join(names)}
