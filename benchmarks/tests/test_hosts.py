"""A worker host behind a cable of its own, as the benchmark makes it, and what is told of lost ones."""

from collections.abc import Iterator

import pytest

from benchmarks.hosts import Loss, loss_table, namespace_of
from benchmarks.rig import namespaces
from benchmarks.rig.namespaces import Unavailable, network
from benchmarks.rig.several_hosts import Site, several_hosts
from benchmarks.table import render_text
from tests.chaos.report import Row
from tests.postgres import find_tools

CUT_SECONDS = 60


@pytest.fixture
def site() -> Iterator[Site]:
    if find_tools() is None:
        pytest.skip("needs PostgreSQL's server programs; on Debian: apt install postgresql")
    try:
        with network():
            pass
    except Unavailable as reason:
        pytest.skip(f"no network namespaces here: {reason}")
    with several_hosts({}, {"WORKER_PROCESSES": "1", "WORKER_CONCURRENCY": "4"}) as site:
        yield site


@pytest.mark.system
@pytest.mark.timeout(400)
def test_a_host_whose_cable_is_cut_is_missed_and_comes_back_by_itself(site: Site) -> None:
    first, number = site.rig.platform, site.start_host()
    first.wait_ready()
    assert namespace_of(site, number) != namespace_of_this_process()
    worker = site.hosts[number].pid_of("worker")
    site.network.cut(number)
    first.wait_until(lambda: not first.readyz()["components"]["worker"]["ok"], CUT_SECONDS)
    site.network.mend(number)
    first.wait_ready()
    # Its supervisor could not tell while Redis was out of reach, and ended nothing.
    assert site.hosts[number].pid_of("worker") == worker


def namespace_of_this_process() -> str:
    from trades.lease import _namespace

    return _namespace()


def test_who_may_not_make_hosts_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Unavailable, match="need root"), network():
        pass
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(namespaces, "which", lambda _: None)
    with pytest.raises(Unavailable, match="need ip and unshare"), network():
        pass


def test_losses_are_told_with_what_both_ledgers_say() -> None:
    text = render_text(loss_table([Loss("power", 2, 44.9)], Row("lost", 1, 261, 0, 0, 0)))
    assert "power" in text
    assert "261 orders at the exchange: 0 lost, 0 doubled, 0 miscounted." in text
