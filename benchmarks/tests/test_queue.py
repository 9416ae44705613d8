import json
from base64 import b64decode, b64encode
from typing import Any

from benchmarks.queue import Pair, Turn, measure_pairs, table
from benchmarks.rig import bare_task
from benchmarks.rig.lateness_by_bot import TASK
from benchmarks.rig.messages import fill_in
from benchmarks.table import render_text

TEMPLATE: dict[str, Any] = {
    "body": b64encode(json.dumps([[], {}, {"chain": None}]).encode()).decode(),
    "headers": {"id": "a", "root_id": "a", "task": "bots.tasks.run_trading_bot"},
    "properties": {"correlation_id": "a", "delivery_tag": "b", "body_encoding": "base64"},
}


def test_each_message_has_its_own_id_and_arguments() -> None:
    first, second = (json.loads(fill_in(TEMPLATE, (bot, "now", 1))) for bot in (7, 8))
    assert json.loads(b64decode(first["body"])) == [[7, "now", 1], {}, {"chain": None}]
    assert first["headers"]["id"] == first["properties"]["correlation_id"] != second["headers"]["id"]
    assert first["headers"]["task"] == "bots.tasks.run_trading_bot"
    assert first["properties"]["delivery_tag"] != second["properties"]["delivery_tag"]
    assert TEMPLATE["headers"]["id"] == "a"


def test_both_kinds_take_turns_and_the_first_turns_do_not_count() -> None:
    taken: list[tuple[str, int]] = []

    def take_turn(task: str, messages: int) -> Turn:
        taken.append((task, messages))
        return Turn(messages, 2.0 if task == TASK else 1.0, 0.1, messages)

    pairs = measure_pairs(take_turn, 100, 2)
    bare = bare_task.NAME
    assert taken == [(bare, 20), (TASK, 20), (TASK, 100), (bare, 100), (bare, 100), (TASK, 100)]
    assert [pair.throughput for pair in pairs] == [0.5, 0.5]


def test_the_table_says_what_share_a_run_reaches() -> None:
    pair = Pair(Turn(1_000, 1.0, 1.2, 0), Turn(1_000, 2.0, 3.0, 950))
    text = render_text(table([pair]))
    assert "throughput, per second" in text
    assert "0.500 (0.500 to 0.500)" in text
    assert "95.0" in text
