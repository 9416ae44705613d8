"""The page of the performance: what it asks for, what it shows, and what it does without an answer."""

import pytest

from dashboard.performance_figures import headline, write_csv
from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser, Page
from dashboard.tests.performance_data import make_part, make_performance
from dashboard.tests.test_formatting import PORTUGUESE

PATH = "/api/performance/"


@pytest.fixture
def traded(api: FakeApi, alice: Account) -> Account:
    """A bot of hers has bought and sold, and holds something."""
    bot = api.add_bot(alice, "Sardinha", status="active")
    for closed in (True, True, False):
        api.add_trade(alice, bot, closed=closed)
    return alice


def open_page(user: Account) -> Page:
    return Browser().sign_in(user).open("performance")


def charts(page: Page) -> dict[str, str]:
    """The text for screen readers of each chart, by the chart's key."""
    return {str(chart.proto.id).split("-")[-1]: chart.proto.alt for chart in page.app.get("echarts_chart")}


def asked(api: FakeApi) -> list[str]:
    return [call for call in api.seen if PATH in call]


def test_what_matters_comes_first(traded: Account) -> None:
    text = open_page(traded).text
    for figure in (
        "+R$ 1.234,56",
        "+24,69% do capital",
        "+R$ 1.234,31",
        "62,5%",
        "2 de 2 operações",
        "-R$ 110,00",
        "-9,09% da conta",
    ):
        assert figure in text
    assert "Preços simulados" in text


def test_what_is_open_makes_no_total_where_its_worth_is_not_known() -> None:
    found = make_performance([], []) | {"total_pnl_display": None, "total_pnl_percent": None}
    assert '<dt>Com o que está aberto</dt><dd class="even">–</dd>' in headline(found, PORTUGUESE)


def test_every_statistic_says_what_it_means(traded: Account) -> None:
    text = open_page(traded).text
    for figure, meaning in {
        "1,23": "O retorno diário comparado ao quanto ele oscila",
        "2,50": "só as oscilações para baixo contam contra",
        "3,75": "O crescimento anual comparado à maior queda",
        "+18,75%": "Quanto cresceria em um ano inteiro",
        "1,87": "Quanto se ganhou para cada unidade perdida",
        "3 h 12 min": "Por quanto tempo uma operação ficou aberta",
        "1 min 30 s / 2 d 4 h": "Se as perdas duram muito mais que os ganhos",
        "42,5%": "Em quanto do tempo havia ao menos uma operação aberta",
        "R$ 98,76": "O que a corretora cobrou",
        "R$ 123.456,78": "Tudo o que foi comprado e vendido",
        "01/11/2026 09:00 – 03/11/2026 09:00": "Do melhor momento até o ponto mais baixo",
    }.items():
        assert figure in text, figure
        assert meaning in text, meaning
    assert "Aparece a partir" not in text


def test_a_figure_that_is_not_there_says_why(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=False)
    text = open_page(alice).text
    assert "Aparece a partir de 30 dias; até agora são 0." in text
    assert "Ainda não há perda para comparar." in text
    assert "Nada foi vendido neste período" in text


def test_every_chart_is_told_in_words_too(traded: Account) -> None:
    told = [chart.proto.alt for chart in open_page(traded).app.get("echarts_chart")]
    assert told == [
        "Resultado acumulado de 01/10/2026 a 20/11/2026: -R$ 60,00 no fim; a maior queda foi de R$ 110,00.",
        "Resultados por dia: 1 com resultado; o melhor foi +R$ 40,50, 20/11/2026.",
        "Operações encerradas pelo resultado em porcentagem: 10 ao todo, 2 com ganho.",
    ]


def test_one_question_draws_the_whole_page(api: FakeApi, traded: Account) -> None:
    open_page(traded)
    assert len(asked(api)) == 1
    assert "timezone=America%2FSao_Paulo" in asked(api)[0]
    assert "from=" not in asked(api)[0]


def test_the_api_narrows_to_what_is_chosen(api: FakeApi, traded: Account) -> None:
    page = open_page(traded)
    page.app.selectbox("performance.bot").select(next(iter(traded.bots)))
    page.run()
    assert f"bot={next(iter(traded.bots))}" in asked(api)[-1]
    page.app.selectbox("performance.symbol").select("BTC/USDT")
    page.run()
    assert "symbol=BTC%2FUSDT" in asked(api)[-1]
    assert page.app.selectbox("performance.bot").value == next(iter(traded.bots))


def test_a_period_begins_so_many_days_ago(api: FakeApi, traded: Account) -> None:
    page = open_page(traded)
    page.app.button_group("performance.period").select("week")
    text = page.run().text
    assert "from=20" in asked(api)[-1]
    # What can be chosen stays, although nothing was sold.
    assert "Nada foi vendido neste período" in text or "+R$ 1.234,56" in text
    assert page.app.selectbox("performance.bot").options == ["Sardinha"]


def test_bars_stand_for_days_weeks_or_months_without_another_question(api: FakeApi, traded: Account) -> None:
    page = open_page(traded)
    for step, name in (("week", "semana"), ("month", "mês")):
        page.app.button_group("performance.step").select(step)
        page.run()
        assert any(
            chart.proto.alt.startswith(f"Resultados por {name}") for chart in page.app.get("echarts_chart")
        )


def test_what_the_bars_stand_for_can_be_taken_away() -> None:
    performance = make_performance([], [])
    performance["by_week"] = [make_part("2026-11-16"), make_part("2026-11-23", win_rate=None)]
    assert write_csv(performance, "week").splitlines() == [
        "date,trades,wins,losses,win_rate,realised_pnl_display,display_currency,realised_pnl_percent,volume_display,fees_display",
        "2026-11-16,2,1,1,0.5,40.5,BRL,0.81,2040,1.5",
        "2026-11-23,2,1,1,,40.5,BRL,0.81,2040,1.5",
    ]


def test_the_last_figures_stay_while_the_api_is_away(api: FakeApi, traded: Account) -> None:
    page = open_page(traded)
    api.fail(f"GET {PATH}", 0)
    page.run()
    assert "+R$ 1.234,56" in page.text
    [warning] = page.app.warning
    assert "tenta de novo sozinha" in warning.value
    api.failures.clear()
    assert not page.run().app.warning


def test_without_any_answer_the_page_says_so_and_recovers(api: FakeApi, traded: Account) -> None:
    api.fail(f"GET {PATH}", 500)
    page = open_page(traded)
    assert len(page.app.warning) == 1
    assert not page.app.selectbox
    api.failures.clear()
    assert "+R$ 1.234,56" in page.run().text
    assert page.app.selectbox("performance.bot").options == ["Sardinha"]


def test_a_bot_that_is_gone_is_no_failure(api: FakeApi, traded: Account) -> None:
    page = open_page(traded)
    api.fail(f"GET {PATH}", 404, {"code": "not_found", "detail": "Não encontrado."})
    page.run()
    assert "Não encontrado" in page.app.warning[0].value
    assert "+R$ 1.234,56" in page.text
