"""Pages of the dashboard run without a browser, each with the cookies and the locale of one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import PropertyMock, patch
from urllib.parse import parse_qsl

import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import session_store
from dashboard.session_cookie import cookie_name, new_session_id
from dashboard.tests.fake_api import Account

APP = Path(__file__).parents[1] / "app.py"


def sign_in_of(account: Account) -> session_store.SignIn:
    return session_store.SignIn(account.described(), **account.issue_tokens())


class Browser:
    """One browser: its cookie outlives its pages. `open` gives a page, as a new tab or a reload would."""

    def __init__(self, locale: str = "pt-BR", timezone: str = "America/Sao_Paulo") -> None:
        self.session_id = new_session_id()
        self._context = {"locale": locale, "timezone": timezone}

    def sign_in(self, account: Account) -> "Browser":
        session_store.store.put(self.session_id, sign_in_of(account))
        return self

    def open(self, name: str = "overview", query: Mapping[str, str] | None = None) -> "Page":
        app = AppTest.from_file(str(APP), default_timeout=30)
        app.context.update(self._context)
        page = Page(app, self.cookies)
        page.run()
        if name != "overview":
            app.query_params.update(query or {})
            page.run(name)
        return page

    @contextmanager
    def cookies(self) -> Iterator[None]:
        sent = PropertyMock(return_value={cookie_name(): self.session_id})
        with patch.object(type(st.context), "cookies", sent):
            yield


class Page:
    def __init__(self, app: AppTest, cookies: object) -> None:
        self.app = app
        self._cookies = cookies

    def run(self, name: str | None = None) -> "Page":
        with self._cookies():  # type: ignore[operator]
            if name:
                self.app.switch_page(f"app_pages/{name}.py")
            self.app.run()
        assert not self.app.exception, self.app.exception
        return self

    def click(self, key: str) -> "Page":
        self.app.button(key).click()
        return self.run()

    def follow(self, label: str) -> "Page":
        """The link whose label begins so."""
        link = next(each.proto for each in self.app.get("page_link") if each.proto.label.startswith(label))
        self.app.query_params.clear()
        self.app.query_params.update(parse_qsl(link.query_string))
        return self.run(link.page)

    def choose(self, key: str, option: str) -> "Page":
        """From a menu."""
        self.app.menu_button(key).click(option)
        return self.run()

    def fill(self, **texts: str) -> "Page":
        """Types into text fields; a dot of a key is written as two underscores."""
        for key, text in texts.items():
            self.app.text_input(key.replace("__", ".")).set_value(text)
        return self

    @property
    def text(self) -> str:
        """Everything written on the page."""
        app = self.app
        written = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.text, *app.success]
        written += [*app.info, *app.warning, *app.error]
        html = [block.proto.body for block in app.get("html") if "<style>" not in block.proto.body]
        return "\n".join([*(element.value.replace("\\", "") for element in written), *html])

    @property
    def title(self) -> str:
        return str(self.app.title[0].value)
