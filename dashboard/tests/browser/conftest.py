"""A real Chromium, and a dashboard started as the platform starts it, against a fake API."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from dashboard.tests.browser.steps import DESKTOP, PATIENCE_MS
from dashboard.tests.fake_api import FakeApi

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(address: str, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()  # noqa: S310
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeApi]:
    with FakeApi().running() as fake:
        yield fake


@pytest.fixture
def api(server: FakeApi) -> FakeApi:
    """The one fake API of these tests, as new."""
    server.reset()
    return server


class Dashboard:
    """A dashboard started as the platform starts it, which can be killed and started again."""

    def __init__(self, api_url: str, folder: Path) -> None:
        self._port = free_port()
        self._environment = os.environ | {"API_URL": api_url, "DATA_DIR": str(folder)}
        self.output = folder / "output.txt"
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "dashboard/app.py",
            f"--server.port={self._port}",
        ]
        command += ["--server.headless=true", "--browser.gatherUsageStats=false"]
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=output, stderr=output
            )
        wait_until_up(self.address)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(20)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture(scope="module")
def dashboard(server: FakeApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    started = Dashboard(server.url, tmp_path_factory.mktemp("dashboard"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def address(dashboard: Dashboard) -> str:
    return dashboard.address


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is missing: {CHROMIUM}")
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visit(api: FakeApi, chromium: Browser, address: str) -> Callable[..., Page]:
    """Opens the dashboard in a browser profile of its own."""

    def open_profile(locale: str = "pt-BR", size: dict[str, int] = DESKTOP) -> Page:
        profile = chromium.new_context(locale=locale, timezone_id="America/Sao_Paulo", viewport=size)  # type: ignore[arg-type]
        profile.set_default_timeout(PATIENCE_MS)
        page = profile.new_page()
        page.goto(address)
        return page

    return open_profile
