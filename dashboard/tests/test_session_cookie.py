import asyncio
import re

from starlette.types import Message, Receive, Scope, Send

from dashboard.session_cookie import SessionCookie, cookie_name, is_session_id, new_session_id


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def cookie_set_by(path: str, headers: dict[str, str] | None = None) -> str | None:
    """The Set-Cookie header of the answer to a request, if it has one."""
    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "scheme": "http", "path": path, "headers": raw}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(SessionCookie(answer)(scope, receive, send))
    return next((value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"), None)


def test_a_browser_without_a_session_gets_one_that_scripts_and_other_sites_cannot_use() -> None:
    found = re.fullmatch(r"([^=]+)=([^;]+); (.*)", cookie_set_by("/_stcore/health") or "")
    assert found
    assert found[1] == cookie_name()
    assert is_session_id(found[2])
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(found[3].split("; "))


def test_a_browser_keeps_the_session_it_has() -> None:
    session_id = new_session_id()
    header = cookie_set_by("/_stcore/health", {"cookie": f"other=1; {cookie_name()}={session_id}"})
    assert f"={session_id};" in str(header)


def test_a_session_id_that_is_not_ours_is_replaced() -> None:
    assert "guessable" not in str(cookie_set_by("/_stcore/health", {"cookie": f"{cookie_name()}=guessable"}))


def test_pages_themselves_set_no_cookie_so_that_a_link_from_elsewhere_loses_no_session() -> None:
    assert cookie_set_by("/") is None


def test_over_https_the_cookie_stays_there() -> None:
    assert str(cookie_set_by("/_stcore/health", {"x-forwarded-proto": "https"})).endswith("; Secure")
