"""What a user can do on the pages, and what they see when it does not work."""

import pytest

from dashboard import api_client
from dashboard.tests.fake_api import PASSWORD, Account, FakeApi
from dashboard.tests.pages import Browser, Page


def save_bot(page: Page, name: str, capital: str) -> Page:
    page.app.multiselect("bot_form.new.symbols").set_value(["BTC/USDT", "ETH/USDT"])
    return page.fill(bot_form__new__name=name, bot_form__new__capital=capital).click("bot_form.save")


def test_signing_up_signs_in(api: FakeApi) -> None:
    page = Browser().open().fill(sign_up__email="carol@example.com", sign_up__password="long-enough")
    assert page.click("sign_up.submit").title == "Visão geral"
    assert api.accounts["carol@example.com"].language == "pt-br"


def test_signing_up_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed(api: FakeApi) -> None:
    page = Browser().open().fill(sign_up__email="carol@example.com", sign_up__password="short")
    assert "Esta senha é muito curta." in page.click("sign_up.submit").text
    assert page.app.text_input("sign_up.email").value == "carol@example.com"


def test_a_wrong_password_is_said_in_the_apis_words(api: FakeApi, alice: Account) -> None:
    page = Browser().open().fill(log_in__email=alice.email, log_in__password="wrong").click("log_in.submit")
    assert "E-mail ou senha incorretos." in page.text


