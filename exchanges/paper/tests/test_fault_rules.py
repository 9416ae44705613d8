"""Which requests a rule strikes: accounts are apart from each other, and nothing is left after clearing."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import requests

from ..faults.rules import RuleBook, parse_rule
from .server import PaperServer

PING = "/api/v3/ping"


@pytest.fixture(autouse=True)
def no_rules_left(exchange: PaperServer) -> Iterator[None]:
    yield
    exchange.control("faults", clear=True)


def ping(exchange: PaperServer, api_key: str) -> int:
    answer = requests.get(exchange.url + PING, headers={"X-MBX-APIKEY": api_key}, timeout=20)
    return answer.status_code


def shown(exchange: PaperServer) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = exchange.get("/paper/control/faults").json()["rules"]
    return rules


def test_a_used_up_rule_is_still_shown_until_it_is_cleared(exchange: PaperServer) -> None:
    exchange.control("faults", add=[{"kind": "status", "endpoint": PING, "count": 1}])
    assert [ping(exchange, "") for _ in range(2)] == [500, 200]
    assert [(rule["hits"], rule["remaining"]) for rule in shown(exchange)] == [(1, 0)]
    exchange.control("faults", clear=True)
    assert shown(exchange) == []


def test_rules_of_one_endpoint_come_one_after_the_other(exchange: PaperServer) -> None:
    rules = [
        {"kind": "status", "status": 502, "endpoint": PING, "count": 1},
        {"kind": "status", "status": 503, "endpoint": PING, "count": 1, "apiKey": "a"},
        {"kind": "status", "status": 504, "endpoint": PING, "count": 1},
    ]
    exchange.control("faults", add=rules)
    assert [ping(exchange, "a") for _ in range(4)] == [502, 503, 504, 200]


def test_counts_of_two_accounts_are_apart(exchange: PaperServer) -> None:
    rules = [{"kind": "status", "endpoint": PING, "count": 2, "apiKey": key} for key in "ab"]
    exchange.control("faults", add=rules)
    assert [ping(exchange, key) for key in "aaabbb"] == [500, 500, 200, 500, 500, 200]


def test_thousands_of_rules_are_one_call(exchange: PaperServer) -> None:
    rules = [{"kind": "status", "endpoint": PING, "apiKey": f"{number:064}"} for number in range(5000)]
    assert exchange.control("faults", add=rules)["rules"] == 5000
    assert (ping(exchange, f"{4999:064}"), ping(exchange, f"{5000:064}")) == (500, 200)


def test_an_account_s_luck_does_not_depend_on_the_traffic_of_others() -> None:
    def luck(others: int) -> list[bool]:
        rules = [
            parse_rule(n, {"kind": "drop", "apiKey": k, "probability": "0.5"}, 7) for n, k in enumerate("ab")
        ]
        book = RuleBook()
        for rule in rules:
            book.add(rule)
        for _ in range(others):
            book.of("b")[0].fires("GET", PING)
        return [book.of("a")[0].fires("GET", PING) for _ in range(30)]

    assert luck(0) == luck(11)
    assert set(luck(0)) == {True, False}


def test_rules_leave_the_book_in_any_order() -> None:
    book, chance = RuleBook(), Random(1)
    keys = [None, "a", "b", "a", None, "b"]
    rules = [parse_rule(n, {"kind": "drop", "apiKey": key}, 7) for n, key in enumerate(keys)]
    for rule in rules:
        book.add(rule)
    assert [rule.id for rule in book.of("a")] == [0, 1, 3, 4]
    chance.shuffle(rules)
    for rule in rules[:3]:
        book.retire(rule)
    book.clear({rule.id for rule in rules[2:]})
    assert (book.count, book.by_key, [rule.id for rule in book.spent]) == (0, {}, [r.id for r in rules[:2]])
