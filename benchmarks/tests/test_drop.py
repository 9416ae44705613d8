from benchmarks.drop import Move, row
from benchmarks.figures import Summary


def test_the_slowest_of_a_hundred_is_the_99th_percentile() -> None:
    move = Move("buy", 100, [number / 100 for number in range(100)])
    assert move.quantile(0.5) == 0.5
    assert move.quantile(0.99) == move.quantile(1.0) == 0.99
    assert Move("buy", 3, []).quantile(0.5) is None


def test_orders_that_never_came_are_seen() -> None:
    moves = [Move("buy", 2, [0.5, 1.0]), Move("buy", 2, [0.25])]
    assert row("buy", moves)[1] == "3 of 4"
    assert row("buy", moves)[-1] == Summary(0.625, 0.25, 1.0)