def test_logging_in_when_the_api_is_down_is_no_failure(
    api: FakeApi, alice: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Browser().open().fill(log_in__email=alice.email, log_in__password=PASSWORD)
    monkeypatch.setenv("API_URL", "http://127.0.0.1:9")
    assert "não está acessível" in page.click("log_in.submit").text


def test_a_reload_and_a_new_tab_keep_the_session(api: FakeApi, alice: Account) -> None:
    browser = Browser()
    page = browser.open().fill(log_in__email=alice.email, log_in__password=PASSWORD).click("log_in.submit")
    assert page.title == "Visão geral"
    assert browser.open("trades").title == "Operações"


def test_logging_out_ends_every_tab_and_the_token(api: FakeApi, alice: Account) -> None:
    browser = Browser().sign_in(alice)
    here, elsewhere = browser.open(), browser.open("bots")
    assert here.click("sidebar.log_out").title == "Cardume"
    assert elsewhere.run().title == "Cardume"
    assert not alice.refresh


def test_a_session_that_the_api_ended_leads_back_to_the_log_in(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open()
    alice.end_all_tokens()
    assert page.run().title == "Cardume"


def test_a_bot_is_created_from_what_was_typed_in_the_readers_way(api: FakeApi, alice: Account) -> None:
    key = api.add_paper_key(alice)
    page = Browser().sign_in(alice).open("bot_form")
    parameter = "bot_form.new.parameters.buy_below_average.threshold_percent"
    page.app.text_input(parameter).set_value("0,25")
    save_bot(page, "Sardinha", "1.234,56")
    assert page.title == "Robôs"
    assert "“Sardinha” foi salvo." in page.text
    bot = next(iter(alice.bots.values()))
    assert (bot["capital"], bot["exchange_key"], bot["symbols"]) == (
        "1234.56",
        key["id"],
        ["BTC/USDT", "ETH/USDT"],
    )
    assert bot["parameters"] == {
        "timeframe": "1m",
        "window": 20,
        "threshold_percent": "0.25",
        "sell_at_average": True,
    }
    assert (bot["take_profit_percent"], bot["trailing_stop_percent"]) == ("1", None)


def test_refused_fields_are_marked_and_nothing_typed_is_lost(api: FakeApi, alice: Account) -> None:
    api.add_paper_key(alice)
    page = Browser().sign_in(alice).open("bot_form")
    save_bot(page, "Sardinha", "10")
    assert "O capital mínimo para estes pares é R$ 25,00." in page.text
    assert page.app.text_input("bot_form.new.name").value == "Sardinha"
    assert page.app.multiselect("bot_form.new.symbols").value == ["BTC/USDT", "ETH/USDT"]
    save_bot(page, "Sardinha", "cem")
    assert "Isto não é um número." in page.text
    save_bot(page, "Sardinha", "100")
    assert page.title == "Robôs"


def test_a_parameter_out_of_bounds_is_marked(api: FakeApi, alice: Account) -> None:
    api.add_paper_key(alice)
    page = Browser().sign_in(alice).open("bot_form")
    page.app.number_input("bot_form.new.parameters.buy_below_average.window").set_value(1)
    assert "O valor mínimo é 2." in save_bot(page, "Sardinha", "100").text


def test_a_bot_is_edited_starting_from_what_it_is(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", symbols=["BTC/USDT", "GONE/USDT"])
    page = Browser().sign_in(alice).open("bot_form", {"bot": str(bot["id"])})
    prefix = f"bot_form.{bot['id']}"
    assert page.title == "Editar um robô"
    assert page.app.text_input(f"{prefix}.take_profit_percent").value == "1,5"
    assert page.app.number_input(f"{prefix}.parameters.buy_below_average.window").value == 30
    page.app.text_input(f"{prefix}.name").set_value("Atum")
    page.click("bot_form.save")
    assert bot["name"] == "Atum"
    assert bot["symbols"] == ["BTC/USDT", "GONE/USDT"]
    assert bot["parameters"]["threshold_percent"] == "0.25"


def test_the_form_works_while_the_markets_cannot_be_listed(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    api.fail("GET /api/markets/", 503, {"code": "unavailable", "detail": "A corretora não responde."})
    page = Browser().sign_in(alice).open("bot_form", {"bot": str(bot["id"])})
    page.click("bot_form.save")
    assert page.title == "Robôs"


def test_a_bot_is_started_stopped_closed_and_deleted(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    prefix = f"bots.{bot['id']}"
    page = Browser().sign_in(alice).open("bots")
    assert "“Sardinha” está em operação." in page.click(f"{prefix}.start").text
    assert "“Sardinha” está parado." in page.click(f"{prefix}.stop").text
    assert bot["open_trades"] == 1
    page.choose(f"{prefix}.more", "close_all")
    assert bot["open_trades"] == 1, "it asks first"
    assert "está vendendo tudo" in page.click(f"{prefix}.close_all.yes").text
    page.choose(f"{prefix}.more", "delete").click(f"{prefix}.delete.no")
    assert alice.bots
    page.choose(f"{prefix}.more", "delete").click(f"{prefix}.delete.yes")
    assert "“Sardinha” foi excluído." in page.text
    assert not alice.bots


def test_a_refused_deletion_says_why(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", open_trades=1)
    page = Browser().sign_in(alice).open("bots").choose(f"bots.{bot['id']}.more", "delete")
    assert "O robô ainda tem operações abertas." in page.click(f"bots.{bot['id']}.delete.yes").text


def test_a_key_is_added_checked_and_deleted_and_its_secret_forgotten(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open("exchange_keys")
    page.fill(key_form__label="Minha", key_form__api_key="abcd1234").click("key_form.add")
    assert "Este campo é obrigatório." in page.text
    assert page.app.text_input("key_form.label").value == "Minha"
    page.fill(key_form__secret_key="s3cr3t").click("key_form.add")
    assert "Minha: Válida" in page.text
    assert "***1234" in page.text
    assert page.app.text_input("key_form.secret_key").value == ""
    key = next(iter(alice.keys))
    assert "Minha: Válida" in page.click(f"exchange_keys.{key}.check").text
    page.click(f"exchange_keys.{key}.delete").click(f"exchange_keys.{key}.delete.yes")
    assert "A chave “Minha” foi excluída." in page.text


@pytest.mark.parametrize(
    ("button", "exchange"), [("exchange_keys.paper", "Binance"), ("exchange_keys.paper.bybit", "Bybit")]
)
def test_a_paper_account_is_one_click_at_each_exchange(alice: Account, button: str, exchange: str) -> None:
    page = Browser().sign_in(alice).open("exchange_keys").click(button)
    assert "Sua conta simulada está aberta." in page.text
    assert f"{exchange} · Simulado" in page.text


@pytest.mark.parametrize("environment", ["testnet", "live"])
@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_the_guidance_warns_of_withdrawals(alice: Account, exchange: str, environment: str) -> None:
    page = Browser().sign_in(alice).open("exchange_keys")
    page.app.selectbox("key_form.exchange").select(exchange)
    page.app.selectbox("key_form.environment").select(environment)
    assert "**Nunca marque saques nem transferências**" in page.run().text


def test_language_and_currency_change_at_once(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open("account")
    page.app.selectbox("account.language").select("en")
    page.app.selectbox("account.currency").select("USDT")
    assert page.click("account.save").title == "Account"
    assert (alice.language, alice.display_currency) == ("en", "USDT")


def test_the_password_changes_and_this_sign_in_stays(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open("account")
    page.fill(account__current="wrong", account__new="another-pass").click("account.change")
    assert "Senha atual incorreta." in page.text
    page.fill(account__current=PASSWORD).click("account.change")
    assert "Sua senha foi trocada." in page.text
    assert page.run().title == "Conta"


@pytest.mark.parametrize("name", ["overview", "bots", "bot_form", "trades", "exchange_keys"])
def test_a_page_recovers_when_the_api_is_back(api: FakeApi, alice: Account, name: str) -> None:
    api.add_bot(alice, "Sardinha")
    browser = Browser().sign_in(alice)
    api.fail("GET /api/(bots|portfolio|trades|exchange-keys)/", 0)
    page = browser.open(name)
    assert "O Cardume não está acessível" in page.text
    api.failures.clear()
    assert "O Cardume não está acessível" not in page.run().text


def test_a_fault_shows_its_reference_and_no_traceback(api: FakeApi, alice: Account) -> None:
    api.fail("GET /api/bots/", 500, {"code": "server_error", "detail": "boom", "error_id": "f00d"})
    text = Browser().sign_in(alice).open("bots").text
    assert "Referência: f00d" in text
    assert "Traceback" not in text


def test_a_slow_api_is_given_up_on(api: FakeApi, alice: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "ANSWER_SECONDS", 0.2)
    api.fail("GET /api/portfolio/", 200, {}, delay=0.5)
    assert "não está acessível" in Browser().sign_in(alice).open().text
