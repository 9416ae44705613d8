"""`/api/bots/`: creating, reading, changing and deleting a bot."""

from typing import Any

from tests.cast import (
    FakeVenue,
    Person,
    alice,
    bob,
    bot_body,
    venue,
)

__all__ = ["alice", "bob", "venue"]

URL = "/api/bots/"


def create(person: Person, **changes: Any) -> Any:
    return person.client.post(URL, bot_body(person, **changes), format="json")


def test_a_bot_is_created_stopped_with_all_its_parameters(alice: Person, venue: FakeVenue) -> None:
    answer = create(alice, parameters={"window": 30})
    assert answer.status_code == 201, answer.json()
    item = answer.json()
    assert item["status"] == "stopped"
    assert item["capital"] == "500"
    assert item["parameters"] == {
        "timeframe": "1m",
        "window": 30,
        "threshold_percent": "1",
        "exit_at_average": False,
    }
    assert alice.client.get(f"{URL}{item['id']}/").json() == item
