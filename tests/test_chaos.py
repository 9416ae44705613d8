"""A short run of the chaos suite's rig on both exchanges, and the proof that it would find a ledger that is wrong.

The published run is `python -m tests.chaos --kills 1000`.
"""

import os
from collections.abc import Iterator

import pytest

from tests.chaos.report import Row, total
from tests.chaos.rig.bench import Benches
from tests.chaos.scenario import Options

pytestmark = pytest.mark.system

# Repetitions of each fault that a drill has, on both exchanges together.
SHORT_RUN = {
    "crash-points": 2,
    "recovery-points": 2,
    "recovery-twice": 4,
    "adoption": 2,
    "cancelling": 4,
    "revoked-key": 4,
    "database-at-c": 2,
    "every-line": 8,
    "kill-moments": 6,
    "ambiguous-answers": 2,
    "garbled-bodies": 4,
    "cancel-races": 6,
    "confused-fills": 4,
    "late-sights": 2,
    "limits": 4,
    "clock-skew": 4,
}


@pytest.fixture(scope="module")
def benches() -> Iterator[Benches]:
    with Benches() as started:
        yield started


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    url = os.environ.get("DATABASE_URL", "")
    database_url = url if url.startswith("postgres") else ""
    return Options(0, 1, ("binance", "bybit"), tmp_path_factory.mktemp("chaos"), database_url)


@pytest.mark.parametrize("drill", SHORT_RUN)
def test_nothing_is_lost_doubled_or_miscounted(benches: Benches, options: Options, drill: str) -> None:
    rows = benches.run(options, drill, SHORT_RUN[drill])
    assert [row for row in rows if not row.is_clean] == []
    assert total(rows).orders > 0
    assert [row.note for row in rows if "came to nothing" in row.note] == []


@pytest.fixture(scope="module")
def mistakes(benches: Benches, options: Options) -> dict[str, Row]:
    return {row.fault: row for row in benches.run(options, "sabotage", 2)}


def test_an_order_that_is_sent_again_is_found(mistakes: dict[str, Row]) -> None:
    assert mistakes["sends again"].doubled >= 2


def test_an_order_that_is_believed_to_have_failed_is_found(mistakes: dict[str, Row]) -> None:
    assert mistakes["believes that it failed"].lost >= 2


def test_fills_that_are_rounded_or_merged_are_found(mistakes: dict[str, Row]) -> None:
    assert mistakes["rounds a fill"].miscounted >= 2
    assert mistakes["merges two fills"].miscounted >= 2
