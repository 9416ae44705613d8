"""Every page, empty and full, in both languages."""

import pytest

from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser

TITLES = {
    "overview": ("Visão geral", "Overview"),
    "bots": ("Robôs", "Bots"),
    "bot_form": ("Criar um robô", "Create a bot"),
    "trades": ("Operações", "Trades"),
    "exchange_keys": ("Chaves de corretora", "Exchange keys"),
    "account": ("Conta", "Account"),
}
EMPTY = {
    "overview": ("Nenhuma operação realizada ainda", "No trade has been made yet"),
    "bots": ("Você ainda não tem robôs.", "You have no bot yet."),
    "bot_form": ("você ainda não tem nenhuma", "you have none yet"),
    "trades": ("Nenhuma operação realizada ainda", "No trade has been made yet"),
    "exchange_keys": ("Você ainda não tem chaves.", "You have no key yet."),
    "account": ("alice@example.com", "alice@example.com"),
}


@pytest.fixture(params=["pt-br", "en"])
def user(request: pytest.FixtureRequest, api: FakeApi) -> Account:
    return api.add_account("alice@example.com", language=request.param)


def in_language(user: Account, texts: tuple[str, str]) -> str:
    return texts[user.language == "en"]


@pytest.mark.parametrize("name", TITLES)
def test_a_page_of_a_new_user_says_what_to_do(user: Account, name: str) -> None:
    page = Browser().sign_in(user).open(name)
    assert page.title == in_language(user, TITLES[name])
    assert in_language(user, EMPTY[name]) in page.text


@pytest.mark.parametrize("name", TITLES)
def test_a_page_of_a_busy_user_opens(api: FakeApi, user: Account, name: str) -> None:
    bot = api.add_bot(user, "Sardinha", status="active")
    api.add_trade(user, bot, closed=False)
    api.add_trade(user, bot, closed=True)
    page = Browser().sign_in(user).open(name)
    assert page.title == in_language(user, TITLES[name])
    assert not page.app.error
    assert in_language(user, EMPTY[name]) not in page.text or name == "account"


@pytest.mark.parametrize(
    "name", ["overview", "bots", "bot", "bot_form", "trades", "exchange_keys", "account"]
)
@pytest.mark.parametrize(
    ("locale", "button"), [("pt-BR", "Entrar"), ("en-GB", "Log in"), ("de-DE", "Entrar")]
)
def test_whoever_is_not_signed_in_gets_the_log_in(api: FakeApi, name: str, locale: str, button: str) -> None:
    page = Browser(locale).open()
    assert page.title == "Cardume"
    assert page.app.button("log_in.submit").label == button
    assert not page.app.sidebar.button


def test_the_language_can_be_chosen_before_signing_in(api: FakeApi) -> None:
    page = Browser("pt-BR").open().click("sign_in.language")
    assert page.app.button("log_in.submit").label == "Log in"


def test_the_overview_shows_money_as_the_reader_writes_it(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active")
    api.add_trade(alice, bot, closed=False)
    api.add_trade(alice, bot, closed=True)
    text = Browser().sign_in(alice).open().text
    for figure in ("+R$ 1.234,56", "-R$ 0,25", "R$ 50.000,00", "65.000,12", "20/11/2026 14:05", "+0,97%"):
        assert figure in text
    assert "Preços simulados" in text


def test_the_overview_tells_times_in_the_browsers_timezone(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=False)
    assert "20/11/2026 17:05" in Browser(timezone="UTC").sign_in(alice).open().text


def test_the_overview_leads_a_new_user_step_by_step(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open()
    assert "Comece aqui" in page.text
    assert "Próximo passo. Sua chave está pronta" in page.click("overview.paper").text.replace("*", "")
    api.add_bot(alice, "Sardinha")
    assert "Nenhum dos seus robôs está em operação" in page.run().text
    next(iter(alice.bots.values()))["status"] = "active"
    assert "Próximo passo" not in page.run().text


def test_the_overview_shows_first_what_needs_attention(api: FakeApi, alice: Account) -> None:
    api.add_paper_key(alice)["state"] = "refused"
    api.add_bot(alice, "Atum", status="paused", status_reason="A chave foi recusada.")
    warnings = [element.value.replace("\\", "") for element in Browser().sign_in(alice).open().app.warning]
    assert any("Recusada: pode sacar ou transferir" in warning for warning in warnings)
    assert "Atum: A chave foi recusada." in warnings


def test_a_bots_page_says_why_it_did_not_buy(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active")
    text = Browser().sign_in(alice).open("bot", {"bot": str(bot["id"])}).text
    assert "O preço está acima da média." in text
    assert "+0,498%" in text


@pytest.mark.parametrize("query", [{}, {"bot": "999"}, {"bot": "x"}])
def test_a_bot_that_is_not_there_is_no_failure(alice: Account, query: dict[str, str]) -> None:
    page = Browser().sign_in(alice).open("bot", query)
    assert page.app.info or page.app.error


def test_trades_are_filtered_and_paged_by_the_api(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    for _ in range(30):
        api.add_trade(alice, bot, closed=True)
    api.add_trade(alice, bot, closed=False)
    page = Browser().sign_in(alice).open("trades")
    assert "Página 1 de 2 · 31 operações" in page.text
    assert "Página 2 de 2" in page.click("trades.next").text
    page.app.selectbox("trades.status").select("OPEN")
    assert "Página 1 de 1 · 1 operação" in page.run().text
    assert any("status=OPEN" in call and "page=1" in call for call in api.seen)


def test_a_trade_shows_its_orders_and_fills(api: FakeApi, alice: Account) -> None:
    trade = api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    page = Browser().sign_in(alice).open("trades")
    page.app.selectbox("trades.chosen").select(trade["id"])
    text = page.run().text
    for part in ("Realização de lucro", "0,0000003 BTC", "5,01 BRL", "Executada", "0,0000007 BTC"):
        assert part in text


def test_text_of_users_never_becomes_markup(api: FakeApi, alice: Account) -> None:
    api.add_bot(alice, "<b>*R$1* e R$2</b>", status="paused", status_reason="[x](http://evil)")
    page = Browser().sign_in(alice).open()
    assert page.app.warning[0].value.startswith(r"\<b\>\*R\$1\* e R\$2")
    assert "<b>" not in page.app.get("html")[-1].proto.body
