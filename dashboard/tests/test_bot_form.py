"""The bot's form: what it begins with, what it draws before anything is saved, and how it is left."""

from typing import Any

import pytest

from dashboard import bot_fields, bot_preview
from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser, Page
from dashboard.tests.sample_charts import make_preview
from dashboard.tests.test_formatting import PORTUGUESE


@pytest.fixture
def form(api: FakeApi, alice: Account) -> Page:
    api.add_paper_key(alice)
    return Browser().sign_in(alice).open("bot_form")


def previews(api: FakeApi) -> int:
    return api.seen.count("POST /api/bots/preview/")


def choose_symbols(page: Page, *symbols: str) -> Page:
    page.app.multiselect("bot_form.new.symbols").set_value(list(symbols))
    return page.run()


def test_a_new_form_shows_at_once_what_its_rule_would_have_done(form: Page) -> None:
    assert form.app.multiselect("bot_form.new.symbols").value == ["BTC/USDT"]
    for part in (
        "Nas últimas 24 horas, esta regra teria comprado BTC/USDT 2 vezes e vendido 1 vez.",
        "+R$ 0,89, ou +0,89% do capital",
        "Uma operação ainda estaria aberta.",
        "Capital mínimo para esta configuração: R$ 25,00.",
        "0,10% de taxa por ordem",
    ):
        assert part in form.text, part
    assert len(form.app.get("echarts_chart")) == 1


def test_a_preview_is_asked_for_when_something_has_changed_only(api: FakeApi, form: Page) -> None:
    form.run()
    form.fill(bot_form__new__name="Outro").run()
    assert previews(api) == 1
    form.fill(bot_form__new__take_profit_percent="2,5").run()
    assert previews(api) == 2


def test_a_change_costs_few_calls(api: FakeApi, form: Page) -> None:
    api.seen.clear()
    form.fill(bot_form__new__stop_loss_percent="2").run()
    assert sorted(api.seen) == [
        "GET /api/exchange-keys/?page=1&page_size=200",
        "GET /api/halts/",
        "POST /api/bots/preview/",
    ]


def test_the_symbol_that_is_drawn_can_be_chosen(api: FakeApi, form: Page) -> None:
    choose_symbols(form, "BTC/USDT", "ETH/USDT")
    form.app.selectbox("bot_form.preview.symbol").select("ETH/USDT")
    assert "teria comprado ETH/USDT" in form.run().text


def test_what_is_missing_is_said_instead_of_a_chart(api: FakeApi, form: Page) -> None:
    choose_symbols(form)
    assert "Ainda não há o que desenhar" in form.text
    choose_symbols(form, "BTC/USDT").fill(bot_form__new__capital="cem")
    text = form.run().text
    assert "Isto não é um número." in text
    assert "Ainda não há o que desenhar" in text
    assert form.app.text_input("bot_form.new.capital").value == "cem"


def test_an_error_of_the_preview_stands_beside_its_field(form: Page) -> None:
    form.app.number_input("bot_form.new.parameters.buy_below_average.window").set_value(1)
    assert "O valor mínimo é 2." in form.run().text


def test_too_little_capital_says_what_would_do_before_it_is_saved(form: Page) -> None:
    text = form.fill(bot_form__new__capital="10").run().text
    assert "É preciso um capital de pelo menos R$ 25,00" in text


def test_without_a_preview_a_bot_is_saved_all_the_same(api: FakeApi, alice: Account, form: Page) -> None:
    api.fail(
        "POST /api/bots/preview/",
        503,
        {"code": "exchange_unavailable", "detail": "A corretora não responde."},
    )
    form.fill(bot_form__new__capital="200").run()
    assert "A corretora não responde." in form.text
    assert form.click("bot_form.save").title == "Robôs"
    assert len(alice.bots) == 1


def test_a_bot_is_saved_and_started_in_one_step(alice: Account, form: Page) -> None:
    form.click("bot_form.start")
    [bot] = alice.bots.values()
    assert (bot["name"], bot["status"]) == ("Meu robô", "active")
    assert form.title == "Meu robô"
    assert "“Meu robô” está em operação." in form.text


def test_a_bot_that_does_not_start_is_saved_and_says_why(api: FakeApi, alice: Account, form: Page) -> None:
    api.fail(
        r"POST /api/bots/\d+/start/",
        409,
        {"code": "key_invalid", "detail": "A corretora não aceita a chave."},
    )
    form.click("bot_form.start")
    assert form.title == "Robôs"
    assert "A corretora não aceita a chave." in form.text
    assert [bot["status"] for bot in alice.bots.values()] == ["stopped"]


