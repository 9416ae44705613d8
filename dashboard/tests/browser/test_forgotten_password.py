"""From a forgotten password to a new one, in a real browser: where the link's secret is seen, and where it is not."""

import pytest
from playwright.sync_api import expect

from dashboard.tests.browser.conftest import Dashboard
from dashboard.tests.browser.steps import DESKTOP, EMAIL, PASSWORD, PHONE, Open, fits, keep_picture, log_in
from dashboard.tests.fake_api import Account, FakeApi

pytestmark = pytest.mark.browser

NEW = "another-long-password"


def link_of(account: Account, address: str, language: str) -> str:
    """As the e-mail has it."""
    (token,) = account.reset_tokens
    return f"{address}/reset_password#uid={account.id}&token={token}&language={language}"


@pytest.mark.parametrize(("locale", "size"), [("pt-BR", DESKTOP), ("en-US", PHONE)])
def test_from_the_log_in_to_a_new_password(
    api: FakeApi, visit: Open, dashboard: Dashboard, locale: str, size: dict[str, int]
) -> None:
    english = locale == "en-US"
    account = api.add_account(EMAIL, PASSWORD, "en" if english else "pt-br")
    page = visit(locale, size)
    page.get_by_role("link", name="Forgot your password?" if english else "Esqueceu sua senha?").click()
    expect(page.get_by_role("button", name="Send the link" if english else "Enviar o link")).to_be_visible()
    email = page.get_by_label("E-mail")
    email.fill(EMAIL)
    email.press("Enter")
    expect(page.get_by_text("a link is on its way" if english else "um link está a caminho")).to_be_visible()
    keep_picture(page, "forgotten-password")
    assert fits(page)
    link = link_of(account, dashboard.address, "en" if english else "pt-br")
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto(link)
    password = page.get_by_label("New password" if english else "Nova senha")
    expect(password).to_be_visible()
    assert page.url == f"{dashboard.address}/reset_password"
    assert not any("token=" in url for url in asked if "#" not in url)
    assert all(url.startswith((dashboard.address, "data:", "blob:")) for url in asked)
    keep_picture(page, "new-password")
    password.fill(NEW)
    password.press("Enter")
    expect(
        page.get_by_text("Your new password is set" if english else "Sua nova senha está salva")
    ).to_be_visible()
    assert account.password == NEW
    page.get_by_role("link", name="Back to log in" if english else "Voltar para entrar").click()
    log_in(page, EMAIL, NEW)
    expect(
        page.get_by_role("heading", level=1, name="Overview" if english else "Visão geral")
    ).to_be_visible()
    written = dashboard.output.read_text()
    assert link.partition("#")[2].split("&")[1] not in written
    assert "token" not in written


def test_going_back_does_not_bring_the_secret_into_the_address_again(
    api: FakeApi, visit: Open, dashboard: Dashboard
) -> None:
    account = api.add_account(EMAIL, PASSWORD)
    account.reset_tokens.add("f00d")
    page = visit()
    page.goto(link_of(account, dashboard.address, "pt-br"))
    expect(page.get_by_label("Nova senha")).to_be_visible()
    page.goto(f"{dashboard.address}/forgot_password")
    expect(page.get_by_label("E-mail")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Abra esta página pelo link do e-mail.")).to_be_visible()
    assert "f00d" not in page.url


def test_a_link_that_is_used_up_says_what_to_do(api: FakeApi, visit: Open, dashboard: Dashboard) -> None:
    page = visit()
    page.goto(f"{dashboard.address}/reset_password#uid=1&token=beef&language=pt-br")
    password = page.get_by_label("Nova senha")
    password.fill(NEW)
    password.press("Enter")
    expect(page.get_by_text("Este link não funciona mais")).to_be_visible()
    page.get_by_role("link", name="Pedir um novo link").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
