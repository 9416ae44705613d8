"""Two worker hosts in network namespaces: what one of them loses the other takes over, and what a second one adds.

first host: PostgreSQL, Redis, paper exchange, web, dispatcher, beat, market data
    bridge
      host 0: up --only worker        host 1: up --only worker
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.rig.installation import add_settings, chosen_settings
from benchmarks.rig.measuring import Measured, measure
from benchmarks.rig.namespaces import Unavailable
from benchmarks.rig.population import Population
from benchmarks.rig.processes import read_usage
from benchmarks.rig.several_hosts import Site, several_hosts
from benchmarks.rig.waiting import wait_until
from benchmarks.table import Cell, Table
from benchmarks.ticks import QUANTILES, add_durations
from saas.processes import kind_of
from tests.chaos.crowd import gather
from tests.chaos.ground import Ground
from tests.chaos.own_database import ask, count_orders
from tests.chaos.report import Row
from tests.chaos.waves import Waves

EXCHANGES = ("binance",)
WARM_SECONDS = 120
# Until a host that is to be lost holds a lease, and until others have all that it held.
HOLD_SECONDS = 60
OVER_SECONDS = 120
ALONE_SECONDS = 10.0
HELD = "SELECT bot_id, token, holder FROM trades_lease WHERE lease_until > now()"


@dataclass(frozen=True, slots=True)
class Loss:
    """One host lost: `held` leases were in its hands, and after `seconds` each was another's, or free."""

    how: str
    held: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Rate:
    """What so many worker hosts did. `cpu`: percent of one core that each host's workers used."""

    hosts: int
    measured: Measured
    cpu: Sequence[float]


def run(wanted: argparse.Namespace) -> Outcome:
    try:
        with several_hosts(chosen_settings(wanted), {"WORKER_PROCESSES": str(wanted.workers)}) as site:
            site.start_host()
            site.start_host()
            losses, judged = lose_hosts(site, wanted)
            rates = compare_rates(site, wanted)
    except Unavailable as reason:
        sys.exit(f"no hosts can be made here: {reason}")
    raw = {
        "losses": [asdict(loss) for loss in losses],
        "judged": asdict(judged),
        "rates": [{"hosts": rate.hosts, "cpu": list(rate.cpu), **rate.measured.as_json()} for rate in rates],
    }
    return Outcome([loss_table(losses, judged), rate_table(rates, wanted.bots)], raw)


def lose_hosts(site: Site, wanted: argparse.Namespace) -> tuple[list[Loss], Row]:
    """With bots that buy and sell all the time; both ledgers are compared at the end."""
    first = site.rig.platform
    first.wait_ready()
    crowd = gather(first, EXCHANGES, wanted.people)
    with Waves(first.paper_url) as waves:
        ground = Ground(first, crowd, waves)
        wait_until(lambda: count_orders(first), WARM_SECONDS, "a first order")
        losses = [lose_once(site, number) for number in range(wanted.losses)]
        judged = ground.judge("a worker host lost", len(losses))
    return losses, judged


def lose_once(site: Site, number: int) -> Loss:
    """Turn by turn each host, and by turns its power and its cable. It is back before the next one goes."""
    host, is_cut = number // 2 % 2, bool(number % 2)
    lose: Callable[[int], None] = site.network.cut if is_cut else site.lose_host
    mark = namespace_of(site, host)
    wait_until(lambda: leases_of(site, mark), HOLD_SECONDS, f"a lease of host {host}")
    lose(host)
    lost_at = time.monotonic()
    held = leases_of(site, mark)
    wait_until(lambda: not held & current_leases(site), OVER_SECONDS, f"an end of host {host}'s leases")
    seconds = time.monotonic() - lost_at
    time.sleep(ALONE_SECONDS)
    if is_cut:
        site.network.mend(host)
    else:
        site.start_host(host)
    loss = Loss("cable" if is_cut else "power", len(held), seconds)
    say(f"host {host} without {loss.how}: {loss.held} leases, over after {loss.seconds:.1f} s")
    return loss


