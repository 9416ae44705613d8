"""Figures that refresh by themselves, outages that end by themselves, and no other host involved."""

import pytest
from playwright.sync_api import expect

from dashboard.tests.browser.steps import (
    EMAIL,
    PASSWORD,
    WORDS,
    Open,
    count,
    keep_picture,
    sign_up,
    wait_until,
)
from dashboard.tests.fake_api import FakeApi

pytestmark = pytest.mark.browser


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
    bot = api.add_bot(account, "Sardinha", status="active", symbols=["BTC/USDT", "ETH/USDT"])
    page = visit()
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox").nth(0).fill(EMAIL)
    form.get_by_role("textbox").nth(1).fill(PASSWORD)
    form.get_by_role("textbox").nth(1).press("Enter")
    expect(page.get_by_text("Sardinha")).to_be_visible()
    page.goto(f"{page.url.rstrip('/')}/bot?bot={bot['id']}")
    choice = page.get_by_role("combobox", name="Par").last
    choice.click()
    choice.press_sequentially("BTC")
    api.seen.clear()
    wait_until(page, lambda: count(api, "/chart/") >= 2, "the page does not refresh itself")
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
