"""Seconds until a page of the dashboard is there, opened anew and from the menu, and what it asks the API for.

The log-in page, which asks for nothing, is what the same server and browser need for any page.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.api.size import Size
from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.figures import Summary, summarize
from benchmarks.pages.browser import Watched, log_in, open_page, profile, switch_page
from benchmarks.rig.installation import Rig, add_settings, chosen_settings, running
from benchmarks.rig.modules import run_module
from benchmarks.table import Cell, Table

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

FILL_SECONDS = 600
MILLISECONDS = 1_000
LOG_IN = Watched("log-in", "/", "Cardume", '[data-testid="stForm"]', in_menu=False)
FIRST = "Overview"


def pages(bot: int) -> list[Watched]:
    """Every page that shows figures, for somebody with this bot."""
    return [
        Watched("overview", "/", FIRST, ".cardume-figures"),
        Watched("bots", "/bots", "Bots", ".cardume-row.bots"),
        Watched("bot", f"/bot?bot={bot}", "bot 0", ".cardume-figures", in_menu=False),
        Watched("trades", "/trades", "Trades", ".cardume-row.trades"),
        Watched("performance", "/performance", "Performance", ".cardume-explained"),
    ]


@dataclass(frozen=True, slots=True)
class Paint:
    """One page seen once; `kind` is `opened` or `switched`, `calls` what the API was asked for meanwhile."""

    page: str
    kind: str
    seconds: float
    calls: int


def run(wanted: argparse.Namespace) -> Outcome:
    size = Size(users=wanted.users, heavy_users=1, heavy_trades=wanted.trades)
    with running(chosen_settings(wanted), postgres=wanted.postgres) as rig:
        say(f"filling the database: {size}")
        person = fill(rig, size)
        paints = [paint for _ in range(wanted.repetitions) for paint in look_around(rig, person)]
    return Outcome([table(paints, wanted.trades)], {"paints": [asdict(paint) for paint in paints]})


def fill(rig: Rig, size: Size) -> dict[str, Any]:
    environment = {**rig.platform.environment(), "DJANGO_SETTINGS_MODULE": "saas.settings"}
    asked = json.dumps(asdict(size))
    made: dict[str, Any] = json.loads(
        run_module("benchmarks.pages.filling", [], environment, FILL_SECONDS, asked)
    )
    return made


def look_around(rig: Rig, person: dict[str, Any]) -> list[Paint]:
    """Every page opened in a tab of its own, then each reached from the one before it; one tab at a time is open."""
    watched = pages(person["bot"])
    with profile() as browser:
        paints = [opened(rig, browser, LOG_IN)]
        become(browser, rig.platform.dashboard_url, person)
        paints += [opened(rig, browser, one) for one in watched]
        paints += switched(rig, browser, [one for one in watched if one.in_menu])
    say(f"seen {len(paints)} pages")
    return paints


def become(browser: "BrowserContext", address: str, person: dict[str, Any]) -> None:
    page = browser.new_page()
    page.goto(address)
    log_in(page, person)
    page.get_by_role("heading", name=FIRST, level=1).wait_for()
    page.close()


def switched(rig: Rig, browser: "BrowserContext", watched: Sequence[Watched]) -> list[Paint]:
    """The first of them is where it begins and ends."""
    page = browser.new_page()
    page.goto(rig.platform.dashboard_url)
    page.get_by_role("heading", name=FIRST, level=1).wait_for()
    paints = []
    for one in [*watched[1:], watched[0]]:
        before = count_calls(rig)
        seconds = switch_page(page, one)
        paints.append(Paint(one.name, "switched", seconds, count_calls(rig) - before))
    page.close()
    return paints


def opened(rig: Rig, browser: "BrowserContext", watched: Watched) -> Paint:
    before = count_calls(rig)
    seconds = open_page(browser, rig.platform.dashboard_url, watched)
    return Paint(watched.name, "opened", seconds, count_calls(rig) - before)


def count_calls(rig: Rig) -> int:
    """What the API has been asked for so far, as its log tells."""
    return rig.platform.log_tail("django", lines=1_000_000).count("path=/api/")


def table(paints: Sequence[Paint], trades: int) -> Table:
    names = list(dict.fromkeys(paint.page for paint in paints))
    notes = (
        f"A user with {trades:,} trades. Until the heading and the figures are seen; median (lowest to highest).",
        "Opened: in a new tab of a browser that knows the files. Calls: to the API until then.",
    )
    headings = ("page", "opened, ms", "× log-in page", "calls", "from the menu, ms", "calls")
    return Table("The dashboard's pages", headings, [row(name, paints) for name in names], notes)


def row(name: str, paints: Sequence[Paint]) -> list[Cell]:
    return [
        name,
        milliseconds(paints, name, "opened"),
        times_bare(paints, name),
        calls(paints, name, "opened"),
        milliseconds(paints, name, "switched"),
        calls(paints, name, "switched"),
    ]


def times_bare(paints: Sequence[Paint], name: str) -> Summary | None:
    """Beside the log-in page of the same repetition."""
    pairs = zip(of(paints, name, "opened"), of(paints, LOG_IN.name, "opened"), strict=True)
    return summarize(own.seconds / bare.seconds for own, bare in pairs)


def milliseconds(paints: Sequence[Paint], name: str, kind: str) -> Summary | None:
    found = summarize(paint.seconds for paint in of(paints, name, kind))
    return found.times(MILLISECONDS) if found else None


def calls(paints: Sequence[Paint], name: str, kind: str) -> Summary | None:
    return summarize(paint.calls for paint in of(paints, name, kind))


def of(paints: Sequence[Paint], name: str, kind: str) -> list[Paint]:
    return [paint for paint in paints if (paint.page, paint.kind) == (name, kind)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--trades", type=int, default=10_000, help="of the user who looks")
    add("--users", type=int, default=20, help="all users; each of the others has 300 trades")
    add("--repetitions", type=int, default=3)
    add_settings(parser)


BENCHMARK = Benchmark(
    "pages",
    "seconds until the dashboard's pages are there, for a user with 10,000 trades",
    add_arguments,
    run,
)