def namespace_of(site: Site, host: int) -> str:
    """How the leases of this host name the namespace of their holder; see `trades.lease`."""
    pid = site.hosts[host].pid_of("worker")
    return Path(f"/proc/{pid}/ns/pid").readlink().name.strip("pid:[]")


def leases_of(site: Site, namespace: str) -> set[tuple[int, int]]:
    """Bot and token of those that it holds now."""
    rows = ask(site.rig.platform, HELD)
    return {(row["bot_id"], row["token"]) for row in rows if f".{namespace}:" in row["holder"]}


def current_leases(site: Site) -> set[tuple[int, int]]:
    """Bot and token of all that are held now, by whomever."""
    return {(row["bot_id"], row["token"]) for row in ask(site.rig.platform, HELD)}


def compare_rates(site: Site, wanted: argparse.Namespace) -> list[Rate]:
    """Quiet bots, looked after by one host and then by both."""
    site.lose_host(1)
    crowd = site.rig.populate(Population(bots=wanted.bots, bots_per_user=wanted.bots))
    site.rig.start_bots(crowd)
    alone = measure_rate(site, wanted)
    site.start_host(1)
    return [alone, measure_rate(site, wanted)]


def measure_rate(site: Site, wanted: argparse.Namespace) -> Rate:
    time.sleep(wanted.warm_up)
    before, began = worker_cpu(site), time.monotonic()
    measured = measure(site.rig, wanted.seconds, wanted.window)
    seconds = time.monotonic() - began
    after = worker_cpu(site)
    return Rate(len(after), measured, [100 * (b - a) / seconds for a, b in zip(before, after, strict=True)])


def worker_cpu(site: Site) -> list[float]:
    """CPU seconds of each host's workers since their start."""
    usages = (read_usage(site.hosts[host].processes()) for host in sorted(site.hosts))
    return [sum(used.cpu for name, used in usage.items() if kind_of(name) == "worker") for usage in usages]


def loss_table(losses: Sequence[Loss], judged: Row) -> Table:
    rows: list[Sequence[Cell]] = [(loss.how, loss.held, loss.seconds) for loss in losses]
    found = (
        f"{judged.orders} orders at the exchange: {judged.lost} lost, {judged.doubled} doubled, "
        f"{judged.miscounted} miscounted. A lease ends after 45 s at the latest; then the other host has the bot."
    )
    return Table("A worker host loses", ("what", "leases it held", "until all were over, s"), rows, (found,))


def rate_table(rates: Sequence[Rate], bots: int) -> Table:
    names = [name for name, _ in QUANTILES]
    rows: list[Sequence[Cell]] = [
        (
            str(rate.hosts),
            rate.measured.per_second("looks"),
            rate.measured.per_second("runs"),
            *(rate.measured.late("run", share) for _, share in QUANTILES),
            rate.measured.cpu_per("runs", 1_000),
            ", ".join(f"{share:.0f}" for share in rate.cpu),
        )
        for rate in rates
    ]
    late = [f"run {name}, s" for name in names]
    headings = ("worker hosts", "looks per second", "runs per second", *late)
    costs = ("CPU s of the first host per 1,000 runs", "CPU of each host's workers, % of a core")
    note = "All hosts share this machine's cores: a second one adds cores only where they are idle."
    return Table(f"{bots} quiet bots", (*headings, *costs), rows, (note,))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--bots", type=int, default=200, help="quiet bots, for the rates")
    add("--people", type=int, default=4, help="with three bots each that trade, for the losses")
    add("--losses", type=int, default=4, help="hosts lost, by turns their power and their cable")
    add("--workers", type=int, default=1, help="worker processes of each host")
    add_durations(parser, 30)
    add_settings(parser)
    parser.set_defaults(dispatch="every")


BENCHMARK = Benchmark(
    "hosts",
    "two worker hosts in network namespaces: one of them lost, and runs per second of one and of both (needs root)",
    add_arguments,
    run,
)