def test_a_copy_has_all_but_the_name_and_the_state(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active", symbols=["ETH/USDT"], capital="123.45")
    page = Browser().sign_in(alice).open("bot_form", {"clone": str(bot["id"])})
    assert page.title == "Criar um robô"
    assert page.app.text_input(f"bot_form.copy{bot['id']}.name").value == "Sardinha (cópia)"
    page.click("bot_form.save")
    copied = max(alice.bots.values(), key=lambda each: each["id"])
    assert copied["id"] != bot["id"]
    assert copied["status"] == "stopped"
    assert {name: copied[name] for name in ("symbols", "capital", "take_profit_percent")} == {
        "symbols": ["ETH/USDT"],
        "capital": "123.45",
        "take_profit_percent": "1.5",
    }
    assert copied["parameters"]["threshold_percent"] == "0.25"


def test_what_was_typed_is_there_after_a_look_at_another_page(form: Page) -> None:
    form.fill(bot_form__new__name="Sardinha", bot_form__new__capital="321").run()
    form.run("bots")
    form.run("bot_form")
    assert form.app.text_input("bot_form.new.name").value == "Sardinha"
    assert form.app.text_input("bot_form.new.capital").value == "321"
    form.click("bot_form.over")
    assert form.app.text_input("bot_form.new.name").value == "Meu robô"


def test_a_running_bot_is_only_saved(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha", status="active")
    page = Browser().sign_in(alice).open("bot_form", {"bot": str(bot["id"])})
    assert [button.key for button in page.app.button if button.key == "bot_form.start"] == []


def test_a_long_name_leaves_room_for_the_mark_of_a_copy(api: FakeApi, alice: Account) -> None:
    copied = bot_fields.as_copy(api.add_bot(alice, "x" * 60), "(cópia)")
    assert len(copied["name"]) == 60
    assert copied["name"].endswith("x (cópia)")


def answer(**changes: Any) -> dict[str, Any]:
    body = {
        "symbols": ["BTC/USDT"],
        "parameters": {"timeframe": "1m"},
        "capital": "100",
        "capital_currency": "BRL",
    }
    return make_preview(body) | changes


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"purchases": 1, "sales": 1}, "Nas últimas 24 horas, esta regra teria comprado BTC/USDT 1 vez"),
        ({"period_seconds": 3_600}, "Na última hora, esta regra teria comprado"),
        ({"purchases": 0, "sales": 0}, "esta regra não teria comprado BTC/USDT. O mais perto"),
        ({"purchases": 0, "candles": []}, "Ainda há poucos candles para a média."),
    ],
)
def test_the_sentence_says_what_would_have_come_of_it(changes: dict[str, Any], part: str) -> None:
    assert part in bot_preview.describe(answer(**changes), "BRL", PORTUGUESE)


def test_a_bot_whose_key_is_gone_is_not_given_another_one_unasked(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    gone, live = bot["exchange_key"], api.add_key(alice, "Minha conta", "binance", "live")
    del alice.keys[gone]
    page = Browser().sign_in(alice).open("bot_form", {"bot": str(bot["id"])})
    field = page.app.selectbox(f"bot_form.{bot['id']}.exchange_key")
    assert field.value is None
    assert "A chave escolhida foi excluída." in page.text
    assert "A chave escolhida foi excluída." in page.click("bot_form.start").text
    assert (bot["exchange_key"], bot["status"]) == (gone, "stopped")
    page.app.selectbox(f"bot_form.{bot['id']}.exchange_key").select(live["id"])
    page.run().click("bot_form.save")
    assert bot["exchange_key"] == live["id"]


def come_back(page: Page, bot: dict[str, object]) -> Page:
    """After a look at another page, for longer than what the API said is remembered."""
    page.run("bots")
    page.app.session_state["remembered"] = {}
    page.app.query_params["bot"] = str(bot["id"])
    return page.run("bot_form")


def test_only_what_was_typed_is_kept_where_the_bot_was_changed_elsewhere(
    api: FakeApi, alice: Account
) -> None:
    bot = api.add_bot(alice, "Sardinha")
    field = f"bot_form.{bot['id']}"
    page = Browser().sign_in(alice).open("bot_form", {"bot": str(bot["id"])})
    page.app.text_input(f"{field}.name").set_value("Atum")
    page.run()
    bot["capital"] = "500"
    come_back(page, bot).click("bot_form.save")
    assert (bot["name"], bot["capital"]) == ("Atum", "500")


@pytest.mark.parametrize(("typed", "read"), [("1.500", "1500"), ("1,125", "1.125"), ("mil", "mil")])
def test_an_amount_stays_the_same_in_another_language(
    api: FakeApi, alice: Account, typed: str, read: str
) -> None:
    bot = api.add_bot(alice, "Sardinha")
    key = f"bot_form.{bot['id']}.capital"
    page = Browser().sign_in(alice).open("bot_form", {"bot": str(bot["id"])})
    page.app.text_input(key).set_value(typed)
    page.run().run("account")
    page.app.selectbox("account.language").select("en")
    page.click("account.save")
    assert come_back(page, bot).app.text_input(key).value == read
