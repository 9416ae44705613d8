from benchmarks import order_cost
from benchmarks.figures import Summary
from benchmarks.order_cost import build_details, build_row
from benchmarks.order_cost_runs import ENTRY, EXIT, FIRST_ENTRY, HOLDING, QUIET, Phase, name_statement


def make_phase(own: float, name: str = ENTRY) -> Phase:
    asked = {"POST /api/v3/order": 1.0}
    return Phase(name, own, 2.0, 0.5, queries=30, redis_calls=12, sql={"BEGIN": 4.0}, requests=asked)


def test_a_row_adds_up_what_each_process_used() -> None:
    row = build_row(ENTRY, [make_phase(10), make_phase(12), make_phase(99, EXIT)])

    assert row[:3] == [ENTRY, Summary(13.5, 12.5, 14.5), Summary(11, 10, 12)]
    assert row[-3:] == [30, 12, 1]


def test_a_row_of_what_was_not_measured_is_empty() -> None:
    assert build_row(QUIET, [])[1:] == [None] * 7


def test_details_name_statements_and_requests() -> None:
    assert build_details(ENTRY, [make_phase(10)]).rows == [("BEGIN", 4.0), ("POST /api/v3/order", 1.0)]


def test_statements_are_counted_by_verb_and_table() -> None:
    assert name_statement('SELECT "a"."b" FROM "trades_order" WHERE 1') == "SELECT trades_order"
    assert name_statement("\n  UPDATE trades_lease SET token = 1") == "UPDATE trades_lease"
    assert name_statement('INSERT INTO "trades_fill" ("a")') == "INSERT trades_fill"
    assert name_statement("BEGIN IMMEDIATE") == "BEGIN IMMEDIATE"


def test_two_bots_look_buy_hold_and_sell_at_a_real_exchange() -> None:
    phases = order_cost.measure("binance", bots=2, rounds=2)

    assert [phase.name for phase in phases] == [
        *(QUIET, FIRST_ENTRY, HOLDING, EXIT),
        *(QUIET, ENTRY, HOLDING, EXIT),
    ]
    first, entry = phases[1].requests, phases[5].requests
    assert first["GET /api/v3/allOrders"] == 1  # the search for lost orders, in one request
    assert "GET /api/v3/allOrders" not in entry
    assert entry["GET /api/v3/account"] == entry["POST /api/v3/order"] == 1
    assert not phases[0].requests
