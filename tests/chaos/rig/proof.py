"""The rig's scenarios, as the command line knows them."""

from collections.abc import Callable
from functools import partial

from tests.chaos.report import Row
from tests.chaos.rig.bench import Benches
from tests.chaos.scenario import Options, Scenario

# Started when first needed; the command line closes them.
BENCHES = Benches()

Count = Callable[[Options], int]


def _run(drill: str, count: Count, options: Options) -> list[Row]:
    return BENCHES.run(options, drill, count(options))


def _scenario(drill: str, description: str, count: Count) -> Scenario:
    return Scenario(drill, description, partial(_run, drill, count))


def _at_each_point(options: Options) -> int:
    return options.at_each_point


def _ambiguous(options: Options) -> int:
    return options.ambiguous


def _of_each_exchange(options: Options) -> int:
    return options.garbled * len(options.exchanges)


def _races(options: Options) -> int:
    return options.races


def _kills(options: Options) -> int:
    return options.kills


SCENARIOS: tuple[Scenario, ...] = (
    _scenario("crash-points", "killed at each named point of placing an order", _at_each_point),
    _scenario("recovery-points", "killed at each named point of recovering an order", _at_each_point),
    _scenario("recovery-twice", "killed within recovery, and within the recovery after that", _at_each_point),
    _scenario("adoption", "killed while orders that a restored backup lacks are adopted", _at_each_point),
    _scenario("cancelling", "killed around the request that cancels an order", _at_each_point),
    _scenario("revoked-key", "the key is revoked while an order is in doubt", _at_each_point),
    _scenario("database-at-c", "the database fails while the answer is recorded", _at_each_point),
    _scenario("stopped", "stopped (SIGSTOP) past the lease around the signature", _at_each_point),
    _scenario("every-line", "killed before any line of ours that a run comes to", _kills),
    _scenario("kill-moments", "killed at random moments of a run", _kills),
    _scenario(
        "ambiguous-answers", "an order is answered with nothing, an error or half an answer", _ambiguous
    ),
    _scenario(
        "garbled-bodies", "an order, or a question about it, is answered with nonsense", _of_each_exchange
    ),
    _scenario("cancel-races", "an order is filled while it is being cancelled", _races),
    _scenario("confused-fills", "fills are named twice and out of order", _at_each_point),
    _scenario("late-sights", "orders and fills show late, in parts, or at a wrong time", _at_each_point),
    _scenario("limits", "the exchange lets nobody ask for a while", _at_each_point),
    _scenario("clock-skew", "our clock is off", _at_each_point),
)
