"""What is seen from outside of the exchanges' limits."""

from typing import Any

import pytest

from exchanges.domain import RateLimit
from exchanges.metrics import count_weights
from exchanges.rate_budget import Purpose, shared
from exchanges.rate_budget.shared import Wanted
from exchanges.tests.conftest import BINANCE
from saas.metrics import render


def take(weight: int, purpose: Purpose) -> None:
    shared.take(Wanted(BINANCE, RateLimit(6_000, 60, 70), weight, purpose, "alice", "GET account"))


@pytest.mark.usefixtures("limited")
def test_metrics_show_what_is_used_what_is_left_and_who_was_refused(settings: Any) -> None:
    settings.EGRESS_ADDRESS = "198.51.100.7"
    take(4_000, Purpose.EXIT)
    take(200, Purpose.ENTRY)
    take(20, Purpose.AUDIT)
    take(20, Purpose.AUDIT)
    text = render(count_weights())
    place = 'venue="binance:paper@198.51.100.7"'
    assert f"cardume_exchange_weight_used{{{place}}} 4200\n" in text
    assert f"cardume_exchange_weight_remaining{{{place}}} 1800\n" in text
    assert f'cardume_exchange_weight_total{{{place},purpose="exit"}} 4000\n' in text
    assert f'cardume_exchange_refusals_total{{{place},purpose="audit",reason="spent"}} 2\n' in text


@pytest.mark.usefixtures("limited")
def test_metrics_show_nothing_of_venues_that_nobody_asked() -> None:
    assert [metric.samples for metric in count_weights()] == [[], [], [], []]


def test_metrics_are_there_while_redis_is_away(no_redis: None) -> None:
    assert count_weights() == []
