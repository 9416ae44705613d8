"""The pages of whoever is not signed in: log in, sign up, forgotten password."""

import pytest

from dashboard.reset_link import ResetLink, parse
from dashboard.tests.fake_api import PASSWORD, Account, FakeApi
from dashboard.tests.pages import Browser, Page

FORGOT, SET = "forgot_password", "reset_password"


def open_link(browser: Browser, uid: object, token: str) -> Page:
    """The page as it is when the browser has told what the link holds."""
    page = browser.open(SET)
    page.app.session_state["reset_link"] = ResetLink(str(uid), token)
    return page.run()


def test_a_link_is_taken_apart() -> None:
    assert parse("uid=MQ&token=a-b&language=en") == ResetLink("MQ", "a-b", "en")
    assert parse("-") == ResetLink("", "")


@pytest.mark.parametrize(
    ("locale", "title"), [("pt-BR", "Esqueceu sua senha?"), ("en-GB", "Forgot your password?")]
)
def test_the_log_in_leads_to_those_who_forgot(api: FakeApi, locale: str, title: str) -> None:
    page = Browser(locale).open(FORGOT)
    assert page.app.subheader[0].value == title
    assert page.app.button("forgot_password.submit")


def test_asking_for_a_link_says_what_happens_next_and_not_who_has_an_account(
    api: FakeApi, alice: Account
) -> None:
    texts = []
    for email in (alice.email, "ghost@example.com"):
        page = Browser().open(FORGOT).fill(forgot_password__email=f" {email}").click("forgot_password.submit")
        assert email in page.text
        texts.append(page.text.replace(email, ""))
    assert texts[0] == texts[1]
    assert "um link está a caminho" in texts[0]
    assert len(alice.reset_tokens) == 1


def test_another_address_can_be_tried(api: FakeApi) -> None:
    page = Browser().open(FORGOT).fill(forgot_password__email="a@example.com").click("forgot_password.submit")
    page.click("forgot_password.again")
    assert page.app.text_input("forgot_password.email")
    assert not page.app.success


def test_what_is_no_e_mail_is_said_beside_the_field(api: FakeApi) -> None:
    page = Browser().open(FORGOT).fill(forgot_password__email="alice").click("forgot_password.submit")
    assert "Informe um e-mail válido." in page.text
    assert page.app.text_input("forgot_password.email").value == "alice"


def test_too_many_links_are_refused_in_the_apis_words(api: FakeApi) -> None:
    api.fail("POST /api/auth/password-reset/", 429, {"code": "throttled", "detail": "Aguarde um minuto."})
    page = Browser().open(FORGOT).fill(forgot_password__email="a@example.com").click("forgot_password.submit")
    assert "Aguarde um minuto." in page.text


def test_the_link_sets_a_new_password_and_the_field_is_emptied(api: FakeApi, alice: Account) -> None:
    alice.reset_tokens.add("f00d")
    page = open_link(Browser(), alice.id, "f00d")
    page.fill(reset_password__new="short").click("reset_password.submit")
    assert "Esta senha é muito curta." in page.text
    assert page.app.text_input("reset_password.new").value == ""
    page.fill(reset_password__new="long-enough").click("reset_password.submit")
    assert "Sua nova senha está salva" in page.text
    assert alice.password == "long-enough"
    assert "f00d" not in str(page.app.session_state)


def test_a_link_that_works_no_more_says_what_to_do(api: FakeApi, alice: Account) -> None:
    page = open_link(Browser(), alice.id, "beef")
    page.fill(reset_password__new="long-enough").click("reset_password.submit")
    assert "Este link não funciona mais" in page.app.error[0].value
    assert alice.password == PASSWORD


def test_an_api_that_is_down_costs_neither_the_link_nor_the_way_on(api: FakeApi, alice: Account) -> None:
    alice.reset_tokens.add("f00d")
    page = open_link(Browser(), alice.id, "f00d")
    api.fail("POST /api/auth/password-reset/confirm/", 0)
    page.fill(reset_password__new="long-enough").click("reset_password.submit")
    assert "não está acessível" in page.text
    api.failures.clear()
    page.fill(reset_password__new="long-enough").click("reset_password.submit")
    assert alice.password == "long-enough"


def test_the_page_says_so_when_it_was_opened_without_a_link(api: FakeApi) -> None:
    page = open_link(Browser(), "", "")
    assert "Abra esta página pelo link do e-mail." in page.text


def test_it_works_for_whoever_is_signed_in(api: FakeApi, alice: Account, bob: Account) -> None:
    bob.reset_tokens.add("f00d")
    page = open_link(Browser().sign_in(alice), bob.id, "f00d")
    page.fill(reset_password__new="long-enough").click("reset_password.submit")
    assert bob.password == "long-enough"
    assert page.app.sidebar.button("sidebar.log_out")


def test_what_a_password_needs_is_said_before_one_is_refused(api: FakeApi) -> None:
    assert "Pelo menos 8 caracteres" in Browser().open().text


def test_password_managers_are_told_which_field_is_which(api: FakeApi) -> None:
    fields = {field.key: field.proto.autocomplete for field in Browser().open().app.text_input}
    assert fields == {
        "log_in.email": "username",
        "log_in.password": "current-password",
        "sign_up.email": "username",
        "sign_up.password": "new-password",
    }


def test_what_is_wrong_with_a_log_in_is_said_beside_its_field(api: FakeApi) -> None:
    fields = {"email": ["Informe o e-mail."], "password": ["Informe a senha."]}
    api.fail("POST /api/auth/token/$", 400, {"code": "invalid", "detail": "Confira.", "fields": fields})
    page = Browser().open().click("log_in.submit")
    assert page.app.error[0].value == "Confira\\."
    assert "Informe o e-mail." in page.text
    assert "Informe a senha." in page.text


def test_an_open_log_in_goes_on_when_another_tab_has_signed_in(api: FakeApi, alice: Account) -> None:
    browser = Browser()
    page = browser.open()
    assert page.title == "Cardume"
    browser.sign_in(alice)
    assert page.run().title == "Visão geral"
