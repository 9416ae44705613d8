"""What a person does in the browser, in the words of their language."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from dashboard.tests.fake_api import FakeApi

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# However busy the machine is: what a page is to show is waited for as long as that.
PATIENCE_MS = 40_000
EMAIL, PASSWORD = "carol@example.com", "a-long-password"

Open = Callable[..., Page]

WORDS = {
    "pt-BR": {
        "paper": "Abrir uma conta simulada",
        "create": "Criar um robô",
        "name": "Nome",
        "symbols": "Pares",
        "save": "Salvar",
        "preview": "esta regra teria comprado BTC/USDT 2 vezes",
        "save_and_start": "Salvar e iniciar",
        "start": "Iniciar",
        "empty": "Nenhuma operação realizada ainda",
        "profit": "+R$ 1.234,56",
        "overview": "Visão geral",
        "bots": "Robôs",
        "details": "Detalhes",
        "trades": "Operações",
        "performance": "Desempenho",
        "nothing_sold": "Nada foi vendido neste período",
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
        "preview": "this rule would have bought BTC/USDT 2 times",
        "save_and_start": "Save and start",
        "start": "Start",
        "empty": "No trade has been made yet",
        "profit": "+R$1,234.56",
        "overview": "Overview",
        "bots": "Bots",
        "details": "Details",
        "trades": "Trades",
        "performance": "Performance",
        "nothing_sold": "Nothing was sold in this period",
        "log_out": "Log out",
        "log_in": "Log in",
        "saved": "is saved",
        "running": "is running",
        "csv": "Download as CSV",
    },
}


def count(api: FakeApi, call: str) -> int:
    """How often it was asked of the API."""
    return sum(call in seen for seen in list(api.seen))


def wait_until(page: Page, holds: Callable[[], bool], otherwise: str) -> None:
    """What the page itself does not show. `otherwise` says what did not happen."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not holds():
        assert time.monotonic() < deadline, otherwise
        page.wait_for_timeout(100)


def keep_picture(page: Page, name: str) -> None:
    """For people to look at, if CARDUME_ARTEFACTS names a folder."""
    if folder := os.environ.get("CARDUME_ARTEFACTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True, animations="disabled")


def sign_up(page: Page, email: str = EMAIL) -> None:
    page.get_by_role("tab").nth(1).click()
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox").nth(0).fill(email)
    form.get_by_role("textbox").nth(1).fill(PASSWORD)
    form.get_by_test_id("stBaseButton-primaryFormSubmit").click()


def log_in(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox").nth(0).fill(email)
    form.get_by_role("textbox").nth(1).fill(password)
    form.get_by_role("textbox").nth(1).press("Enter")


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


def log_out(page: Page, words: dict[str, str]) -> None:
    if page.viewport_size == PHONE:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebar").get_by_role("button", name=words["log_out"]).click()
    expect(page.get_by_role("button", name=words["log_in"])).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=words["log_in"])).to_be_visible()
