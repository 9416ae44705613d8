"""Two people at once, in two browsers or one after the other in the same one, never meet."""

from concurrent.futures import ThreadPoolExecutor

from dashboard.api_client import Api, OnlyToken
from dashboard.tests.fake_api import PASSWORD, Account, FakeApi
from dashboard.tests.pages import Browser


def give_bots(api: FakeApi, alice: Account, bob: Account) -> None:
    for account, name in ((alice, "Robô da Alice"), (bob, "Robô do Bob")):
        api.add_trade(account, api.add_bot(account, name), closed=True)


def test_each_browser_sees_only_its_own_user(api: FakeApi, alice: Account, bob: Account) -> None:
    give_bots(api, alice, bob)
    hers, his = Browser().sign_in(alice).open(), Browser().sign_in(bob).open()
    for _ in range(3):
        assert "Robô da Alice" in hers.run().text
        assert "Robô do Bob" in his.run().text
        assert "Bob" not in hers.text
        assert "Alice" not in his.text
    assert (hers.title, his.title) == ("Visão geral", "Overview")


def test_calls_made_at_the_same_time_stay_with_their_users(
    api: FakeApi, alice: Account, bob: Account
) -> None:
    accounts = [alice, bob] * 20
    apis = {account.id: Api(OnlyToken(account.issue_tokens()["access"]), "en") for account in accounts}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda account: apis[account.id].me()["email"], accounts))
    assert answers == [account.email for account in accounts]


def test_the_next_user_of_a_browser_finds_nothing_of_the_last(
    api: FakeApi, alice: Account, bob: Account
) -> None:
    give_bots(api, alice, bob)
    page = Browser().sign_in(alice).open("exchange_keys").fill(key_form__api_key="alices-key")
    page.run().click("sidebar.log_out")
    page.fill(log_in__email=bob.email, log_in__password=PASSWORD).click("log_in.submit")
    assert "Alice" not in page.text
    assert "alices-key" not in str(page.app.session_state)


def test_a_tab_left_open_by_the_last_user_turns_to_the_next(
    api: FakeApi, alice: Account, bob: Account
) -> None:
    give_bots(api, alice, bob)
    browser = Browser().sign_in(alice)
    tab = browser.open()
    browser.sign_in(bob)
    text = tab.run().text
    assert "Robô do Bob" in text
    assert "Alice" not in text


def test_a_browser_that_guesses_a_session_gets_the_log_in(alice: Account) -> None:
    Browser().sign_in(alice)
    guessing = Browser()
    guessing.session_id = ""
    assert guessing.open().title == "Cardume"
    assert Browser().open().title == "Cardume"


def test_no_token_is_in_the_page_or_its_address(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open()
    state = str(page.app.session_state)
    for token in alice.access | alice.refresh:
        assert token not in page.text
        assert token not in state
        assert token not in str(page.app.query_params)
