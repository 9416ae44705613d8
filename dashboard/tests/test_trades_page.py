"""The list of trades: narrowed, sorted and paged by the API, and each trade in full."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser, Page
from dashboard.trade_filters import accept, asked_of_api

TODAY = date(2026, 11, 21)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def choose(page: Page, name: str, option: object) -> Page:
    page.app.selectbox(f"trades.{name}").select(option)
    return page.run()


def test_trades_are_filtered_and_paged_by_the_api(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    for _ in range(30):
        api.add_trade(alice, bot, closed=True)
    api.add_trade(alice, bot, closed=False)
    page = Browser().sign_in(alice).open("trades")
    assert "Página 1 de 2 · 31 operações" in page.text
    assert "Página 2 de 2" in page.click("trades.next").text
    assert "Página 1 de 1 · 1 operação" in choose(page, "status", "OPEN").text
    assert any("status=OPEN" in call and "page=1" in call for call in api.seen)


def test_a_page_that_is_gone_leads_to_the_last_one(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    trades = [api.add_trade(alice, bot, closed=False) for _ in range(26)]
    page = choose(Browser().sign_in(alice).open("trades"), "status", "OPEN").click("trades.next")
    assert "Página 2 de 2" in page.text
    trades[0]["status"] = "CLOSED"
    text = page.run().text
    assert "Página 1 de 1 · 25 operações" in text
    assert "Página inválida." not in text


def test_what_other_filters_left_is_not_shown_while_the_api_is_away(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    page = Browser().sign_in(alice).open("trades")
    api.fail(r"/api/trades/", 503, {"code": "busy", "detail": "Tente mais tarde."})
    assert "Encerrada" in page.run().text
    text = choose(page, "status", "OPEN").text
    assert "Tente mais tarde." in text
    assert "Encerrada" not in text


def test_as_many_stand_on_a_page_as_the_user_wants(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    for _ in range(30):
        api.add_trade(alice, bot, closed=True)
    page = Browser().sign_in(alice).open("trades")
    assert "Página 1 de 1 · 30 operações" in choose(page, "size", 50).text


def test_the_api_sorts(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    page = Browser().sign_in(alice).open("trades")
    assert any("ordering=-opened_at" in call for call in api.seen)
    choose(page, "ordering", "-realised_pnl_display")
    assert any("ordering=-realised_pnl_display" in call for call in api.seen)


def test_the_choices_stand_in_the_address_and_come_back_from_it(api: FakeApi, alice: Account) -> None:
    bot = api.add_bot(alice, "Sardinha")
    api.add_trade(alice, bot, closed=True)
    browser = Browser().sign_in(alice)
    choose(choose(page := browser.open("trades"), "status", "CLOSED"), "size", 50)
    address = dict(page.app.query_params.items())
    assert address == {"status": "CLOSED", "size": "50"}
    page = browser.open("trades", {**address, "bot": str(bot["id"]), "period": "nonsense"})
    assert page.app.selectbox("trades.status").value == "CLOSED"
    assert page.app.selectbox("trades.bot").value == bot["id"]
    assert page.app.selectbox("trades.period").value is None


def test_without_a_match_the_filters_are_named_as_the_reason(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    page = choose(Browser().sign_in(alice).open("trades"), "status", "OPEN")
    assert "Nenhuma operação corresponde a estes filtros." in page.text


def test_a_trade_shows_its_orders_and_fills(api: FakeApi, alice: Account) -> None:
    trade = api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    text = Browser().sign_in(alice).open("trades").click(f"trades.{trade['id']}.open").text
    for part in ("Realização de lucro", "0,0000003 BTC", "5,01 BRL", "Executada", "0,0000007 BTC"):
        assert part in text


def test_the_files_are_named_in_the_users_language(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    page = Browser().sign_in(alice).open("trades")
    assert [button.label for button in page.app.download_button] == ["Baixar em CSV", "Execuções em CSV"]


def test_a_place_between_two_days_asks_for_them(api: FakeApi, alice: Account) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    page = choose(Browser().sign_in(alice).open("trades"), "period", "other")
    assert page.app.date_input("trades.since").proto.format == "DD/MM/YYYY"
    page.app.date_input("trades.since").set_value(date(2026, 1, 31))
    page.run()
    assert any("opened_after=2026-01-31T00%3A00%3A00-03%3A00" in call for call in api.seen)


@pytest.mark.parametrize("day", ["2999-01-01", "0001-01-01", "2026-02-30", "tomorrow"])
def test_a_day_of_the_address_that_nobody_can_choose_is_left_out(
    api: FakeApi, alice: Account, day: str
) -> None:
    api.add_trade(alice, api.add_bot(alice, "Sardinha"), closed=True)
    page = Browser().sign_in(alice).open("trades", {"period": "other", "since": day, "until": day})
    today = datetime.now(SAO_PAULO).date()
    assert [field.value for field in page.app.date_input] == [today, today]


@pytest.mark.parametrize(
    ("choices", "after", "before"),
    [
        ({}, None, None),
        ({"period": "today"}, "2026-11-21T00:00:00-03:00", None),
        ({"period": "week"}, "2026-11-15T00:00:00-03:00", None),
        (
            {"period": "other", "since": date(2026, 11, 1), "until": date(2026, 11, 2)},
            "2026-11-01T00:00:00-03:00",
            "2026-11-03T00:00:00-03:00",
        ),
        ({"period": "other"}, None, None),
    ],
)
def test_days_begin_at_the_readers_midnight(
    choices: dict[str, object], after: str | None, before: str | None
) -> None:
    asked = asked_of_api(choices, TODAY, SAO_PAULO)
    assert (asked.get("opened_after"), asked.get("opened_before")) == (after, before)


def test_an_address_is_taken_at_its_word_only_where_it_makes_sense() -> None:
    bots = [{"id": 7, "symbols": ["BTC/USDT"]}]
    asked = {"bot": "7", "symbol": "ETH/USDT", "since": "2026-02-30", "until": "2026-02-28", "page": "9"}
    assert accept(asked, bots, ["play"], TODAY) == {"bot": 7, "until": date(2026, 2, 28)}
    assert accept({"bot": "8", "money": "real"}, bots, ["play"], TODAY) == {}
    assert accept({"money": "real"}, bots, ["real", "play"], TODAY) == {"money": "real"}
