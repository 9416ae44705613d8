"""The whole story in a real Chromium, against the fake API: at desktop and phone width, in both languages."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from dashboard.session_cookie import is_session_id
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
ROOT = Path(__file__).parents[2]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
EMAIL, PASSWORD = "carol@example.com", "a-long-password"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"Chromium is missing: {CHROMIUM}"),
]

Open = Callable[..., Page]


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


@pytest.fixture
def address(api: FakeApi) -> Iterator[str]:
    """A dashboard of its own, started as the platform starts it."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}"]
    command += ["--server.headless=true", "--browser.gatherUsageStats=false"]
    environment = os.environ | {"API_URL": api.url}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_until_up(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Callable[..., Page]:
    """Opens the dashboard in a browser profile of its own."""

    def open_profile(locale: str = "pt-BR", size: dict[str, int] = DESKTOP) -> Page:
        profile = chromium.new_context(locale=locale, timezone_id="America/Sao_Paulo", viewport=size)  # type: ignore[arg-type]
        profile.set_default_timeout(20_000)
        page = profile.new_page()
        page.goto(address)
        return page

    return open_profile


def keep_picture(page: Page, name: str) -> None:
    """For people to look at, if CARDUME_ARTEFACTS names a folder."""
    if folder := os.environ.get("CARDUME_ARTEFACTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def sign_up(page: Page, email: str = EMAIL) -> None:
    page.get_by_role("tab").nth(1).click()
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox").nth(0).fill(email)
    form.get_by_role("textbox").nth(1).fill(PASSWORD)
    form.get_by_test_id("stBaseButton-primaryFormSubmit").click()


def go_to(page: Page, title: str) -> None:
    if page.viewport_size == PHONE:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
    if page.viewport_size == PHONE:
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def fits(page: Page) -> bool:
    """Nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


WORDS = {
    "pt-BR": {
        "paper": "Abrir uma conta simulada",
        "create": "Criar um robô",
        "name": "Nome",
        "symbols": "Pares",
        "save": "Salvar",
        "start": "Iniciar",
        "empty": "Nenhuma operação realizada ainda",
        "profit": "+R$ 1.234,56",
        "overview": "Visão geral",
        "trades": "Operações",
        "log_out": "Sair",
        "log_in": "Entrar",
        "saved": "foi salvo",
        "running": "está em operação",
        "csv": "Baixar em CSV",
    },
    "en-US": {
        "paper": "Open a paper account",
        "create": "Create a bot",
        "name": "Name",
        "symbols": "Symbols",
        "save": "Save",
        "start": "Start",
        "empty": "No trade has been made yet",
        "profit": "+R$1,234.56",
        "overview": "Overview",
        "trades": "Trades",
        "log_out": "Log out",
        "log_in": "Log in",
        "saved": "is saved",
        "running": "is running",
        "csv": "Download as CSV",
    },
}


@pytest.mark.parametrize(("locale", "size"), [("pt-BR", DESKTOP), ("en-US", PHONE)])
def test_from_signing_up_to_logging_out(visit: Open, locale: str, size: dict[str, int]) -> None:
    page, words = visit(locale, size), WORDS[locale]
    keep_picture(page, "1-sign-in")
    sign_up(page)
    expect(page.get_by_text(words["empty"])).to_be_visible()
    keep_picture(page, "2-new-user")
    create_bot(page, words)
    start_bot(page, words)
    look_at_results(page, words)
    download_csv(page, words)
    log_out(page, words)


def create_bot(page: Page, words: dict[str, str]) -> None:
    page.get_by_role("button", name=words["paper"]).click()
    page.get_by_role("button", name=words["create"]).click()
    page.get_by_label(words["name"], exact=True).fill("Sardinha")
    page.get_by_role("combobox", name=re.compile(words["symbols"])).click()
    page.get_by_role("option", name="BTC/USDT").click()
    page.keyboard.press("Escape")
    keep_picture(page, "3-bot-form")
    assert fits(page)
    page.get_by_role("button", name=words["save"]).click()
    expect(page.get_by_text(words["saved"])).to_be_visible()


def start_bot(page: Page, words: dict[str, str]) -> None:
    page.get_by_role("button", name=words["start"], exact=True).click()
    expect(page.get_by_text(words["running"])).to_be_visible()
    keep_picture(page, "4-bots")
    assert fits(page)


def look_at_results(page: Page, words: dict[str, str]) -> None:
    go_to(page, words["overview"])
    expect(page.get_by_text(words["profit"]).first).to_be_visible()
    keep_picture(page, "5-overview")
    assert fits(page)
    page.reload()
    expect(page.get_by_text(words["profit"]).first).to_be_visible()


def download_csv(page: Page, words: dict[str, str]) -> None:
    go_to(page, words["trades"])
    with page.expect_download() as download:
        page.get_by_role("button", name=words["csv"]).click()
    assert Path(download.value.path()).read_text().startswith("id,symbol\n")
    keep_picture(page, "6-trades")
    assert fits(page)


def log_out(page: Page, words: dict[str, str]) -> None:
    if page.viewport_size == PHONE:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebar").get_by_role("button", name=words["log_out"]).click()
    expect(page.get_by_role("button", name=words["log_in"])).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=words["log_in"])).to_be_visible()


def test_two_people_at_once_never_meet(api: FakeApi, visit: Open) -> None:
    first, second = visit(), visit("en-US")
    sign_up(first, "first@example.com")
    sign_up(second, "second@example.com")
    for page, email in ((first, "first@example.com"), (second, "second@example.com")):
        expect(page.get_by_test_id("stSidebar").get_by_text(email)).to_be_visible()
        page.reload()
        expect(page.get_by_test_id("stSidebar").get_by_text(email)).to_be_visible()


def test_the_session_is_out_of_reach_of_the_pages_scripts(api: FakeApi, visit: Open) -> None:
    page = visit()
    sign_up(page)
    expect(page.get_by_text(WORDS["pt-BR"]["empty"])).to_be_visible()
    seen = page.evaluate(
        "document.cookie + JSON.stringify({...localStorage, ...sessionStorage}) + location.href"
    )
    account = api.accounts[EMAIL]
    for secret in (*account.access, *account.refresh, session_cookie(page.context)):
        assert secret not in seen


def session_cookie(profile: BrowserContext) -> str:
    found = next(cookie for cookie in profile.cookies() if cookie.get("httpOnly"))
    assert is_session_id(found.get("value"))
    assert found.get("sameSite") == "Strict"
    return str(found.get("value"))


def test_logging_out_in_one_tab_reaches_the_other_by_itself(visit: Open) -> None:
    page = visit()
    sign_up(page)
    expect(page.get_by_text(WORDS["pt-BR"]["empty"])).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_text(WORDS["pt-BR"]["empty"])).to_be_visible()
    log_out(page, WORDS["pt-BR"])
    expect(other.get_by_role("button", name="Entrar")).to_be_visible()


def test_an_outage_is_said_and_ends_by_itself(api: FakeApi, visit: Open) -> None:
    page = visit()
    sign_up(page)
    expect(page.get_by_text(WORDS["pt-BR"]["empty"])).to_be_visible()
    api.fail("GET /api/", 0)
    expect(page.get_by_text("não está acessível")).to_be_visible()
    keep_picture(page, "7-outage")
    api.failures.clear()
    expect(page.get_by_text(WORDS["pt-BR"]["empty"])).to_be_visible()
    expect(page.get_by_text("não está acessível")).to_be_hidden()


def test_what_is_typed_survives_the_figures_refreshing(api: FakeApi, visit: Open) -> None:
    account = api.add_account(EMAIL, PASSWORD)
    bot = api.add_bot(account, "Sardinha", status="active")
    page = visit()
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox").nth(0).fill(EMAIL)
    form.get_by_role("textbox").nth(1).fill(PASSWORD)
    form.get_by_role("textbox").nth(1).press("Enter")
    expect(page.get_by_text("Sardinha")).to_be_visible()
    page.goto(f"{page.url.rstrip('/')}/bot?bot={bot['id']}")
    choice = page.get_by_role("combobox", name="Par")
    choice.click()
    choice.press_sequentially("BTC")
    seen = len(api.seen)
    page.wait_for_timeout(4_000)
    assert len(api.seen) > seen, "the page refreshed meanwhile"
    expect(choice).to_have_value("BTC")
    expect(choice).to_be_focused()


def test_nothing_is_asked_of_other_hosts(visit: Open, address: str) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()
    sign_up(page)
    expect(page.get_by_text(WORDS["pt-BR"]["empty"])).to_be_visible()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
