"""Coins that their owner sold or moved by hand: taken off with their cost, and nobody guesses what they brought."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from saas.clock import utc_now
from tests.cast import LONG_AGO, FakeVenue, Person, alice, make_bot, make_fill, make_order, make_trade, venue
from trades import lease
from trades.models import Trade
from trades.projection import correct_trade, project_trade

__all__ = ["alice", "venue"]

pytestmark = pytest.mark.django_db(transaction=True)


def take_off(trade: Trade, quantity: str, at: datetime | None = None) -> bool:
    """Correct a trade as the coverage does, holding its bot's lease."""
    now = utc_now()
    held = lease.take(trade.bot_id, now)
    assert held is not None
    closed = correct_trade(trade, Decimal(quantity), at or now, held, now)
    lease.release(held)
    trade.refresh_from_db()
    return closed


def test_what_was_moved_is_shown_with_its_cost_and_the_rest_goes_on(alice: Person, venue: FakeVenue) -> None:
    trade = make_trade(make_bot(alice), buys=[("100000", "0.004")])
    venue.prices["BTC/USDT"] = Decimal(110_000)
    venue.publish()
    assert not take_off(trade, "0.001")
    item = alice.client.get(f"/api/trades/{trade.pk}/").json()
    assert (item["status"], item["held_quantity"], item["realised_pnl"]) == ("OPEN", "0.003", "0")
    assert (item["corrected_quantity"], item["corrected_cost"], item["cost"]) == ("0.001", "100", "400")
    assert item["unrealised_pnl"] == "30"
    assert [(row["quantity"], row["left"]) for row in item["corrections"]] == [("0.001", "0.003")]


def test_a_trade_of_which_nothing_is_left_ends_without_a_result(alice: Person, venue: FakeVenue) -> None:
    trade = make_trade(make_bot(alice), buys=[("100000", "0.004")])
    assert take_off(trade, "0.003995", LONG_AGO + timedelta(hours=3))
    assert (trade.status, trade.exit_reason, trade.realised_pnl) == ("CLOSED", "manual", Decimal(0))
    assert (trade.dust, trade.dust_cost) == (Decimal("0.000005"), Decimal("0.5"))
    assert trade.closed_at == LONG_AGO + timedelta(hours=3)


def test_the_statistics_count_no_win_and_no_loss_where_nobody_knows_the_result(
    alice: Person, venue: FakeVenue
) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("110000", "0.001")])
    take_off(make_trade(bot, symbol="ETH/USDT"), "0.001")
    statistics = alice.client.get("/api/portfolio/").json()["statistics"]
    assert (statistics["trades"], statistics["wins"], statistics["losses"]) == (2, 1, 0)
    assert (statistics["win_rate"], statistics["expectancy_display"]) == ("1", "50")


def test_a_part_sold_by_the_bot_keeps_its_exact_result(alice: Person, venue: FakeVenue) -> None:
    trade = make_trade(make_bot(alice), buys=[("100000", "0.004")], sells=[("110000", "0.001")])
    assert take_off(trade, "0.003")
    assert [trade.realised_pnl, trade.corrected_cost, trade.dust_cost] == [
        Decimal(10),
        Decimal(300),
        Decimal(0),
    ]
    item = alice.client.get(f"/api/trades/{trade.pk}/").json()
    assert item["realised_pnl_percent"] == "10"
    [row] = [row for row in _exported(alice) if row.startswith(f"{trade.pk},")]
    assert ",0.003,300,manual," in row


def test_a_sale_of_ours_that_turns_up_late_takes_the_correction_back(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    trade = make_trade(bot, buys=[("100000", "0.004")])
    take_off(trade, "0.004", LONG_AGO + timedelta(hours=2))
    late = make_order(bot, side="sell", leg="exit", reason="adopted", trade=trade)
    make_fill(late, "120000", "0.004", LONG_AGO + timedelta(hours=1))
    project_trade(late)
    trade.refresh_from_db()
    assert (trade.corrected_quantity, trade.realised_pnl, trade.exit_reason) == (
        Decimal(0),
        Decimal(80),
        "adopted",
    )


def test_an_owner_sees_corrections_of_their_own_trades_only(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    trade = make_trade(make_bot(alice))
    take_off(trade, "0.001")
    with django_assert_num_queries(5):  # who asks, the trade, its orders, their fills, its corrections
        assert alice.client.get(f"/api/trades/{trade.pk}/").status_code == 200
    assert {row.owner_id for row in trade.corrections.all()} == {alice.user.pk}


def _exported(person: Person) -> list[str]:
    answer: Any = person.client.get("/api/trades/export.csv")
    return b"".join(answer.streaming_content).decode().splitlines()
