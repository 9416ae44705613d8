"""The whole story on the real platform, in a real Chromium: two people at once, each in their language and at their width.

They sign up, open a paper account, make a bot and start it; the price falls and their bot buys, it rises and their bot
sells. Each sees it on their pages by themselves, takes their trades home as CSV and leaves; neither sees the other.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from dashboard.tests.browser.conftest import CHROMIUM, FLAGS
from dashboard.tests.browser.steps import (
    DESKTOP,
    PHONE,
    WORDS,
    fits,
    go_to,
    keep_picture,
    log_out,
    sign_up,
)
from tests.platform import Platform

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(500)]

PATIENCE_MS = 60_000
# No walk of its own, a fall that no stop loss minds, and a rise above any target, whatever the bot paid.
STILL, FALL, RISE = Decimal(1), Decimal("0.98"), Decimal("1.05")


@dataclass(frozen=True)
class Visitor:
    """Somebody at the dashboard, with a bot for one symbol."""

    page: Page
    locale: str
    email: str
    symbol: str

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.locale]

    def keep(self, name: str) -> None:
        """A picture of the page, on which nothing sticks out."""
        assert fits(self.page)
        keep_picture(self.page, f"story-{name}-{self.locale}")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    settings = {"DEMO": "0", "PAPER_FAULTS": "1", "PAPER_PRICES": "walk"}
    with Platform(tmp_path_factory.mktemp("story") / "data", settings) as running:
        yield running


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture
def browsers(playwright: Playwright) -> Iterator[Sequence[Browser]]:
    """Two of them, which share nothing."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is missing: {CHROMIUM}")
    with ExitStack() as stack:
        launch = playwright.chromium.launch
        yield [stack.enter_context(launch(executable_path=str(CHROMIUM), args=FLAGS)) for _ in range(2)]


@pytest.mark.parametrize(
    ("locales", "symbols"),
    [(("pt-BR", "en-US"), ("BTC/USDT", "ETH/USDT")), (("en-US", "pt-BR"), ("SOL/USDT", "XRP/USDT"))],
    ids=["portuguese-on-a-desktop", "english-on-a-desktop"],
)
def test_two_people_from_signing_up_to_logging_out(
    platform: Platform, browsers: Sequence[Browser], locales: Sequence[str], symbols: Sequence[str]
) -> None:
    for symbol in symbols:
        move_price(platform, symbol, STILL)
    one = visit(platform, browsers[0], locales[0], DESKTOP, symbols[0])
    other = visit(platform, browsers[1], locales[1], PHONE, symbols[1])

    def both(step: Callable[[Visitor], None]) -> None:
        for visitor in (one, other):
            try:
                step(visitor)
            except BaseException as failure:
                keep_picture(visitor.page, f"story-failed-{visitor.locale}")
                failure.add_note(told_by_workers(platform))
                raise

    both(come_in)
    both(make_a_bot)
    both(lambda visitor: move_price(platform, visitor.symbol, FALL))
    both(see_it_bought)
    both(see_its_chart)
    both(wait_for_results)
    both(lambda visitor: move_price(platform, visitor.symbol, RISE))
    both(see_it_sold)
    both(take_home)
    for visitor, stranger in ((one, other), (other, one)):
        assert stranger.email not in visitor.page.inner_text("body")
    both(lambda visitor: log_out(visitor.page, visitor.words))


def told_by_workers(platform: Platform) -> str:
    """What they logged last: whether the bots did what their pages were to show."""
    log = platform.data_dir / "logs" / "worker.log"
    return "\n".join(log.read_text(encoding="utf-8").splitlines()[-20:])


def visit(platform: Platform, browser: Browser, locale: str, size: dict[str, int], symbol: str) -> Visitor:
    profile = browser.new_context(locale=locale, timezone_id="America/Sao_Paulo", viewport=size)  # type: ignore[arg-type]
    profile.set_default_timeout(PATIENCE_MS)
    page = profile.new_page()
    page.goto(platform.dashboard_url)
    expect(page.get_by_role("button", name=WORDS[locale]["log_in"])).to_be_visible()
    return Visitor(page, locale, f"{locale}-{size['width']}@example.com".lower(), symbol)


def see(visitor: Visitor, text: str | re.Pattern[str]) -> None:
    expect(visitor.page.get_by_text(text).filter(visible=True).first).to_be_visible()


def come_in(visitor: Visitor) -> None:
    visitor.keep("1-sign-in")
    sign_up(visitor.page, visitor.email)
    see(visitor, visitor.words["empty"])
    visitor.keep("2-nothing-yet")
    visitor.page.get_by_role("button", name=visitor.words["paper"]).click()


def make_a_bot(visitor: Visitor) -> None:
    page, words = visitor.page, visitor.words
    page.get_by_role("link", name=words["create"]).first.click()
    page.get_by_label(words["name"], exact=True).fill("Sardinha")
    symbols = page.get_by_role("combobox", name=re.compile(words["symbols"]))
    symbols.press("Backspace")
    symbols.press_sequentially(visitor.symbol)
    page.get_by_role("option", name=visitor.symbol).click()
    page.keyboard.press("Escape")
    expect(page.locator("canvas").first).to_be_visible()
    visitor.keep("3-form")
    page.get_by_role("button", name=words["save_and_start"]).click()
    see(visitor, words["running"])
    visitor.keep("4-bots")


def move_price(platform: Platform, symbol: str, factor: Decimal) -> None:
    """From where it is, and there it stays."""
    name, url = symbol.replace("/", ""), platform.paper_url
    now = requests.get(f"{url}/api/v3/ticker/price", params={"symbol": name}, timeout=20).json()["price"]
    price = format((Decimal(now) * factor).quantize(Decimal("0.01")), "f")
    moved = requests.post(f"{url}/paper/control/price", json={"symbol": name, "price": price}, timeout=20)
    assert moved.status_code == 200, moved.text


def see_it_bought(visitor: Visitor) -> None:
    """Without a reload."""
    go_to(visitor.page, visitor.words["overview"])
    see(visitor, visitor.symbol)
    visitor.keep("5-bought")


def see_its_chart(visitor: Visitor) -> None:
    go_to(visitor.page, visitor.words["bots"])
    visitor.page.get_by_role("link", name=visitor.words["details"]).click()
    chart = visitor.page.locator("canvas").first
    expect(chart).to_be_visible()
    visitor.keep("6-chart")


def wait_for_results(visitor: Visitor) -> None:
    go_to(visitor.page, visitor.words["performance"])
    see(visitor, visitor.words["nothing_sold"])


def see_it_sold(visitor: Visitor) -> None:
    """Where they waited for it, without a reload."""
    expect(visitor.page.locator("canvas").first).to_be_visible(timeout=2 * PATIENCE_MS)
    visitor.keep("7-performance")
    go_to(visitor.page, visitor.words["overview"])
    expect(visitor.page.locator("canvas").first).to_be_visible()
    see(visitor, re.compile(r"\+R\$ ?\d"))
    visitor.keep("8-sold")


def take_home(visitor: Visitor) -> None:
    go_to(visitor.page, visitor.words["trades"])
    visitor.keep("9-trades")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name=visitor.words["csv"]).click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert {row[header.index("symbol")] for row in rows} == {visitor.symbol}
