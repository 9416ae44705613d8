"""The cookie that lets a reload or a new tab find its sign-in again.

It holds a random number that means nothing outside this process. Scripts of the page cannot read it (HttpOnly) and
other sites cannot make a browser send it (SameSite=Strict). A browser gets it before it signs in, with the answer to
the health check that Streamlit's page makes before it opens its socket: that request is always same-site, whereas a
page reached by a link from elsewhere is asked for without the cookie and must not lose it by that.
"""

import re
import secrets
from http.cookies import SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

HEALTH_CHECK = "/_stcore/health"
LIFETIME_SECONDS = 30 * 24 * 3600
_OURS = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie_name() -> str:
    """Browsers do not tell ports apart in cookies; two dashboards of one machine must."""
    return f"cardume_session_{config.get_option('server.port')}"


def is_session_id(value: str | None) -> bool:
    return value is not None and _OURS.fullmatch(value) is not None


def new_session_id() -> str:
    return secrets.token_urlsafe(32)


class SessionCookie:
    """ASGI middleware that gives the cookie to a browser that has none, and prolongs the one it has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(HEALTH_CHECK):
            await self._app(scope, receive, send)
            return
        header = _cookie_header(scope)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", header)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _cookie_header(scope: Scope) -> str:
    headers = Headers(scope=scope)
    sent = SimpleCookie(headers.get("cookie", "")).get(cookie_name())
    session_id = sent.value if sent and is_session_id(sent.value) else new_session_id()
    secure = "https" in (scope.get("scheme"), headers.get("x-forwarded-proto"))
    attributes = f"HttpOnly; SameSite=Strict; Path=/; Max-Age={LIFETIME_SECONDS}" + (
        "; Secure" if secure else ""
    )
    return f"{cookie_name()}={session_id}; {attributes}"
