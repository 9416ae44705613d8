"""A bot's page: how it does, its chart, what it holds and waits for, and why."""

import pytest

from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser, Page


@pytest.fixture
def bot(api: FakeApi, alice: Account) -> dict[str, object]:
    return api.add_bot(alice, "Sardinha", status="active", symbols=["BTC/USDT", "ETH/USDT"])


def open_page(alice: Account, bot: dict[str, object]) -> Page:
    return Browser().sign_in(alice).open("bot", {"bot": str(bot["id"])})


def asked(api: FakeApi, part: str) -> list[str]:
    return [call for call in api.seen if part in call]


def test_it_shows_what_is_held_and_where_it_is_sold(
    api: FakeApi, alice: Account, bot: dict[str, object]
) -> None:
    api.add_trade(alice, bot, closed=False)
    text = open_page(alice, bot).text
    for part in (
        "-R$ 0,25",
        "<span>65.975,12</span><small><span>+1,48%",
        "<span>63.050</span><small><span>-3,00%",
        "0,0002997",
        "1 de no máximo 1",
    ):
        assert part in text, part


def test_it_shows_how_far_a_purchase_is(api: FakeApi, alice: Account, bot: dict[str, object]) -> None:
    text = open_page(alice, bot).text
    assert "O que ele espera agora" in text
    assert "64.975,08" in text
    assert "-0,05%" in text


def test_its_chart_follows_what_is_chosen(api: FakeApi, alice: Account, bot: dict[str, object]) -> None:
    page = open_page(alice, bot)
    assert len(page.app.get("echarts_chart")) == 1
    assert len(asked(api, "/chart/")) == 1
    page.app.selectbox("bot.chart.symbol").select("ETH/USDT")
    page.run()
    page.app.selectbox("bot.chart.timeframe").select("5m")
    page.run()
    last = asked(api, "/chart/")[-1]
    assert "symbol=ETH%2FUSDT" in last
    assert "timeframe=5m" in last
    page.run()
    assert len(asked(api, "/chart/")) == 3


def test_its_chart_begins_with_what_it_holds(api: FakeApi, alice: Account, bot: dict[str, object]) -> None:
    api.add_trade(alice, bot, closed=False)["symbol"] = "ETH/USDT"
    page = open_page(alice, bot)
    assert page.app.selectbox("bot.chart.symbol").value == "ETH/USDT"
    assert "symbol=ETH%2FUSDT" in asked(api, "/chart/")[0]
    page.app.selectbox("bot.chart.symbol").select("BTC/USDT")
    assert page.run().app.selectbox("bot.chart.symbol").value == "BTC/USDT"


def test_a_purchase_is_drawn_at_once(api: FakeApi, alice: Account, bot: dict[str, object]) -> None:
    page = open_page(alice, bot)
    before = len(asked(api, "/chart/"))
    api.add_trade(alice, bot, closed=False)
    page.run()
    assert len(asked(api, "/chart/")) == before + 1


def test_only_what_is_open_is_asked_for(api: FakeApi, alice: Account, bot: dict[str, object]) -> None:
    page = open_page(alice, bot)
    assert not asked(api, "/events/")
    assert "Robô iniciado." not in page.text
    page.app.session_state["bot.tab"] = "Eventos"
    assert "Robô iniciado." in page.run().text


def test_a_chart_that_cannot_be_had_leaves_the_rest(
    api: FakeApi, alice: Account, bot: dict[str, object]
) -> None:
    api.fail(r"/chart/", 503, {"code": "exchange_unavailable", "detail": "A corretora não responde."})
    page = open_page(alice, bot)
    assert "A corretora não responde." in page.text
    assert "O preço está acima da média." in page.text


def test_decisions_of_one_symbol_are_asked_of_the_api(
    api: FakeApi, alice: Account, bot: dict[str, object]
) -> None:
    page = open_page(alice, bot)
    page.app.selectbox("bot.symbol").select("ETH/USDT")
    page.run()
    assert "symbol=ETH%2FUSDT" in asked(api, "/decisions/")[-1]


def test_its_statistics_are_those_of_this_bot(api: FakeApi, alice: Account, bot: dict[str, object]) -> None:
    api.add_trade(alice, bot, closed=True)
    page = open_page(alice, bot)
    assert not asked(api, "/performance/")
    page.app.session_state["bot.tab"] = "Estatísticas"
    page.run()
    assert f"bot={bot['id']}" in asked(api, "/performance/")[-1]
    assert "Fator de lucro" in page.text


def test_a_bot_without_a_sale_has_no_statistics_yet(alice: Account, bot: dict[str, object]) -> None:
    page = open_page(alice, bot)
    page.app.session_state["bot.tab"] = "Estatísticas"
    assert "Assim que ele vender pela primeira vez" in page.run().text


def test_what_is_on_the_page_stays_while_the_api_is_away(
    api: FakeApi, alice: Account, bot: dict[str, object]
) -> None:
    page = open_page(alice, bot)
    api.fail(r"/decisions/", 503, {"code": "decisions_unavailable", "detail": "Tente mais tarde."})
    text = page.run().text
    assert "Tente mais tarde." in text
    assert "O preço está acima da média." in text


def test_a_chart_stays_while_the_api_is_away(api: FakeApi, alice: Account, bot: dict[str, object]) -> None:
    page = open_page(alice, bot)
    api.fail(r"/chart/", 503, {"code": "exchange_unavailable", "detail": "A corretora não responde."})
    api.add_trade(alice, bot, closed=False)
    page.run()
    assert len(page.app.get("echarts_chart")) == 1
    assert "A corretora não responde." not in page.text


def test_one_may_come_back_from_another_page(alice: Account, bot: dict[str, object]) -> None:
    page = open_page(alice, bot)
    page.run("bots")
    page.app.query_params["bot"] = str(bot["id"])
    page.run("bot")
    assert page.app.selectbox("bot.chart.timeframe").value == "1s"


def test_what_is_kept_of_one_bot_is_not_shown_of_another(
    api: FakeApi, alice: Account, bot: dict[str, object]
) -> None:
    other = api.add_bot(alice, "Atum", status="active", symbols=["SOL/USDT"])
    page = open_page(alice, bot)
    api.fail(rf"/api/bots/{other['id']}/(levels|events)/", 503, {"code": "x", "detail": "Tente mais tarde."})
    page.run("bots")
    page.app.query_params["bot"] = str(other["id"])
    page.run("bot")
    assert page.title == "Atum"
    assert "Tente mais tarde." in page.text
    assert f"bot.{bot['id']}.stop" not in [button.key for button in page.app.button]
