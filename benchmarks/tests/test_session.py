import pytest
import requests

from benchmarks import session
from benchmarks.figures import Summary
from benchmarks.session import CASES, GROWN, PAPER, build_row, divide
from benchmarks.session_exchange import multiply_symbols, serving
from benchmarks.session_opening import WAYS, Opening, make_up_accounts, measure

ENTRY = {
    "symbol": "BTCUSDT",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "orderTypes": ["LIMIT"],
    "filters": [{"filterType": "PRICE_FILTER"}],
    "permissionSets": [["SPOT"]],
}


def test_a_grown_exchange_lists_as_many_pairs_as_asked_each_with_a_coin_of_its_own() -> None:
    grown = multiply_symbols({"timezone": "UTC", "symbols": [ENTRY, ENTRY]}, 3_000)

    assert grown["timezone"] == "UTC"
    assert len({entry["symbol"] for entry in grown["symbols"]}) == 3_000
    last = grown["symbols"][-1]
    assert last["symbol"] == last["baseAsset"] + "USDT"


def test_what_a_pair_of_the_grown_exchange_has_is_kept_and_added_to() -> None:
    entry = multiply_symbols({"symbols": [ENTRY]}, 1)["symbols"][0]

    kinds = [one["filterType"] for one in entry["filters"]]
    assert kinds[0] == "PRICE_FILTER"
    assert "ICEBERG_PARTS" in kinds
    assert entry["orderTypes"][0] == "LIMIT"
    assert ENTRY["filters"] == [{"filterType": "PRICE_FILTER"}]


def test_the_grown_exchange_answers_its_rules_and_nothing_else() -> None:
    with serving({"symbols": []}) as url:
        answer = requests.get(f"{url}/api/v3/exchangeInfo?permissions=SPOT", timeout=5)
        other = requests.get(f"{url}/api/v3/account", timeout=5)

    assert answer.json() == {"symbols": []}
    assert other.status_code == 404


def test_measured_sessions_are_all_kept_open_at_once() -> None:
    kept: list[object] = ["first"]

    opening = measure([lambda: "second", lambda: "third"], kept)

    assert kept == ["first", "second", "third"]
    assert opening.wall >= 0


def test_every_session_is_anothers() -> None:
    accounts = make_up_accounts(3)

    assert len({account.owner for account in accounts}) == 3
    assert len({account.api_key for account in accounts}) == 3


def test_a_ratio_is_taken_round_by_round_and_a_part_of_nothing_is_left_out() -> None:
    assert divide([10.0, 30.0, 5.0], [1.0, 10.0, 0.0]) == Summary(6.5, 3.0, 10.0)
    assert divide([10.0], [0.0]) is None


def test_a_row_is_compared_with_the_case_it_is_a_fraction_of() -> None:
    ours = next(case for case in CASES if (case.way, case.exchange) == ("ours", PAPER))
    results = {case: [Opening(wall=0.02, cpu=0.01, size=102_400)] for case in CASES}
    results[ours] = [Opening(wall=0.0002, cpu=0.0001, size=1_024)]

    row = build_row(ours, results, {PAPER: 37})

    assert row[1:] == [
        37,
        Summary(0.1, 0.1, 0.1),
        Summary(0.2, 0.2, 0.2),
        Summary(1.0, 1.0, 1.0),
        pytest.approx(Summary(100.0, 100.0, 100.0)),
        pytest.approx(Summary(100.0, 100.0, 100.0)),
    ]


def test_every_case_names_a_way_that_exists_and_a_case_to_compare_with() -> None:
    known = {(case.way, case.exchange) for case in CASES}

    assert {case.way for case in CASES} <= WAYS.keys()
    assert all(case.of in known for case in CASES if case.of)


def test_sessions_are_opened_in_a_fresh_process() -> None:
    with session.exchanges(symbols=40) as (environments, counts):
        ours = session.open_sessions("ours_asking", 3, environments[PAPER])
        loaded = session.open_sessions("loaded", 1, environments[GROWN])

    assert counts[GROWN] == 40
    assert min(ours.wall, ours.cpu, loaded.wall, loaded.cpu) > 0
