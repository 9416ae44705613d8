"""The whole story, at desktop and phone width, in both languages."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.tests.browser.steps import (
    DESKTOP,
    PHONE,
    WORDS,
    Open,
    fits,
    go_to,
    keep_picture,
    log_out,
    sign_up,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("locale", "size"), [("pt-BR", DESKTOP), ("en-US", PHONE)])
def test_from_signing_up_to_logging_out(visit: Open, locale: str, size: dict[str, int]) -> None:
    page, words = visit(locale, size), WORDS[locale]
    expect(page.get_by_role("button", name=words["log_in"])).to_be_visible()
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
    page.get_by_role("link", name=words["create"]).click()
    page.get_by_label(words["name"], exact=True).fill("Sardinha")
    page.get_by_role("combobox", name=re.compile(words["symbols"])).click()
    page.get_by_role("option", name="ETH/USDT").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text(words["preview"])).to_be_visible()
    expect(page.locator(".st-key-card-bot-preview canvas").first).to_be_visible()
    keep_picture(page, "3-bot-form")
    assert fits(page)
    page.get_by_role("button", name=words["save"], exact=True).click()
    expect(page.get_by_text(words["saved"])).to_be_visible()


def start_bot(page: Page, words: dict[str, str]) -> None:
    page.get_by_role("button", name=f"{words['start']} Sardinha", exact=True).click()
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
