import pytest

from saas.supervisor.ports import Refused
from saas.supervisor.selection import ESSENTIAL, NAMES, SHARED_SECRETS, parse

SHARED = {"DATABASE_URL": "postgres://", "REDIS_URL": "redis://", **dict.fromkeys(SHARED_SECRETS, "x")}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")


def test_without_it_everything_runs_and_nothing_is_needed() -> None:
    selection = parse([])
    assert all(name in selection for name in (*NAMES, "worker-7", "prepare", "demo"))
    assert selection.is_whole
    selection.check({})


@pytest.mark.parametrize("arguments", [["--only", "worker,beat"], ["--only=worker, beat,"]])
def test_only_what_is_named_runs_and_every_worker_of_it(arguments: list[str]) -> None:
    selection = parse(arguments)
    here = {name for name in (*NAMES, "worker-2", "prepare", "demo") if name in selection}
    assert here == {"worker", "worker-2", "beat", "prepare"}
    assert not selection.is_whole


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["--only", "wroker,beat"],
            "There is no process called wroker. There are: redis, paper, web, worker",
        ),
        (["--only", ","], "There is no process called --only"),
        (["--only"], "--only wants names, separated by commas"),
        (["--olny", "worker"], "up does not know --olny worker. It takes --only"),
        (["worker"], "up does not know worker"),
    ],
)
def test_what_is_wrong_is_told_in_plain_words(arguments: list[str], text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(arguments)
    assert text in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", SHARED)
def test_a_host_with_a_part_of_an_installation_makes_up_nothing_that_all_must_share(name: str) -> None:
    selection = parse(["--only", "worker"])
    selection.check(SHARED)
    with pytest.raises(Refused, match=f"Not set on this host: {name}"):
        selection.check({**SHARED, name: ""})


def test_whoever_runs_all_that_trading_needs_shares_nothing_but_the_redis_that_it_leaves_out() -> None:
    names = ",".join(ESSENTIAL)
    parse(["--only", f"{names},redis"]).check({})
    parse(["--only", names]).check({"REDIS_URL": "redis://"})
    with pytest.raises(Refused, match="Not set on this host: REDIS_URL"):
        parse(["--only", names]).check({})
