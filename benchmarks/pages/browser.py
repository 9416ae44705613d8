"""The dashboard in Chromium, and the moment at which a page shows what it is for.

A page is there when its heading says its title and the part that holds its figures is seen; both are looked for in every
frame that the browser paints, so that nothing but the page itself is in the time.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--headless=new", "--disable-gpu", "--no-first-run")
SIZE = {"width": 1366, "height": 900}
PATIENCE_MS = 30_000

WATCH = """
async ({ title, holds, link, patience }) => {
  const seen = (one) => one && one.getClientRects().length > 0 && !one.closest('[data-stale="true"]');
  const isThere = () =>
    [...document.querySelectorAll('h1')].some((one) => seen(one) && one.innerText.trim() === title) &&
    (holds === null || [...document.querySelectorAll(holds)].some(seen));
  let began = 0;
  if (link !== null) {
    const target = [...document.querySelectorAll('[data-testid="stSidebarNav"] a')]
      .find((one) => one.innerText.trim().endsWith(link));
    began = performance.now();
    target.click();
  }
  while (!isThere()) {
    if (performance.now() - began > patience) throw new Error(`never seen: ${title}, ${holds}`);
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - began;
}
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """A page by its address, the heading it has, and a selector of what holds its figures (None: the heading will do)."""

    name: str
    path: str
    title: str
    holds: str | None
    in_menu: bool = True


@contextmanager
def profile() -> Iterator["BrowserContext"]:
    """A browser that nobody has used, in English."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        try:
            yield browser.new_context(locale="en-US", timezone_id="America/Sao_Paulo", viewport=SIZE)  # type: ignore[arg-type]
        finally:
            browser.close()


def log_in(page: "Page", person: Mapping[str, Any]) -> None:
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox").nth(0).fill(person["email"])
    form.get_by_role("textbox").nth(1).fill(person["password"])
    form.get_by_test_id("stBaseButton-primaryFormSubmit").click()


def open_page(profile: "BrowserContext", address: str, watched: Watched) -> float:
    """Seconds from asking for the address in a new tab until the page is there."""
    page = profile.new_page()
    try:
        page.goto(address + watched.path, wait_until="commit", timeout=PATIENCE_MS)
        return _watch(page, watched, link=None)
    finally:
        page.close()


def switch_page(page: "Page", watched: Watched) -> float:
    """Seconds from a click in the menu until the page is there."""
    return _watch(page, watched, link=watched.title)


def _watch(page: "Page", watched: Watched, link: str | None) -> float:
    asked = {"title": watched.title, "holds": watched.holds, "link": link, "patience": PATIENCE_MS}
    return float(page.evaluate(WATCH, asked)) / 1_000
