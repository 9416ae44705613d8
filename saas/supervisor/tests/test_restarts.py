import signal

import pytest

from saas.supervisor.restarts import Restart, RestartPolicy


def test_a_killed_process_comes_back_at_once_however_often() -> None:
    policy = RestartPolicy()
    restarts = [policy.after_end(-signal.SIGKILL, lived=0.1) for _ in range(50)]
    assert restarts == [Restart(delay=0)] * 50


def test_a_process_that_lived_is_not_backed_off_when_it_ends_by_itself() -> None:
    policy = RestartPolicy()
    assert not any(policy.after_end(1, lived=2.0).backed_off for _ in range(50))


def test_the_fifth_quick_end_in_a_row_is_backed_off_and_reported() -> None:
    policy = RestartPolicy()
    restarts = [policy.after_end(1, lived=0.5) for _ in range(10)]
    assert [restart.backed_off for restart in restarts] == [False] * 4 + [True] * 6
    assert [restart.delay for restart in restarts[4:]] == [2, 4, 8, 16, 30, 30]


def test_a_crash_counts_as_an_end_by_itself() -> None:
    policy = RestartPolicy()
    assert [policy.after_end(-signal.SIGSEGV, 0.1).backed_off for _ in range(5)][-1]


def test_one_long_life_forgets_the_quick_ends() -> None:
    policy = RestartPolicy()
    for _ in range(4):
        policy.after_end(1, lived=0.1)
    policy.after_end(1, lived=60)
    assert not policy.after_end(1, lived=0.1).backed_off


@pytest.mark.parametrize("lived", [0.1, 60])
def test_a_program_that_is_to_succeed_once_is_reported_from_its_first_failure(lived: float) -> None:
    policy = RestartPolicy(once=True)
    assert policy.after_end(1, lived) == Restart(2, backed_off=True)
    assert policy.after_end(1, lived) == Restart(4, backed_off=True)


def test_months_of_failures_keep_the_longest_delay() -> None:
    assert RestartPolicy(ends_in_a_row=10**6).after_end(1, 0.1).delay == 30
