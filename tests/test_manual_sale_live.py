"""An owner moves away what their bot has bought, on the real processes: it is seen, told and corrected by itself."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests

from tests.platform import Platform
from tests.test_end_to_end import FALLEN, Person, move_market, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    settings = {"DEMO": "0", "PAPER_FAULTS": "1", "PAPER_PRICES": "walk"}
    with Platform(tmp_path_factory.mktemp("moved") / "data", settings) as running:
        yield running


def test_coins_moved_away_close_the_trade_with_an_event_and_nothing_is_sold(market: Platform) -> None:
    owner = Person(market, "owner@example.com", "500", "BTC/USDT")
    move_market(owner, Decimal(1))
    owner.sign_up()
    owner.start_bot(owner.add_key())
    until(owner.knows_the_average)
    move_market(owner, FALLEN)
    until(owner.trades)
    free = owner.exchange_ledger()["balances"]["BTC"]["free"]
    moving = {"apiKey": owner.api_key, "withdraw": {"BTC": free}}
    url = f"{market.paper_url}/paper/control/account"
    assert requests.post(url, json=moving, timeout=20).status_code == 200
    until(lambda: [trade for trade in owner.trades() if trade["exit_reason"] == "manual"])
    events = owner.results(f"bots/{owner.bot_id}/events/")
    assert [event["kind"] for event in events if event["kind"].startswith("position")] == ["position_gone"]
    assert {order["side"] for order in owner.results("orders/")} == {"buy"}
