"""Every page, empty and full, in both languages."""

import json

import pytest

from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser

TITLES = {
    "overview": ("Visão geral", "Overview"),
    "bots": ("Robôs", "Bots"),
    "bot_form": ("Criar um robô", "Create a bot"),
    "trades": ("Operações", "Trades"),
    "performance": ("Desempenho", "Performance"),
    "exchange_keys": ("Chaves de corretora", "Exchange keys"),
    "account": ("Conta", "Account"),
}
EMPTY = {
    "overview": ("Nenhuma operação realizada ainda", "No trade has been made yet"),
    "bots": ("Você ainda não tem robôs.", "You have no bot yet."),
    "bot_form": ("você ainda não tem nenhuma", "you have none yet"),
    "trades": ("Nenhuma operação realizada ainda", "No trade has been made yet"),
    "performance": ("Ainda não há resultado", "There is no result yet"),
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
    "name",
    ["overview", "bots", "bot", "bot_form", "trades", "performance", "exchange_keys", "account"],
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


def test_the_overview_tells_capital_and_percentages_where_the_api_does(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    page = Browser().sign_in(alice).open()
    assert "R$ 5.000,00 nos robôs" in page.text
    assert "+24,69%" in page.text
    api.portfolio_changes = dict.fromkeys(
        ("capital_display", "realised_pnl_percent", "realised_today_percent")
    )
    assert "nos robôs" not in page.run().text
    assert "+24,69%" not in page.text


def test_the_overview_asks_for_the_days_of_the_readers_timezone(api: FakeApi, alice: Account) -> None:
    Browser(timezone="Asia/Tokyo").sign_in(alice).open()
    assert "GET /api/portfolio/?timezone=Asia%2FTokyo" in api.seen


def test_the_overview_draws_the_result_and_tells_it_to_who_cannot_see(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    curve = [{"at": "2026-11-20T18:30:00Z", "realised_pnl_display": "1234.56"}]
    statistics = {"first_trade_at": "2026-11-20T17:05:09Z"}
    api.portfolio_changes = {"equity_curve": curve, "statistics": statistics}
    chart = Browser().sign_in(alice).open().app.get("echarts_chart")[0].proto
    told = "Resultado ao longo do tempo: R$ 0,00 em 20/11/2026 14:05, +R$ 1.234,56 em 20/11/2026 15:30."
    assert chart.alt == told
    drawn = json.loads(chart.spec)["series"][0]["data"]
    assert [row[1:] for row in drawn] == [
        [0.0, "20/11/2026 14:05:09", "R$ 0,00"],
        [1234.56, "20/11/2026 15:30:00", "+R$ 1.234,56"],
    ]


def test_the_overview_keeps_what_it_knew_while_the_api_is_away(api: FakeApi, alice: Account) -> None:
    api.add_paper_key(alice)
    page = Browser().sign_in(alice).open()
    assert "R$ 50.000,00" in page.text
    api.fail("GET /api/portfolio/", 0)
    text = page.run().text
    assert "não está acessível" in text and "O que você vê é de" in text and "tenta de novo sozinha" in text
    assert "R$ 50.000,00" in text
    api.failures.clear()
    assert "não está acessível" not in page.run().text


def test_the_overview_shows_a_few_open_trades_and_leads_to_all(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active")
    for _ in range(22):
        api.add_trade(alice, bot, closed=False)
    page = Browser().sign_in(alice).open()
    assert "22 operações abertas" in page.text
    assert page.text.count('<td data-label="Quantidade"') == 10
    page.follow("Todas as operações abertas")
    assert (page.title, page.app.selectbox("trades.status").value) == ("Operações", "OPEN")


def test_bots_that_need_a_look_stand_first_on_the_overview(api: FakeApi, alice: Account) -> None:
    for status in ("stopped", "active", "paused"):
        api.add_bot(alice, f"Robô {status}", status=status)
    text = Browser().sign_in(alice).open().text
    places = [text.index(f"<span>Robô {status}") for status in ("paused", "active", "stopped")]
    assert places == sorted(places)


def test_the_overview_shows_a_few_bots_and_how_many_there_are(api: FakeApi, alice: Account) -> None:
    for number in range(50):
        api.add_bot(alice, f"Sardinha {number:02}")
    page = Browser().sign_in(alice).open()
    assert "Sardinha 05" in page.text and "Sardinha 06" not in page.text
    assert "Todos os robôs (50)" in [link.proto.label for link in page.app.get("page_link")]


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


def test_text_of_users_never_becomes_markup(api: FakeApi, alice: Account) -> None:
    api.add_bot(alice, "<b>*R$1* e R$2</b>", status="paused", status_reason="[x](http://evil)")
    page = Browser().sign_in(alice).open()
    assert page.app.warning[0].value.startswith(r"\<b\>\*R\$1\* e R\$2")
    assert "<b>" not in page.app.get("html")[-1].proto.body


@pytest.mark.parametrize(
    ("prices_as_of", "told"),
    [
        ("2026-11-20T14:02:03Z", "Os preços estão desatualizados; os últimos são de 20/11/2026 11:02:03."),
        (None, "Nem todos os preços são conhecidos no momento."),
    ],
)
def test_old_prices_are_told_with_their_own_time(
    api: FakeApi, alice: Account, prices_as_of: str | None, told: str
) -> None:
    api.add_paper_key(alice)
    api.portfolio_changes = {"stale": True, "prices_as_of": prices_as_of}
    assert told in Browser().sign_in(alice).open().text


@pytest.mark.parametrize("page", ["overview", "bots", "bot", "trades"])
def test_amounts_of_now_are_in_the_currency_that_the_api_tells(
    api: FakeApi, alice: Account, page: str
) -> None:
    """The trade was opened, and this browser signed in, before the currency was changed in another one."""
    bot = api.add_bot(alice, "Sardinha", status="active", realised_pnl_display="7", display_currency="USDT")
    now = {"unrealised_pnl_display": "-0.75", "unrealised_currency": "USDT"}
    api.add_trade(alice, bot, closed=False).update(display_currency="BRL", **now)
    text = Browser().sign_in(alice).open(page, {"bot": str(bot["id"])}).text
    assert "-0,75 USDT" in text
    assert page == "trades" or "+7,00 USDT" in text
    assert "R$ 0,75" not in text and "R$ 7,00" not in text


def test_what_is_open_has_no_result_where_its_worth_is_not_known(api: FakeApi, alice: Account) -> None:
    """As without an exchange rate; the API then adds up what is known, which is nothing."""
    bot = api.add_bot(alice, "Sardinha", status="active")
    api.add_trade(alice, bot, closed=False)["unrealised_pnl_display"] = None
    api.portfolio_changes = {"unrealised_pnl_display": "0"}
    text = Browser().sign_in(alice).open().text
    assert '<dt>Resultado em aberto</dt><dd class="even">–</dd>' in text
