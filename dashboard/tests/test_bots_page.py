"""The list of bots: what each holds and made, what it can be told, and finding one among many."""

import pytest

from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser


def test_a_bot_says_what_it_holds_and_what_that_would_bring(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active", open_trades=1)
    trade = api.add_trade(alice, bot, closed=False)
    text = Browser().sign_in(alice).open("bots").text
    assert trade["base"] in text
    assert "-R$ 0,25" in text


def test_what_is_held_is_told_in_full_however_much_it_is(api: FakeApi, alice: Account) -> None:
    first, other = (api.add_bot(alice, name, status="active") for name in ("Sardinha", "Atum"))
    for bot, count in ((first, 3), (other, 200)):
        for _ in range(count):
            api.add_trade(alice, bot, closed=False)
    text = Browser().sign_in(alice).open("bots").text
    assert "BTC, BTC, BTC<" in text
    assert "-R$ 0,75" in text and "-R$ 50,00" in text


@pytest.mark.parametrize(
    ("state", "options"),
    [
        ({"status": "stopped"}, ["Editar", "Fazer uma cópia", "Excluir"]),
        (
            {"status": "active", "open_trades": 1},
            ["Editar", "Fazer uma cópia", "Suspender compras", "Vender tudo", "Excluir"],
        ),
    ],
)
def test_the_menu_offers_what_the_bot_can_be_told_now(
    api: FakeApi, alice: Account, state: dict[str, object], options: list[str]
) -> None:
    bot = api.add_bot(alice, "Sardinha", **state)
    page = Browser().sign_in(alice).open("bots")
    assert page.app.menu_button(f"bots.{bot['id']}.more").options == options


def test_a_copy_begins_with_the_form(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    page = Browser().sign_in(alice).open("bots").choose(f"bots.{bot['id']}.more", "clone")
    assert page.app.query_params["clone"] == str(bot["id"])


def test_few_bots_need_no_search(api: FakeApi, alice: Account) -> None:
    api.add_bot(alice, "Sardinha")
    assert not Browser().sign_in(alice).open("bots").app.text_input


def test_many_bots_are_found_by_name_symbol_and_state(api: FakeApi, alice: Account) -> None:
    for number in range(50):
        api.add_bot(alice, f"Sardinha {number:02}")
    api.add_bot(alice, "Atum", status="active", symbols=["SOL/USDT"])
    page = Browser().sign_in(alice).open("bots")
    page.app.text_input("bots.search").set_value("atu")
    assert "Atum" in page.run().text and "Sardinha" not in page.text
    page.app.text_input("bots.search").set_value("sol/")
    assert "Atum" in page.run().text and "Sardinha" not in page.text
    page.app.text_input("bots.search").set_value("")
    page.app.segmented_control("bots.state").set_value("stopped")
    assert "Sardinha 07" in page.run().text and "Atum" not in page.text
    page.app.text_input("bots.search").set_value("baleia")
    assert "Nenhum robô corresponde a esta busca." in page.run().text


def test_what_is_shown_takes_three_calls(api: FakeApi, alice: Account) -> None:
    api.add_bot(alice, "Sardinha")
    page = Browser().sign_in(alice).open("bots")
    api.seen.clear()
    page.run()
    asked = sorted(call.partition("?")[0] for call in api.seen)
    assert asked == ["GET /api/bots/", "GET /api/halts/", "GET /api/halts/", "GET /api/trades/"], "one notice"
