"""Where a storm happens: the running platform, a crowd that trades on it, prices that move, and the judging afterwards."""

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from tests.chaos.checker import ExchangeBook, OwnBook, compare, open_database, read_exchange, read_own
from tests.chaos.crowd import Trader, gather
from tests.chaos.own_database import count_orders, count_unresolved, database_of
from tests.chaos.report import Row
from tests.chaos.scenario import Options, say
from tests.chaos.waves import Waves
from tests.platform import Platform
from tests.postgres import fresh_database

PEOPLE = 4
READY_SECONDS = 120
# An order that was never placed is called so after about a minute.
SETTLE_SECONDS = 240
ENDED_SECONDS = 10
LOOK_SECONDS = 0.2
SETTINGS = {
    # Each bot at each of its intervals: the most runs to disturb, and it shows at once who runs again.
    "BOT_DISPATCH": "every",
    "DEMO": "0",
    "PAPER_FAULTS": "1",
    "PAPER_PRICES": "walk",
    "WORKER_CONCURRENCY": "16",
    "RATE_REGISTER": "1000/min",
    "RATE_EXCHANGE_CHECK": "1000/min",
}
MEGABYTE = 1_000_000


@dataclass
class Ground:
    """A platform at work, which a scenario may do anything to."""

    platform: Platform
    crowd: list[Trader]
    waves: Waves

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> bool:
        """False if there is no such process just now."""
        try:
            self.platform.kill(name, number)
        except (AssertionError, ProcessLookupError):
            return False
        if name == "up" and number is signal.SIGKILL:
            # It seems to run until the kernel has ended it, and nobody would start it again.
            until(lambda: not self.platform.is_running, ENDED_SECONDS)
        return True

    def count_bots(self) -> int:
        return sum(len(trader.bot_ids) for trader in self.crowd)

    def keep_up(self) -> None:
        """Start the platform again if its supervisor was killed; nothing of the old one may be left by then."""
        if self.platform.is_running:
            return
        self.platform.stop()
        until(lambda: not self.platform.processes(), ENDED_SECONDS)
        self.platform.start(wait=False)

    def await_runs(self) -> float:
        """Wait until every part answers and every bot has looked at the market again; the seconds that took."""
        began = time.monotonic()
        self.keep_up()
        self.platform.wait_ready(READY_SECONDS)
        now = time.time()
        until(lambda: self.has_looked_since(now), READY_SECONDS)
        return time.monotonic() - began

    def has_looked_since(self, moment: float) -> bool:
        """Whether every bot has looked at the market after this moment (Unix time)."""
        return all(trader.last_look() > moment for trader in self.crowd)

    def settle(self) -> None:
        """Stop the prices and the bots, and let recovery find out about every order that is still open."""
        self.waves.stop()
        self.platform.wait_ready(READY_SECONDS)
        for trader in self.crowd:
            trader.stop_bots()
        until(lambda: not count_unresolved(self.platform), SETTLE_SECONDS)

    def judge(self, fault: str, repetitions: int, note: str = "") -> Row:
        """Settle, and compare both ledgers of every account; what differs is told as well."""
        try:
            self.settle()
        except TimeoutError as left_over:
            say(f"{fault}: an order is still open: {left_over}")
        found = [compare(exchange, own) for exchange, own in self._books()]
        for text in (text for findings in found for text in findings.texts):
            say(f"{fault}: {text}")
        return Row(
            fault,
            repetitions,
            sum(one.orders for one in found),
            sum(one.lost for one in found),
            sum(one.doubled for one in found),
            sum(one.miscounted for one in found),
            note,
        )

    def count_unknown_orders(self) -> int:
        """Orders of ours at the exchange that our ledger does not know."""
        return sum(
            len(
                {order.client_order_id for order in exchange.ours}
                - {order.client_order_id for order in own.orders}
            )
            for exchange, own in self._books()
        )

    def _books(self) -> Iterator[tuple[ExchangeBook, OwnBook]]:
        """Both books of every account, the exchange's first: what is in it then must be in ours."""
        prefix = f"cdm{self.platform.secrets['INSTALLATION_ID']}"
        for trader in self.crowd:
            exchange = read_exchange(self.platform.paper_url, trader.api_key, prefix)
            with open_database(database_of(self.platform)) as query:
                yield exchange, read_own(query, trader.key_id)

    def describe(self) -> str:
        """How far it has come, for whoever waits: orders, and what grows."""
        logs = sum(file.stat().st_size for file in (self.platform.data_dir / "logs").glob("*"))
        return f"{count_orders(self.platform)} orders, {logs / MEGABYTE:.0f} MB of logs"


@contextmanager
def trading(
    options: Options, name: str, people: int = PEOPLE, settings: Mapping[str, str] | None = None
) -> Iterator[Ground]:
    """A platform of its own whose bots trade; nothing of it is left afterwards."""
    folder = options.folder / name
    folder.mkdir()
    with ExitStack() as stack:
        chosen = {**SETTINGS, **(settings or {})}
        if options.database_url and "DATABASE_URL" not in chosen:
            chosen["DATABASE_URL"] = stack.enter_context(fresh_database(options.database_url))
        platform = stack.enter_context(Platform(folder / "data", chosen))
        crowd = gather(platform, options.exchanges, people)
        waves = stack.enter_context(Waves(platform.paper_url))
        ground = Ground(platform, crowd, waves)
        ground.await_runs()
        until(lambda: count_orders(platform), READY_SECONDS)
        yield ground


def until(holds: Callable[[], object], seconds: float) -> None:
    """Wait until it holds; a database that does not answer now is asked again. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not _holds(holds):
        if time.monotonic() > deadline:
            raise TimeoutError(f"it never came true within {seconds} s")
        time.sleep(LOOK_SECONDS)


def _holds(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except (psycopg.OperationalError, sqlite3.OperationalError):
        return False
