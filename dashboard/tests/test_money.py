"""Real money and play money: who has both sees one of them at a time, and chooses which."""

import pytest

from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser, Page

SWITCH = "money.switch"


@pytest.fixture
def both(api: FakeApi, alice: Account) -> Account:
    """A bot with each kind of money has bought and sold; only the one with play money holds something."""
    play = api.add_bot(alice, "Sardinha", status="active")
    live = api.add_key(alice, "Minha conta", "binance", "live")
    real = api.add_bot(alice, "Atum", exchange_key=live["id"], symbols=["ETH/USDT"])
    for bot in (play, real):
        api.add_trade(alice, bot, closed=True)
    api.add_trade(alice, play, closed=False)
    return alice


def switch(page: Page, money: str) -> Page:
    page.app.segmented_control(SWITCH).set_value(money)
    return page.run()


def switches(page: Page) -> list[str]:
    return [each.key for each in page.app.segmented_control if each.key == SWITCH]


def last(api: FakeApi, path: str) -> str:
    return [call for call in api.seen if path in call][-1]


def test_the_overview_begins_with_real_money_and_can_show_the_other(api: FakeApi, both: Account) -> None:
    page = Browser().sign_in(both).open()
    control = page.app.segmented_control(SWITCH)
    assert (control.options, control.value) == (["Dinheiro de verdade", "Dinheiro de mentira"], "real")
    assert "Atum" in page.text and "Sardinha" not in page.text
    assert "nenhuma operação aberta" in page.text
    switch(page, "play")
    assert "Sardinha" in page.text and "Atum" not in page.text
    assert "1 operação aberta" in page.text
    for path in ("/api/portfolio/", "/api/trades/"):
        assert "money=play" in last(api, path)


def test_the_choice_holds_for_both_pages(api: FakeApi, both: Account) -> None:
    page = switch(Browser().sign_in(both).open(), "play").run("performance")
    assert page.app.segmented_control(SWITCH).value == "play"
    assert page.app.selectbox("performance.bot").options == ["Sardinha"]
    switch(page, "real").run("overview")
    assert page.app.segmented_control(SWITCH).value == "real"
    assert "Sardinha" not in page.text


def test_a_bot_that_was_chosen_is_of_one_money_only(api: FakeApi, both: Account) -> None:
    page = Browser().sign_in(both).open("performance")
    page.app.selectbox("performance.bot").select_index(0)
    page.app.selectbox("performance.symbol").select_index(0)
    page.run()
    assert "bot=" in last(api, "/api/performance/")
    switch(page, "play")
    asked = last(api, "/api/performance/")
    assert "money=play" in asked and "bot=" not in asked and "symbol=" not in asked
    assert page.app.selectbox("performance.bot").options == ["Sardinha"]


def test_what_was_seen_of_one_money_is_not_shown_as_the_other(api: FakeApi, both: Account) -> None:
    for name in ("overview", "performance"):
        page = Browser().sign_in(both).open(name)
        assert "1.234,56" in page.text
        api.fail("GET /api/(portfolio|performance)/", 0)
        assert "1.234,56" not in switch(page, "play").text
        assert "1.234,56" in switch(page, "real").text
        api.failures.clear()


@pytest.mark.parametrize("environment", ["paper", "testnet", "live"])
def test_who_has_one_kind_of_money_has_nothing_to_choose(
    api: FakeApi, alice: Account, environment: str
) -> None:
    key = api.add_key(alice, "Conta", "binance", environment)
    api.add_trade(alice, api.add_bot(alice, "Sardinha", exchange_key=key["id"]), closed=True)
    for name in ("overview", "performance"):
        assert switches(Browser().sign_in(alice).open(name)) == []
    page = Browser().sign_in(alice).open("trades")
    assert "trades.money" not in [box.key for box in page.app.selectbox]
    assert not any("money=" in call for call in api.seen)


def test_the_choice_goes_with_the_second_kind_of_money(api: FakeApi, both: Account) -> None:
    page = switch(Browser().sign_in(both).open(), "real")
    both.keys = {number: key for number, key in both.keys.items() if key["environment"] != "live"}
    both.trades = {number: trade for number, trade in both.trades.items() if trade["bot_name"] == "Sardinha"}
    page.run()
    assert switches(page.run()) == []
    assert "money=" not in last(api, "/api/portfolio/")


def test_trades_can_be_narrowed_to_one_money(api: FakeApi, both: Account) -> None:
    browser = Browser().sign_in(both)
    page = browser.open("trades")
    assert "Sardinha" in page.text and "Atum" in page.text
    box = page.app.selectbox("trades.money")
    assert (box.options, box.value) == (["Só de verdade", "Só de mentira"], None)
    assert "algumas destas operações usam dinheiro de mentira" in page.text
    box.select("real")
    assert "Sardinha" not in page.run().text and "dinheiro de mentira e" not in page.text
    assert dict(page.app.query_params.items()) == {"money": "real"}
    assert browser.open("trades", {"money": "play"}).app.selectbox("trades.money").value == "play"
    trade = next(trade for trade in both.trades.values() if trade["bot_name"] == "Atum")
    assert "Real (dinheiro de verdade)" in page.click(f"trades.{trade['id']}.open").text


def test_the_overview_leads_to_the_trades_of_the_money_it_shows(api: FakeApi, both: Account) -> None:
    page = switch(Browser().sign_in(both).open(), "play").follow("Todas as operações")
    assert page.app.selectbox("trades.money").value == "play"


def test_trades_ask_which_money_there_is_where_nobody_has_told_yet(api: FakeApi, both: Account) -> None:
    page = Browser().sign_in(both).open("trades")
    assert "trades.money" in [box.key for box in page.app.selectbox]
