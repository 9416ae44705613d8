"""What a page that has been left still asks or does: the one that is shown stays, and goes on refreshing itself."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.tests.browser.steps import (
    EMAIL,
    PASSWORD,
    WORDS,
    Open,
    count,
    go_to,
    log_in,
    sign_up,
    wait_until,
)
from dashboard.tests.fake_api import FakeApi

pytestmark = pytest.mark.browser

WORD = WORDS["pt-BR"]


class Wire:
    """Between a page and its server; it keeps each part's last refresh, to be sent once more."""

    def __init__(self, page: Page) -> None:
        self.refreshes: dict[str, bytes] = {}
        page.route_web_socket(re.compile("_stcore/stream"), self._follow)

    def send_again(self, refreshes: dict[str, bytes]) -> None:
        for refresh in refreshes.values():
            self._server.send(refresh)

    def _follow(self, route: WebSocketRoute) -> None:
        self._server = route.connect_to_server()
        route.on_message(self._pass_on)

    def _pass_on(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            asked = BackMsg.FromString(message).rerun_script
            if asked.is_auto_rerun:
                self.refreshes[asked.fragment_id] = message
        self._server.send(message)


def test_a_late_refresh_leaves_the_next_page_alone(api: FakeApi, visit: Open) -> None:
    """Where the server leads to it, and so knows of it before the browser does."""
    account = api.add_account(EMAIL, PASSWORD)
    api.add_bot(account, "Sardinha")
    page = visit()
    wire = Wire(page)
    page.goto(f"{page.url}bots")
    log_in(page)
    menu = page.get_by_role("button", name="Mais Sardinha")
    expect(menu).to_be_visible()
    # Of the page's figures, and of the part that each page has above it.
    late = refreshes_of(page, wire, 2)
    menu.click()
    page.get_by_role("menuitem", name="Editar").click()
    wire.send_again(late)
    name = page.get_by_label(WORD["name"], exact=True)
    name.fill("Atum")
    wire.send_again(late)
    name.press("Enter")
    page.get_by_role("combobox", name=re.compile(WORD["symbols"])).press("Backspace")
    expect(page.get_by_text("Ainda não há o que desenhar")).to_be_visible()
    wire.send_again(late)
    wire.refreshes.clear()
    refreshes_of(page, wire, 1)
    expect(name).to_have_value("Atum")
    expect(page.get_by_text("Ainda não há o que desenhar")).to_be_visible()


def refreshes_of(page: Page, wire: Wire, parts: int) -> dict[str, bytes]:
    wait_until(page, lambda: len(wire.refreshes) >= parts, "a part did not refresh itself")
    return dict(wire.refreshes)


def test_a_page_left_before_it_was_drawn_takes_no_live_part_away(api: FakeApi, visit: Open) -> None:
    """Its last call is answered while the next page is there already."""
    page = visit()
    sign_up(page)
    expect(page.get_by_text(WORD["empty"])).to_be_visible()
    api.fail("GET /api/halts/", 200, [], delay=2)
    page.reload()
    expect(page.get_by_text(WORD["empty"])).to_be_visible()
    go_to(page, WORD["trades"])
    wait_for_trades(page, api, 1)
    # The left page's last call takes two seconds; after it that page's run is over.
    page.wait_for_timeout(2_500)
    api.seen.clear()
    wait_for_trades(page, api, 2)


def wait_for_trades(page: Page, api: FakeApi, times: int) -> None:
    """Until the page of trades has asked for them so often."""
    wait_until(
        page, lambda: count(api, "GET /api/trades/?ordering") >= times, "the page does not refresh itself"
    )
