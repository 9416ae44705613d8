"""Stopping purchases and selling everything on the pages, and what is told meanwhile on each of them."""

import pytest

from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser, Page

PAGES = ["overview", "bots", "bot_form", "trades", "exchange_keys", "account"]


def warnings(page: Page) -> list[str]:
    return [element.value.replace("\\", "") for element in page.app.warning]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_is_stopped_since_when_and_why(api: FakeApi, alice: Account, name: str) -> None:
    api.add_bot(alice, "Sardinha")
    api.halt(alice)
    assert warnings(Browser().sign_in(alice).open(name))[0] == (
        "O operador suspendeu as compras em toda a plataforma. As vendas continuam. "
        "Desde 20/11/2026 14:05. Motivo: manutenção."
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_page_says_so_while_nothing_is_stopped(api: FakeApi, alice: Account, name: str) -> None:
    assert "suspen" not in "".join(warnings(Browser().sign_in(alice).open(name)))


def test_of_many_stops_the_first_are_told_and_how_many_more_there_are(api: FakeApi, alice: Account) -> None:
    for number in range(8):
        api.halt(alice, scope="bot", bot=number, text=f"Você suspendeu as compras do robô “{number}”.")
    told = warnings(Browser().sign_in(alice).open())[0]
    assert "robô “2”" in told and "robô “3”" not in told
    assert told.endswith("As compras de mais 5 robôs estão suspensas.")


def test_whoever_is_not_signed_in_is_asked_to_and_told_nothing(api: FakeApi) -> None:
    Browser().open()
    assert not [call for call in api.seen if "halts" in call]


def test_a_page_is_there_while_what_is_stopped_cannot_be_asked(api: FakeApi, alice: Account) -> None:
    api.fail("GET /api/halts/", 503, {"code": "unavailable", "detail": "Agora não."})
    page = Browser().sign_in(alice).open("trades")
    assert page.title == "Operações"
    assert not page.app.warning


def test_a_bots_purchases_are_stopped_and_allowed_again_after_asking(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active")
    prefix = f"bots.{bot['id']}"
    page = Browser().sign_in(alice).open("bots").choose(f"{prefix}.more", "halt")
    assert not alice.halts, "it asks first"
    page.click(f"{prefix}.halt.yes")
    assert "“Sardinha” não compra nada novo" in page.text
    assert "não compra nada novo</dd>" in page.run().text
    assert "Você suspendeu as compras do robô “Sardinha”." in warnings(page)[0]
    page.choose(f"{prefix}.more", "resume").click(f"{prefix}.resume.yes")
    assert "“Sardinha” pode comprar de novo." in page.text
    assert not alice.halts


def test_what_the_operator_stopped_offers_no_button_to_allow_it(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active")
    api.halt(alice, scope="bot", bot=bot["id"])
    page = Browser().sign_in(alice).open("bot", {"bot": str(bot["id"])})
    assert "Permitir compras de novo" not in page.app.menu_button(f"bot.{bot['id']}.more").options


def test_the_whole_accounts_purchases_are_stopped_and_allowed_again(api: FakeApi, alice: Account) -> None:
    api.add_bot(alice, "Sardinha", status="active")
    page = Browser().sign_in(alice).open("bots")
    page.click("account_actions.halt").click("account_actions.halt.yes")
    assert "Seus robôs não compram nada novo." in page.text
    assert "Você suspendeu as compras de toda a sua conta." in page.run().text
    page.click("account_actions.resume").click("account_actions.resume.yes")
    assert not alice.halts


def test_everything_is_sold_after_asking_and_each_bot_says_what_came_of_it(
    api: FakeApi, alice: Account
) -> None:
    api.add_bot(alice, "Sardinha", status="active", open_trades=1)
    page = Browser().sign_in(alice).open("bots").click("account_actions.sell")
    assert "POST /api/bots/close-all/" not in api.seen, "it asks first"
    page.click("account_actions.sell.yes")
    assert "“Sardinha”: Ele vende na próxima execução." in page.text
    api.add_bot(alice, "Atum", status="paused", open_trades=1)
    page.run().click("account_actions.sell").click("account_actions.sell.yes")
    assert "“Atum”: A corretora não aceita a chave." in page.app.error[0].value.replace("\\", "")
    assert "“Sardinha”: Ele vende" in page.text


def test_without_anything_held_there_is_nothing_to_sell(api: FakeApi, alice: Account) -> None:
    browser = Browser().sign_in(alice)
    assert not [b for b in browser.open("bots").app.button if (b.key or "").startswith("account_actions")]
    api.add_bot(alice, "Sardinha")
    keys = {button.key for button in browser.open("bots").app.button}
    assert "account_actions.sell" not in keys
    assert "account_actions.halt" in keys


@pytest.mark.parametrize("name", ["overview", "bot"])
def test_an_order_in_doubt_is_told_first_with_what_happens_next(
    api: FakeApi, alice: Account, name: str
) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active")
    api.add_order_in_doubt(alice, bot)
    page = Browser().sign_in(alice).open(name, {"bot": str(bot["id"])})
    told = warnings(page)[0]
    assert "BTC/USDT · Compra de 0,0003 BTC" in told
    assert told.endswith(
        "Ainda não sabemos se a corretora recebeu esta ordem. Em dúvida desde 20/11/2026 14:05:08. "
        "Perguntamos a ela a cada poucos segundos."
    )
    assert ("Sardinha ·" in told) == (name == "overview")


def test_a_held_order_says_when_it_is_asked_for_next(api: FakeApi, alice: Account) -> None:
    api.add_order_in_doubt(alice, api.add_bot(alice, "Sardinha"), status="HELD")
    told = warnings(Browser().sign_in(alice).open())[0]
    assert told.endswith("A próxima consulta será em 20/11/2026 14:05:13.")


def test_an_order_that_is_only_looked_for_to_be_safe_alarms_nobody(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    api.add_order_in_doubt(
        alice, bot, status="NEVER_PLACED", in_doubt_since=None, status_text="Nunca chegou."
    )
    page = Browser().sign_in(alice).open()
    assert not page.app.warning
    assert any("Nunca chegou." in info.value.replace("\\", "") for info in page.app.info)


def test_a_closing_bot_with_an_order_in_doubt_says_what_it_waits_for(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active", closing=True, orders_in_doubt=1)
    text = Browser().sign_in(alice).open("bot", {"bot": str(bot["id"])}).text
    assert "vende tudo quando a corretora responder" in text
