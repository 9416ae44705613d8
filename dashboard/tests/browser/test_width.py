"""Tables in full width: nothing of them lies beyond the edge, where nobody looks for it."""

import pytest

from dashboard.tests import sample_charts
from dashboard.tests.browser.steps import DESKTOP, PASSWORD, PHONE, Open, log_in
from dashboard.tests.fake_api import FakeApi
from dashboard.tests.sample_data import Record

pytestmark = pytest.mark.browser

BEYOND = """() => [...document.querySelectorAll('.cardume-table')].map(
    table => table.getBoundingClientRect().right - table.parentElement.getBoundingClientRect().right)"""


def make_waiting(bot: Record, held: set[str]) -> Record:
    """Of a bot that has all four exits on."""
    more = [
        {"kind": "back_to_average", "price": "65040.12", "distance_percent": "0.1"},
        {"kind": "trailing_stop", "price": "64123.45", "distance_percent": "-1.2"},
    ]
    found = WAITING(bot, held)
    for each in found["symbols"]:
        each["levels"] += more if each["open_trade"] else []
    return found


WAITING = sample_charts.make_waiting


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_long_names_and_every_exit_leave_room_for_the_result(
    api: FakeApi, visit: Open, address: str, size: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_charts, "make_waiting", make_waiting)
    alice = api.add_account("alice@example.com", PASSWORD)
    bot = api.add_bot(alice, "R" * 60, status="active")
    api.add_trade(alice, bot, closed=False)["unrealised_pnl_display"] = "-1234.56"
    api.add_trade(alice, bot, closed=True)
    page = visit("pt-BR", size)
    log_in(page, alice.email)
    for path, count in (("", 3), (f"bot?bot={bot['id']}", 1)):
        page.goto(f"{address}/{path}")
        page.locator(".cardume-table").nth(count - 1).wait_for()
        assert all(beyond < 1 for beyond in page.evaluate(BEYOND)), path
