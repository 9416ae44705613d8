"""The account page: what it says, and the ways out."""

from dashboard.tests.fake_api import PASSWORD, Account, FakeApi
from dashboard.tests.pages import Browser

EVERYWHERE = "account.log_out_everywhere"


def test_it_says_who_and_where_the_times_are_from(alice: Account, bob: Account) -> None:
    text = Browser().sign_in(alice).open("account").text
    assert alice.email in text
    assert "São Paulo" in text
    assert "fuso horário do seu navegador" in text
    assert "Tokyo" in Browser(timezone="Asia/Tokyo").sign_in(bob).open("account").text


def test_logging_out_everywhere_is_asked_about_first_and_can_be_left_alone(
    api: FakeApi, alice: Account
) -> None:
    page = Browser().sign_in(alice).open("account").click(EVERYWHERE)
    assert "Você sai neste navegador e em todos os outros" in page.text.replace("\\", "")
    assert page.click(f"{EVERYWHERE}.no").title == "Conta"
    assert alice.refresh


def test_logging_out_everywhere_ends_every_browser(api: FakeApi, alice: Account) -> None:
    here, elsewhere = Browser().sign_in(alice).open("account"), Browser().sign_in(alice).open("bots")
    page = here.click(EVERYWHERE).click(f"{EVERYWHERE}.yes")
    assert page.title == "Cardume"
    assert "Você saiu da conta." in page.app.info[0].value
    assert elsewhere.run().title == "Cardume"
    assert not alice.refresh


def test_while_the_api_is_away_nobody_is_told_that_they_are_logged_out(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open("account").click(EVERYWHERE)
    api.fail("POST /api/users/me/log-out-everywhere/", 0)
    page.click(f"{EVERYWHERE}.yes")
    assert page.title == "Conta"
    assert "não está acessível" in page.text
    assert alice.refresh


def test_a_new_password_ends_the_other_browsers_and_keeps_this_one(api: FakeApi, alice: Account) -> None:
    here, elsewhere = Browser().sign_in(alice).open("account"), Browser().sign_in(alice).open("bots")
    here.fill(account__current=PASSWORD, account__new="another-pass").click("account.change")
    assert here.run().title == "Conta"
    assert elsewhere.run().title == "Cardume"


def test_the_passwords_do_not_stay_in_their_fields(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open("account")
    page.fill(account__current=PASSWORD, account__new="another-pass").click("account.change")
    assert [page.app.text_input(f"account.{name}").value for name in ("current", "new")] == ["", ""]


def test_whoever_was_never_signed_in_is_not_told_that_they_left(api: FakeApi) -> None:
    assert not Browser().open().app.info
