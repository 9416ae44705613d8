"""Reasons and events as their reader sees them."""

from django.utils.translation import override

from bots.wording import DECISIONS, EVENTS, describe_decision, describe_event


def test_numbers_follow_the_language_and_the_size_of_the_number() -> None:
    details = {"level": "90762.858288", "threshold_percent": "0.1"}
    with override("en"):
        assert (
            describe_decision("below_average", details)
            == "The price is at or below the entry level of 90,762.86."
        )
    with override("pt-br"):
        assert "90.762,86" in describe_decision("below_average", details)
    with override("en"):
        assert "0.00001234" in describe_decision("take_profit", {"level": "0.000012341"})


def test_a_stored_code_that_is_no_longer_known_is_shown_as_it_is() -> None:
    assert describe_decision("from_another_version", {}) == "from_another_version"


def test_a_row_without_the_values_its_text_needs_is_still_readable() -> None:
    with override("en"):
        assert all(describe_decision(code, {}) for code in DECISIONS)
        assert all(describe_event(kind, {}) for kind in EVENTS)


def test_an_execution_is_told_in_words() -> None:
    details = {"side": "buy", "quantity": "0.5", "base": "BTC", "price": "100", "quote": "USDT"}
    with override("en"):
        assert describe_event("order_filled", details) == "Bought 0.5 BTC at 100 USDT."


def test_an_order_in_doubt_is_told_in_the_words_of_the_order_itself() -> None:
    details = {"status": "UNKNOWN", "symbol": "BTC/USDT", "order": "cdm1"}
    with override("en"):
        told = describe_decision("order_in_doubt", details)
        assert told.startswith("We do not know yet whether the exchange took this order. We ask it every few")
        assert "neither buys nor sells BTC/USDT" in told
        held = describe_event("order_held", {"code": "key_refused", "symbol": "BTC/USDT", "order": "cdm1"})
        assert "no longer accepts its key" in held
        assert "whether there is an order cdm1" in held
        settled = describe_event("order_resolved", {"status": "NEVER_PLACED"})
        assert settled.startswith("The order in doubt is settled. The order never reached the exchange")
