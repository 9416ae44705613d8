"""Who is signed in where: reloads, tabs, several people, and what the pages' scripts can see of it."""

import pytest
from playwright.sync_api import BrowserContext, expect

from dashboard.session_cookie import is_session_id
from dashboard.tests.browser.steps import EMAIL, WORDS, Open, log_out, sign_up
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
