"""Who is signed in where: reloads, tabs, several people, and what the pages' scripts can see of it."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from dashboard.session_cookie import is_session_id
from dashboard.tests.browser.conftest import Dashboard
from dashboard.tests.browser.steps import (
    EMAIL,
    PASSWORD,
    WORDS,
    Open,
    count,
    keep_picture,
    log_in,
    log_out,
    sign_up,
    wait_until,
)
from dashboard.tests.fake_api import FakeApi

pytestmark = pytest.mark.browser


def test_a_refused_sign_up_stays_where_it_was_typed(visit: Open) -> None:
    page = visit()
    sign_up(page, "carol")
    expect(page.get_by_text("Informe um e-mail válido.")).to_be_visible()
    email = page.get_by_test_id("stForm").filter(visible=True).get_by_role("textbox").nth(0)
    expect(email).to_have_value("carol")
    email.fill(EMAIL)
    email.press("Enter")
    expect(page.get_by_text(WORDS["pt-BR"]["empty"])).to_be_visible()


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


def signed_in_at(visit: Open, path: str, title: str) -> Page:
    """A browser of its own, in which Carol has logged in at that page."""
    page = visit()
    page.goto(f"{page.url.rstrip('/')}/{path}")
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()
    log_in(page)
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    return page


def test_logging_out_everywhere_reaches_pages_without_figures_in_other_browsers_and_they_come_back(
    api: FakeApi, visit: Open
) -> None:
    api.add_paper_key(api.add_account(EMAIL, PASSWORD))
    here = signed_in_at(visit, "account", "Conta")
    form = signed_in_at(visit, "bot_form", "Criar um robô")
    keys = signed_in_at(visit, "exchange_keys", "Chaves de corretora")
    here.get_by_role("button", name="Sair de todos os lugares").click()
    keep_picture(here, "log-out-everywhere")
    here.get_by_role("button", name="Sim, sair de todos os lugares").click()
    for page in (here, form, keys):
        expect(page.get_by_role("button", name="Entrar")).to_be_visible()
    log_in(form)
    expect(form.get_by_role("heading", level=1, name="Criar um robô")).to_be_visible()
    expect(keys.get_by_role("button", name="Entrar")).to_be_visible()


def test_a_new_password_sends_other_browsers_to_the_log_in_and_keeps_this_one(
    api: FakeApi, visit: Open
) -> None:
    api.add_account(EMAIL, PASSWORD)
    here, elsewhere = (signed_in_at(visit, "account", "Conta") for _ in range(2))
    here.get_by_label("Senha atual").fill(PASSWORD)
    here.get_by_label("Nova senha").fill("another-long-password")
    here.get_by_label("Nova senha").press("Enter")
    expect(here.get_by_text("Sua senha foi trocada.")).to_be_visible()
    expect(elsewhere.get_by_role("button", name="Entrar")).to_be_visible()
    api.seen.clear()
    wait_until(here, lambda: count(api, "GET /api/halts/") >= 1, "the page does not refresh itself")
    expect(here.get_by_role("heading", level=1, name="Conta")).to_be_visible()


def test_tokens_are_renewed_unnoticed_and_spent_once(api: FakeApi, visit: Open) -> None:
    account = api.add_account(EMAIL, PASSWORD)
    page = signed_in_at(visit, "", "Visão geral")
    tabs = [page, *(page.context.new_page() for _ in range(2))]
    for tab in tabs[1:]:
        tab.goto(page.url)
        expect(tab.get_by_role("heading", level=1, name="Visão geral")).to_be_visible()
    api.seen.clear()
    account.access.clear()
    wait_until(page, lambda: count(api, "GET /api/portfolio/") >= 12, "the tabs do not refresh themselves")
    assert count(api, "POST /api/auth/token/refresh/") == 1
    for tab in tabs:
        expect(tab.get_by_role("heading", level=1, name="Visão geral")).to_be_visible()


def test_a_kill_of_the_dashboard_logs_nobody_out_and_mixes_nobody_up(
    api: FakeApi, visit: Open, dashboard: Dashboard
) -> None:
    people = ("first@example.com", "second@example.com")
    pages = [visit(), visit("en-US")]
    for page, email in zip(pages, people, strict=True):
        sign_up(page, email)
        expect(page.get_by_test_id("stSidebar").get_by_text(email)).to_be_visible()
    refreshed = [account.refresh.copy() for account in api.accounts.values()]
    dashboard.kill()
    dashboard.start()
    for page, email in zip(pages, people, strict=True):
        page.reload()
        expect(page.get_by_test_id("stSidebar").get_by_text(email)).to_be_visible()
        tab = page.context.new_page()
        tab.goto(page.url)
        expect(tab.get_by_test_id("stSidebar").get_by_text(email)).to_be_visible()
    assert [account.refresh for account in api.accounts.values()] == refreshed, "nobody had to sign in anew"


def test_an_open_page_goes_on_by_itself_after_a_kill_of_the_dashboard(
    visit: Open, dashboard: Dashboard
) -> None:
    page = visit()
    sign_up(page)
    expect(page.get_by_text(WORDS["pt-BR"]["empty"])).to_be_visible()
    dashboard.kill()
    dashboard.start()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Conta").click()
    expect(page.get_by_role("heading", level=1, name="Conta")).to_be_visible()


def test_what_a_password_manager_fills_in_is_sent(api: FakeApi, visit: Open) -> None:
    """It sets values without typing; the pages notice by the events that come with it."""
    api.add_account(EMAIL, PASSWORD)
    page = visit()
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()
    fill = """(field, value) => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, value)
      field.dispatchEvent(new Event("input", { bubbles: true }))
      field.dispatchEvent(new Event("change", { bubbles: true }))
    }"""
    for which, value in (("username", EMAIL), ("current-password", PASSWORD)):
        page.locator(f'input[autocomplete="{which}"]').filter(visible=True).evaluate(fill, value)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("heading", level=1, name="Visão geral")).to_be_visible()
