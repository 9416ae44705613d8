"""Every message of the queue delivered 1 to 5 times: no run claims a bot twice, no decision is made twice."""

import time
from pathlib import Path

from tests.chaos.ground import trading
from tests.chaos.report import Row
from tests.chaos.scenario import Options, Scenario

LONGEST_WATCH_SECONDS = 120
PATCH = Path(__file__).with_name("repeating")


def run(options: Options) -> list[Row]:
    with trading(options, "repeated-messages", settings={"PYTHONPATH": str(PATCH)}) as ground:
        time.sleep(min(options.kills, LONGEST_WATCH_SECONDS))
        times = [
            int(digit) for digit in (ground.platform.data_dir / "deliveries").read_text(encoding="ascii")
        ]
        note = f"{sum(times)} deliveries, {sum(times) / len(times):.2f} for each message"
        return [ground.judge("a message delivered 1 to 5 times", len(times), note)]


SCENARIO = Scenario(
    "repeated-messages", "each message delivered 1 to 5 times for N seconds, two minutes at most", run
)
