"""Both sides in one table, and how often one goes into the other. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.figures import summarize
from benchmarks.freqtrade.figures import Findings, ratio
from benchmarks.table import Cell, Table

THOUSAND = 1_000
NOTES = (
    "Median (lowest to highest); memory is PSS. A further bot of freqtrade's is a process; of Cardume's, a share of the"
    " difference between few and many bots, of all processes but the exchange's.",
    "The start is a process's until it has looked at every pair; Cardume's is a bot's on the running platform, until its"
    " first order is accepted. What is missing did not come in time, and is in no figure.",
    "A fall of the price is one at the exchange. Running dry, freqtrade sends no order: its order counts from the moment"
    " that it notes itself. Cardume's counts from when the exchange has accepted it.",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A line of the ratios: freqtrade's way that is compared with, a figure, and what is aimed at."""

    label: str
    rival: str
    read: Callable[[Findings], Sequence[float]]
    target: str


COMPARISONS = (
    Comparison("memory of a further bot", "second", lambda one: one.bytes_per_bot, "1,000"),
    Comparison("CPU of a further bot", "second", lambda one: one.cpu_per_bot, "100"),
    Comparison("CPU of a further bot", "price", lambda one: one.cpu_per_bot, "100"),
    Comparison("CPU of a further bot", "minute", lambda one: one.cpu_per_bot, ""),
    Comparison("start until the first look", "price", lambda one: one.startups, ""),
    Comparison("requests of each bot", "second", lambda one: [one.requests_per_bot], ""),
    Comparison("requests of each bot", "price", lambda one: [one.requests_per_bot], ""),
    Comparison("price's fall to order", "second", lambda one: one.latencies, ""),
    Comparison("price's fall to order", "price", lambda one: one.latencies, ""),
)


def figures_table(found: Sequence[Findings], version: str) -> Table:
    headings = (
        "looks at",
        "memory of a further bot, kB",
        "CPU of a further bot, s a minute",
        "start, s",
        "started",
        "requests a minute, all",
        "of each bot",
        "fall to order, s",
        "orders",
    )
    return Table(f"Beside freqtrade {version}", headings, [_row(one) for one in found], NOTES)


def _row(one: Findings) -> list[Cell]:
    return [
        one.label,
        summarize(size / THOUSAND for size in one.bytes_per_bot),
        summarize(one.cpu_per_bot),
        summarize(one.startups),
        counted(len(one.startups), one.starts),
        one.requests,
        one.requests_per_bot,
        summarize(one.latencies),
        counted(len(one.latencies), one.falls),
    ]


def counted(came: int, awaited: int) -> str:
    """What has not come within its time is in no other figure."""
    return f"{came} of {awaited}" + (f", {awaited - came} missing" if came < awaited else "")


def ratios_table(rivals: Sequence[Findings], ours: Sequence[Findings]) -> Table:
    """How many of Cardume's one of freqtrade's comes to."""
    by_name = {one.name: one for one in rivals}
    rows: list[list[Cell]] = []
    for line in COMPARISONS:
        whole = line.read(by_name[line.rival])
        cells: list[Cell] = [ratio(whole, line.read(one)) for one in ours]
        rows.append([line.label, by_name[line.rival].label, *cells, line.target])
    headings = ("freqtrade's by Cardume's", "beside", *(one.name for one in ours), "target")
    note = "Of the medians, and between brackets the least and most that the extremes of both sides allow."
    return Table("Ratios", headings, rows, (note,))
