"""`/api/trades/export.csv`: every digit, every rate, and nothing that a spreadsheet would run."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.cast import LONG_AGO, FakeVenue, Person, alice, make_bot, make_fill, make_order, make_trade, venue
from trades.export import FORMULA_STARTS, cell

__all__ = ["alice", "venue"]

URL = "/api/trades/export.csv"


def export(person: Person, query: str = "") -> list[dict[str, str]]:
    answer: Any = person.client.get(f"{URL}{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_row_per_trade_equals_the_list(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("110000.123456789", "0.001")])
    make_trade(bot)
    listed = alice.client.get("/api/trades/").json()["results"]
    exported = export(alice)
    assert [row["id"] for row in exported] == [str(item["id"]) for item in listed]
    for row, item in zip(exported, listed, strict=True):
        for name in row.keys() & item.keys():
            assert row[name] == ("" if item[name] is None else str(item[name])), name


def test_the_rate_of_each_fill_is_in_its_trades_row(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, buys=[("100000", "0.001"), ("99000", "0.001")], sells=[("110000", "0.002")], rate="5.43")
    make_trade(bot, symbol="ETH/USDT", rate=None)
    other, first = export(alice, "?ordering=-opened_at")
    assert (first["buy_display_rates"], first["sell_display_rates"]) == ("5.43 5.43", "5.43")
    assert (other["buy_display_rates"], other["sell_display_rates"]) == ("?", "")


def test_a_row_per_fill_has_the_money_in_both_currencies(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), sells=[("110000", "0.001")], rate="5.4")
    buy, sale = export(alice, "?rows=fills")
    assert (buy["side"], buy["notional"], buy["display_rate"], buy["notional_display"]) == (
        "buy",
        "100",
        "5.4",
        "540",
    )
    assert (sale["side"], sale["price"], sale["executed_at"]) == ("sell", "110000", "2026-11-10T13:00:00Z")


def test_filters_apply_and_bad_ones_are_json_errors(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice))
    assert len(export(alice, "?status=OPEN")) == 1
    assert export(alice, "?status=CLOSED") == []
    for query in ("?status=x", "?rows=x"):
        answer = alice.client.get(f"{URL}{query}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")


@pytest.mark.parametrize("accept", ["text/csv", "text/html", "*/*", "application/json"])
def test_the_file_comes_whatever_is_accepted(alice: Person, venue: FakeVenue, accept: str) -> None:
    assert alice.client.get(URL, headers={"accept": accept}).status_code == 200


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'])
def test_a_name_is_never_a_formula(alice: Person, venue: FakeVenue, name: str) -> None:
    make_trade(make_bot(alice, name=name))
    assert export(alice)[0]["bot_name"] == f"'{name}"


def test_a_loss_stays_a_number(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), sells=[("90000", "0.001")])
    assert Decimal(export(alice)[0]["realised_pnl"]) == Decimal(-10)


def test_names_with_quotes_commas_lines_and_accents_survive(alice: Person, venue: FakeVenue) -> None:
    name = 'Pé-de-meia, "o melhor"\nde todos'
    make_trade(make_bot(alice, name=name))
    assert export(alice)[0]["bot_name"] == name


def test_a_long_history_is_streamed_in_few_queries(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    bot = make_bot(alice)
    for _ in range(30):
        make_trade(bot, sells=[("110000", "0.001")])
    with django_assert_num_queries(4):  # who asks, which trades, those, their fills
        assert len(export(alice)) == 30


def test_a_fill_whose_order_made_no_trade_is_not_exported(alice: Person, venue: FakeVenue) -> None:
    make_fill(make_order(make_bot(alice), leg="exit"), "1", "1", LONG_AGO)
    assert export(alice, "?rows=fills") == []


@given(some.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not cell(text).startswith(FORMULA_STARTS)


@given(some.decimals(allow_nan=False, allow_infinity=False, places=18))
def test_a_number_is_exact_and_plain(number: Decimal) -> None:
    assert Decimal(cell(number)) == number
    assert "e" not in cell(number).lower()
