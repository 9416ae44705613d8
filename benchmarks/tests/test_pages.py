from benchmarks.figures import Summary
from benchmarks.pages.paints import Paint, table


def test_a_page_is_compared_with_the_log_in_page_of_its_own_repetition() -> None:
    paints = [
        Paint("log-in", "opened", 0.5, 0),
        Paint("trades", "opened", 1.0, 3),
        Paint("trades", "switched", 0.2, 2),
        Paint("log-in", "opened", 1.0, 0),
        Paint("trades", "opened", 1.5, 5),
    ]
    bare, trades = table(paints, 10_000).rows
    assert bare == ["log-in", Summary(750, 500, 1_000), Summary(1, 1, 1), Summary(0, 0, 0), None, None]
    assert trades[1:4] == [Summary(1_250, 1_000, 1_500), Summary(1.75, 1.5, 2), Summary(4, 3, 5)]
    assert trades[4:] == [Summary(200, 200, 200), Summary(2, 2, 2)]
