"""freqtrade's side: some processes of each variant, measured while nothing happens, then while prices fall."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.benchmark import say
from benchmarks.freqtrade.figures import Findings, latencies, per_minute, steps
from benchmarks.freqtrade.program import Freqtrade
from benchmarks.freqtrade.rule import Rule, fallen
from benchmarks.freqtrade.settings import VARIANTS, Variant
from benchmarks.rig.exchange import PaperExchange, count_asked
from benchmarks.rig.waiting import wait_or_say
from exchanges.paper.tests.server import PaperServer

# Of this variant several run, so that a further one is known.
REPEATED = "second"
SETTLE_SECONDS = 5
# Falls come at as many moments within the minute: this and sixty have no common divisor.
BETWEEN_FALLS_SECONDS = 13
ORDER_SECONDS = 90


@dataclass
class Group:
    """The processes of one variant, at an exchange of their own, so that what they ask for is theirs."""

    variant: Variant
    url: str
    exchange: PaperExchange
    bots: list[Freqtrade] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def read_memory(self) -> float:
        """PSS of all of them, in bytes."""
        return float(sum(bot.usage().pss for bot in self.bots))

    def read_cpu(self) -> list[float]:
        return [bot.usage().cpu for bot in self.bots]


class Rivals:
    """All of freqtrade's processes, one started after the other."""

    def __init__(self, program: Path, folder: Path, rule: Rule, count: int) -> None:
        self._program = program
        self._folder = folder
        self._rule = rule
        self._count = count
        self._stack = ExitStack()
        self.groups: list[Group] = []

    def __enter__(self) -> "Rivals":
        with ExitStack() as stack:
            self._stack = stack
            self.groups = [self._open(variant) for variant in VARIANTS]
            # The repeated ones first: what another variant shares with them is not theirs to save.
            for group in sorted(self.groups, key=lambda group: group.variant.name != REPEATED):
                self._fill(group)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self, variant: Variant) -> Group:
        folder = self._folder / variant.name
        folder.mkdir()
        server = PaperServer(folder / "paper.sqlite3", "--faults", quiet=True)
        self._stack.callback(server.close)
        server.start()
        return Group(variant, server.url, self._stack.enter_context(closing(PaperExchange(server.url))))

    def _fill(self, group: Group) -> None:
        for number in range(self._count if group.variant.name == REPEATED else 1):
            folder = self._folder / group.variant.name / f"bot{number}"
            bot = Freqtrade(self._program, folder, group.variant, self._rule, group.url)
            group.bots.append(self._stack.enter_context(bot))
            time.sleep(SETTLE_SECONDS)
            group.memory.append(group.read_memory())
            say(f"freqtrade, {group.variant.name} {number}: looked after {bot.startup_seconds:.1f} s")


def measure_rivals(rivals: Rivals, rule: Rule, seconds: float, falls: int) -> list[Findings]:
    say(f"freqtrade: {seconds:g} s while nothing happens")
    cpu, requests = _watch(rivals.groups, seconds)
    say(f"freqtrade: {falls} falls of a price")
    fell = _let_fall(rivals.groups, rule, falls)
    return [
        _describe(group, cpu[group.variant.name], requests[group.variant.name], fell[group.variant.name])
        for group in rivals.groups
    ]


def _watch(groups: Sequence[Group], seconds: float) -> tuple[dict[str, list[float]], dict[str, float]]:
    """By variant: CPU seconds a minute of each bot, and requests a minute of all of them."""
    before = {group.variant.name: (group.read_cpu(), group.exchange.read_requests()) for group in groups}
    began = time.monotonic()
    time.sleep(seconds)
    cpu, requests = {}, {}
    for group in groups:
        name = group.variant.name
        passed = time.monotonic() - began
        worked = zip(before[name][0], group.read_cpu(), strict=True)
        cpu[name] = [per_minute(after - earlier, passed) for earlier, after in worked]
        asked = count_asked(before[name][1], group.exchange.read_requests())
        requests[name] = per_minute(sum(asked.values()), passed)
    return cpu, requests


def _let_fall(groups: Sequence[Group], rule: Rule, count: int) -> dict[str, dict[str, float]]:
    """One pair after the other, at all exchanges; by variant and pair, when (Unix seconds)."""
    fell: dict[str, dict[str, float]] = {group.variant.name: {} for group in groups}
    began = time.monotonic()
    for number, pair in enumerate(rule.pairs[:count]):
        time.sleep(max(0.0, began + number * BETWEEN_FALLS_SECONDS - time.monotonic()))
        for group in groups:
            price = fallen(group.exchange.price_of(pair), rule)
            fell[group.variant.name][pair] = time.time()
            group.exchange.set_price(pair, price)
    wait_or_say(lambda: _have_all_ordered(groups, fell), ORDER_SECONDS, "freqtrade's order for every fall")
    return fell


def _have_all_ordered(groups: Sequence[Group], fell: Mapping[str, Mapping[str, float]]) -> bool:
    return all(fell[group.variant.name].keys() <= group.bots[0].read_orders().keys() for group in groups)


def _describe(group: Group, cpu: Sequence[float], requests: float, fell: Mapping[str, float]) -> Findings:
    # One of a kind is measured beside its likes of the other variants, with whom it shares pages as a further one does.
    further = steps(group.memory) if len(group.memory) > 1 else group.memory
    return Findings(
        name=group.variant.name,
        label=f"freqtrade: {group.variant.label}",
        bytes_per_bot=further,
        cpu_per_bot=cpu,
        startups=[bot.startup_seconds for bot in group.bots],
        starts=len(group.bots),
        requests=requests,
        requests_per_bot=requests / len(group.bots),
        latencies=latencies(fell, group.bots[0].read_orders()),
        falls=len(fell),
        notes={"memory": group.memory},
    )
