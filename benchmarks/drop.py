"""From a price that falls at the exchange to orders accepted there: many bots buy at once while others are looked after.

Then the price rises and they sell, and so on by turns.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.figures import summarize
from benchmarks.rig.installation import DROP, Crowd, Rig, add_settings, chosen_settings, running
from benchmarks.rig.population import Population
from benchmarks.rig.waiting import wait_or_say
from benchmarks.table import Cell, Table
from benchmarks.ticks import QUANTILES

ORDER = "POST /api/v3/order"
ALL_SECONDS = 120
# Above what the bots bought at and the profit they take.
RISE = 2.0
BETWEEN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Move:
    """One fall or rise: seconds until each bot's order was filled, in ascending order, and how many bots there were."""

    side: str
    bots: int
    seconds: Sequence[float]

    def quantile(self, share: float) -> float | None:
        """Seconds within which that share of those orders was filled that were; None without any."""
        if not self.seconds:
            return None
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def run(wanted: argparse.Namespace) -> Outcome:
    population = Population(
        bots=wanted.bots,
        holding_share=wanted.buyers / wanted.bots,
        bots_per_user=wanted.bots_per_user,
        seed=wanted.seed,
    )
    with running(chosen_settings(wanted), postgres=wanted.postgres) as rig:
        crowd = rig.populate(population)
        rig.start_bots(crowd)
        time.sleep(wanted.warm_up)
        moves = [move for _ in range(wanted.repetitions) for move in move_both_ways(rig, crowd)]
    return Outcome([table(moves, wanted.bots)], {"moves": [asdict(move) for move in moves]})


def move_both_ways(rig: Rig, crowd: Crowd) -> list[Move]:
    """A fall on which the bots buy, a rise on which they sell, and the price as it was."""
    price = float(rig.exchange.price_of(crowd.held_symbol))
    moves = [move(rig, crowd, "buy", price * DROP), move(rig, crowd, "sell", price * DROP * RISE)]
    rig.exchange.set_price(crowd.held_symbol, None)
    time.sleep(BETWEEN_SECONDS)
    return moves


def move(rig: Rig, crowd: Crowd, side: str, price: float) -> Move:
    """Whoever has not ordered in time is missing from the seconds."""
    bots = crowd.of_kind("holding")
    before = count_orders(rig)
    began = time.time()
    rig.exchange.set_price(crowd.held_symbol, f"{price:.8f}")
    wanted = len(bots) if side == "buy" else 0
    # First at the exchange, which is cheap to ask; a look into the database takes a core for a second.
    wait_or_say(lambda: count_orders(rig) - before >= len(bots), ALL_SECONDS, f"{len(bots)} orders to {side}")
    wait_or_say(lambda: rig.count_holding(bots) == wanted, ALL_SECONDS, f"{len(bots)} fills to {side}")
    filled = rig.ask_people("fills", {"bots": bots, "side": side, "since": began})["at"]
    found = Move(side, len(bots), [at - began for at in filled])
    say(f"{side}: {len(filled)} of {len(bots)}, p99 {found.quantile(0.99)}")
    return found


def count_orders(rig: Rig) -> int:
    """So many have reached the exchange since its start."""
    return rig.exchange.read_requests().get(ORDER, 0)


def table(moves: Sequence[Move], bots: int) -> Table:
    rows = [row(side, [move for move in moves if move.side == side]) for side in ("buy", "sell")]
    note = (
        "From before the price is set until the exchange has filled each bot's first order."
        " Median (lowest to highest) of the repetitions."
    )
    headings = ("orders", "filled of wanted", *(f"{name}, s" for name, _ in QUANTILES))
    return Table(f"A price moves, watched by {bots} bots", headings, rows, (note,))


def row(side: str, moves: Sequence[Move]) -> list[Cell]:
    filled, wanted = sum(len(move.seconds) for move in moves), sum(move.bots for move in moves)
    quantiles = [[move.quantile(share) for move in moves] for _, share in QUANTILES]
    summaries = [summarize(value for value in values if value is not None) for values in quantiles]
    return [side, f"{filled} of {wanted}", *summaries]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--bots", type=int, default=1_000)
    add("--buyers", type=int, default=100, help="bots that buy at once")
    add("--bots-per-user", type=int, default=1, help="bots that share an owner, an account and a key")
    add("--repetitions", type=int, default=3)
    add("--warm-up", type=float, default=20, help="seconds after the bots are started")
    add("--seed", type=int, default=1)
    add_settings(parser)


BENCHMARK = Benchmark(
    "drop", "seconds from a price's fall to 100 orders filled, with 1,000 bots", add_arguments, run
)
