import pytest

from saas import processes


@pytest.mark.parametrize(
    ("count", "names"), [(0, ()), (1, ("worker",)), (3, ("worker", "worker-2", "worker-3"))]
)
def test_workers_are_numbered_from_the_second_on(count: int, names: tuple[str, ...]) -> None:
    assert processes.worker_names(count) == names
    assert {processes.kind_of(name) for name in names} <= {"worker"}


def test_of_this_machine_each_must_live_and_of_what_runs_elsewhere_one_of_each_kind() -> None:
    assert processes.expected(()) == processes.KINDS
    assert processes.expected(("worker-10", "worker-2", "worker")) == (
        *("worker", "worker-2", "worker-10"),
        *("dispatcher", "beat", "market_data"),
    )


@pytest.mark.parametrize(("cores", "workers", "threads"), [(1, 1, 64), (2, 2, 32), (4, 4, 16), (96, 4, 16)])
def test_a_worker_for_each_core_up_to_four_share_out_the_threads_of_the_machine(
    cores: int, workers: int, threads: int
) -> None:
    assert processes.default_workers(cores) == workers
    assert processes.default_concurrency(workers) == threads


def test_a_process_knows_its_name_and_those_beside_it_from_the_supervisor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CARDUME_PROCESS", "worker-2")
    monkeypatch.setenv("CARDUME_PROCESSES", "worker,worker-2,beat")
    assert processes.own_name() == "worker-2"
    assert processes.names_beside() == ("worker", "worker-2", "beat")
    monkeypatch.delenv("CARDUME_PROCESSES")
    assert processes.names_beside() == ()
