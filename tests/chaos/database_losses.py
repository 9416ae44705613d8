"""The database restarted or crashed under bots at work, and an old backup of it restored."""

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

from tests.chaos.ground import Ground, trading, until
from tests.chaos.own_database import count_orders, database_of
from tests.chaos.report import Row
from tests.chaos.scenario import Options, Scenario, say
from tests.postgres import find_tools, running_cluster

LEAST_GAP_SECONDS, LONGEST_GAP_SECONDS = 1.0, 5.0
MODES = {"fast": "a restart of PostgreSQL", "immediate": "a crash of PostgreSQL"}
AFTER_BACKUP_SECONDS = 30
ADOPTED_SECONDS = 180
BACK_SECONDS = 120
RELEASE = """
from users.keys import release_halt
from users.models import ExchangeAPIKey
print("released", sum(release_halt(key) for key in ExchangeAPIKey.objects.all()))
"""


def restart_database(options: Options) -> list[Row]:
    """Always PostgreSQL: SQLite has no server that could be restarted."""
    with running_cluster() as cluster:
        served = Options(options.kills, options.seed, options.exchanges, options.folder, cluster.url)
        return [_break_off(served, partial(cluster.restart, mode), fault) for mode, fault in MODES.items()]


def _break_off(options: Options, restart: Callable[[], None], fault: str) -> Row:
    chance = Random(options.seed)
    times = max(1, options.kills // 20)
    with trading(options, fault.replace(" ", "-")) as ground:
        for _ in range(times):
            time.sleep(chance.uniform(LEAST_GAP_SECONDS, LONGEST_GAP_SECONDS))
            restart()
        back = ground.await_runs()
        return ground.judge(fault, times, f"every bot ran again after {back:.0f} s")


def restore_backup(options: Options) -> list[Row]:
    times = max(1, options.kills // 200)
    with trading(options, "restored-backup") as ground:
        found = [_restore_once(ground) for _ in range(times)]
        note = f"{sum(found)} orders were not in the backup and were adopted"
        return [ground.judge("an old backup restored", times, note)]


def _restore_once(ground: Ground) -> int:
    """Go back to a backup and on trading; how many orders the ledger had to learn of from the exchange."""
    backup = ground.platform.data_dir / "backup"
    back_up(database_of(ground.platform), backup)
    time.sleep(AFTER_BACKUP_SECONDS)
    ground.platform.stop()
    before = count_orders(ground.platform)
    restore(database_of(ground.platform), backup)
    missing = before - count_orders(ground.platform)
    ground.platform.start()
    began = time.monotonic()
    until(lambda: not ground.count_unknown_orders(), ADOPTED_SECONDS)
    say(f"restored_backup: {missing} orders missing, adopted after {time.monotonic() - began:.0f} s")
    assert any(trader.key()["halted_at"] for trader in ground.crowd), "no key is halted"
    ground.platform.manage("shell", "-c", RELEASE)
    resumed = count_orders(ground.platform)
    until(lambda: count_orders(ground.platform) > resumed + ground.count_bots(), BACK_SECONDS)
    return missing


def back_up(database: str, backup: Path) -> None:
    """A copy of it as it is now, while the platform works on it."""
    backup.unlink(missing_ok=True)
    if database.startswith("postgres"):
        _call_tool("pg_dump", "--format=custom", f"--file={backup}", database)
        return
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)


def restore(database: str, backup: Path) -> None:
    """Make it what it was; nobody works on it."""
    if database.startswith("postgres"):
        _call_tool("pg_restore", "--clean", "--if-exists", f"--dbname={database}", str(backup))
        return
    for rest in ("-wal", "-shm"):
        Path(database + rest).unlink(missing_ok=True)
    shutil.copyfile(backup, database)


def _call_tool(name: str, *arguments: str) -> None:
    tools = find_tools()
    assert tools is not None, "needs PostgreSQL's programs"
    subprocess.run([str(tools / name), *arguments], check=True)


SCENARIOS = (
    Scenario("database-restarts", "PostgreSQL restarted N/20 times, and crashed as often", restart_database),
    Scenario("restored-backup", "an old backup of the database restored, N/200 times", restore_backup),
)
