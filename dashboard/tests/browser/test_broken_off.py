"""A run that is broken off before the browser has learnt of its fields: the next one tells of them again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.tests.browser.steps import EMAIL, PASSWORD, WORDS, Open, log_in
from dashboard.tests.fake_api import FakeApi

pytestmark = pytest.mark.browser

WORD = WORDS["pt-BR"]


class Leak:
    """Between a page and its server; loses some fields until it is mended, as a run that is broken off does."""

    def __init__(self, page: Page, is_lost: Callable[[Element], bool]) -> None:
        self.mended, self._is_lost = False, is_lost
        page.route_web_socket(re.compile("_stcore/stream"), self._follow)

    def _follow(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: route.send(self._without_the_lost(message)))

    def _without_the_lost(self, message: str | bytes) -> str | bytes:
        if self.mended or isinstance(message, str):
            return message
        told = ForwardMsg.FromString(message)
        if not self._is_lost(told.delta.new_element):
            return message
        # Something must stand in its place for what follows.
        told.delta.new_element.empty.SetInParent()
        told.metadata.cacheable = False
        return bytes(told.SerializeToString())


def test_a_field_that_was_lost_on_the_way_comes_with_its_value(api: FakeApi, visit: Open) -> None:
    account = api.add_account(EMAIL, PASSWORD)
    api.add_paper_key(account)
    page = visit()
    leak = Leak(page, lambda element: element.WhichOneof("type") == "number_input")
    page.goto(f"{page.url}bot_form")
    log_in(page)
    name = page.get_by_label(WORD["name"], exact=True)
    expect(page.get_by_text("Salvar e iniciar")).to_be_visible()
    numbers = page.get_by_role("spinbutton")
    expect(numbers).to_have_count(0)
    leak.mended = True
    name.fill("Sardinha")
    name.press("Enter")
    expect(page.get_by_role("spinbutton", name="Segundos entre execuções")).to_have_value("5")
    expect(name).to_have_value("Sardinha")


def test_filters_that_were_lost_on_the_way_show_what_is_filtered_by(api: FakeApi, visit: Open) -> None:
    account = api.add_account(EMAIL, PASSWORD)
    bot = api.add_bot(account, "Sardinha")
    api.add_trade(account, bot, closed=True)
    page = visit()
    leak = Leak(page, lambda element: element.selectbox.label == "Robô" or element.date_input.label == "De")
    page.goto(f"{page.url}trades?bot={bot['id']}&period=other&since=2026-01-02")
    log_in(page)
    status = page.get_by_role("combobox", name="Situação")
    expect(status).to_be_visible()
    chosen = page.get_by_role("combobox", name="Robô")
    expect(chosen).to_have_count(0)
    leak.mended = True
    status.click()
    page.get_by_role("option", name="Encerrada").click()
    expect(page.get_by_text("Sardinha").first).to_be_visible()
    expect(chosen).to_have_value("Sardinha")
    expect(page.get_by_test_id("stDateInput").filter(has_text="De")).to_contain_text("02/01/2026")
