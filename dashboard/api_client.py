"""The dashboard's only HTTP: Cardume's REST API as methods, its refusals as the exceptions of `api_errors`."""

import os
from collections.abc import Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests

from dashboard.api_errors import Refused, ServerFault, SignedOut, Unreachable

Record = dict[str, Any]
"""One JSON object of the API, as its contract describes it; amounts are strings, times ISO 8601 in UTC."""

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 20.0
LONGEST_PAGE = 200
ATTENTION_SHOWN = 10


def api_url() -> str:
    return os.environ.get("API_URL", "http://127.0.0.1:8000").rstrip("/")


class Connections(requests.Session):
    """Connections kept open and shared by everybody: it must therefore remember nothing of anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # A proxy or a .netrc of the environment would change who is asked and as whom.
        self.trust_env = False


_connections = Connections()


def send(
    method: str,
    path: str,
    *,
    language: str,
    access: str | None = None,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> requests.Response:
    """The API's answer, if it is a success. A 401 is SignedOut with an access token and Refused without one."""
    headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {access}"} if access else {})
    try:
        answer = _connections.request(
            method,
            api_url() + path,
            json=body,
            params=query,
            headers=headers,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise Unreachable(type(error).__name__) from error
    _raise_for(answer, signed=access is not None)
    return answer


def _raise_for(answer: requests.Response, *, signed: bool) -> None:
    status = answer.status_code
    if status < 300:
        return
    if status == 401 and signed:
        raise SignedOut
    said = _json_object(answer)
    if status >= 500 and "code" not in said:
        # A proxy in front of an API that is starting or stopping answers so.
        raise Unreachable(str(status))
    if status == 500:
        raise ServerFault(status, str(said.get("error_id", "")))
    raise Refused(status, str(said.get("code", "")), str(said.get("detail", "")), said.get("fields"))


def _json_object(answer: requests.Response) -> Record:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def register(email: str, password: str, language: str) -> Record:
    body = {"email": email, "password": password, "language": language}
    return _record(send("POST", "/api/auth/register/", language=language, body=body))


def obtain_tokens(email: str, password: str, language: str) -> Record:
    """`{access, refresh}`"""
    body = {"email": email, "password": password}
    return _record(send("POST", "/api/auth/token/", language=language, body=body))


def refresh_tokens(refresh: str, language: str) -> Record:
    """A new `{access, refresh}`; the refresh token given is spent."""
    return _record(send("POST", "/api/auth/token/refresh/", language=language, body={"refresh": refresh}))


def revoke(refresh: str, language: str) -> None:
    send("POST", "/api/auth/token/logout/", language=language, body={"refresh": refresh})


def ask_for_password_reset(email: str, language: str) -> None:
    """Has a link sent by e-mail, if an account has this address; nobody is told whether one has."""
    send("POST", "/api/auth/password-reset/", language=language, body={"email": email})


def reset_password(uid: str, token: str, new: str, language: str) -> None:
    """Sets a new password with what the link holds; every token issued before is dead."""
    body = {"uid": uid, "token": token, "new_password": new}
    send("POST", "/api/auth/password-reset/confirm/", language=language, body=body)


class Tokens(Protocol):
    """Whose calls these are."""

    @property
    def access(self) -> str: ...

    def renew(self, stale: str) -> str:
        """An access token newer than `stale`; raises SignedOut if none is to be had."""
        ...


class OnlyToken:
    """An access token that nothing can renew."""

    def __init__(self, access: str) -> None:
        self.access = access

    def renew(self, stale: str) -> str:  # noqa: ARG002
        raise SignedOut


class Api:
    """The calls of one signed-in user. Safe to use from several threads at once."""

    def __init__(self, tokens: Tokens, language: str) -> None:
        self._tokens = tokens
        self._language = language

    def me(self) -> Record:
        return self._get("/api/users/me/")

    def update_me(self, changes: Record) -> Record:
        return _record(self._call("PATCH", "/api/users/me/", changes))

    def change_password(self, current: str, new: str) -> Record:
        """A new `{access, refresh}`: every token issued before is dead."""
        body = {"current_password": current, "new_password": new}
        return _record(self._call("POST", "/api/users/me/password/", body))

    def log_out_everywhere(self) -> None:
        """Every token of the user is dead afterwards, this one too."""
        self._call("POST", "/api/users/me/log-out-everywhere/")

    def exchange_keys(self) -> list[Record]:
        return self._all("/api/exchange-keys/")

    def add_exchange_key(self, key: Record) -> Record:
        return _record(self._call("POST", "/api/exchange-keys/", key))

    def open_paper_account(self, exchange: str, label: str) -> Record:
        body = {"exchange": exchange, "label": label}
        return _record(self._call("POST", "/api/exchange-keys/paper/", body))

    def check_exchange_key(self, key_id: int) -> Record:
        return _record(self._call("POST", f"/api/exchange-keys/{key_id}/check/"))

    def delete_exchange_key(self, key_id: int) -> None:
        self._call("DELETE", f"/api/exchange-keys/{key_id}/")

    def strategies(self) -> list[Record]:
        return _records(self._call("GET", "/api/strategies/").json())

    def instruments(self, exchange: str, environment: str) -> list[Record]:
        query = {"exchange": exchange, "environment": environment}
        return _records(self._get("/api/markets/", query).get("instruments"))

    def bots(self) -> list[Record]:
        return self._all("/api/bots/")

    def bot(self, bot_id: int) -> Record:
        return self._get(f"/api/bots/{bot_id}/")

    def create_bot(self, bot: Record) -> Record:
        return _record(self._call("POST", "/api/bots/", bot))

    def update_bot(self, bot_id: int, bot: Record) -> Record:
        return _record(self._call("PATCH", f"/api/bots/{bot_id}/", bot))

    def order_bot(self, bot_id: int, command: str) -> Record:
        """Tells a bot to `start`, `stop`, `halt` its purchases, `resume` them or `close-all`."""
        return _record(self._call("POST", f"/api/bots/{bot_id}/{command}/"))

    def close_everything(self) -> list[Record]:
        """Asks every bot that holds something to sell it; `{bot, name, outcome, code, detail}` of each."""
        return _records(_record(self._call("POST", "/api/bots/close-all/")).get("results"))

    def halts(self) -> list[Record]:
        """All that forbids new purchases now, the most general first."""
        return _records(self._get("/api/halts/").get("results"))

    def order_account(self, command: str) -> None:
        """Tells all bots to `halt` their purchases or to `resume` them."""
        self._call("POST", f"/api/users/me/{command}/")

    def orders_needing_attention(self, bot_id: int | None = None) -> list[Record]:
        """The newest orders that are in doubt, or that their owner should know of for another reason."""
        query = {"attention": "true", "bot": bot_id, "page_size": ATTENTION_SHOWN}
        return _records(self._get("/api/orders/", query).get("results"))

    def delete_bot(self, bot_id: int) -> None:
        self._call("DELETE", f"/api/bots/{bot_id}/")

    def decisions(self, bot_id: int, symbol: str | None, limit: int) -> list[Record]:
        query = {"symbol": symbol, "limit": limit}
        return _records(self._get(f"/api/bots/{bot_id}/decisions/", query).get("results"))

    def events(self, bot_id: int, page_size: int) -> list[Record]:
        return _records(self._get(f"/api/bots/{bot_id}/events/", {"page_size": page_size}).get("results"))

    def chart(self, bot_id: int, symbol: str, timeframe: str, limit: int) -> Record:
        """Candles with the bot's rule, what it bought and sold, and what it waits for now."""
        query = {"symbol": symbol, "timeframe": timeframe, "limit": limit}
        return self._get(f"/api/bots/{bot_id}/chart/", query)

    def levels(self, bot_id: int) -> Record:
        """`{at, symbols}`: where the bot buys or sells next in each symbol, those that it holds first."""
        return self._get(f"/api/bots/{bot_id}/levels/")

    def preview(self, bot: Record) -> Record:
        """Where a bot of this configuration would have bought and sold; nothing is stored."""
        return _record(self._call("POST", "/api/bots/preview/", bot))

    def trades(self, query: Mapping[str, Any]) -> Record:
        """One page of trades; `query` may hold filters, `ordering`, `page` and `page_size`."""
        return self._get("/api/trades/", query)

    def open_trades(self) -> list[Record]:
        """All of them, which may be more than a page holds."""
        return self._all("/api/trades/", {"status": "OPEN"})

    def trade(self, trade_id: int) -> Record:
        return self._get(f"/api/trades/{trade_id}/")

    def trades_csv(self, query: Mapping[str, Any]) -> bytes:
        return self._call("GET", "/api/trades/export.csv", query=query).content

    def portfolio(self, query: Mapping[str, Any]) -> Record:
        """`query` may hold `timezone`, which says when today began, and `money`."""
        return self._get("/api/portfolio/", query)

    def performance(self, query: Mapping[str, Any]) -> Record:
        """Results and statistics; `query` may hold `money`, `timezone`, `bot`, `symbol` and two dates: `from`, `to`."""
        return self._get("/api/performance/", query)

    def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Record:
        return _record(self._call("GET", path, query=query))

    def _all(self, path: str, query: Mapping[str, Any] | None = None) -> list[Record]:
        page, found = 1, list[Record]()
        while True:
            answer = self._get(path, {**(query or {}), "page": page, "page_size": LONGEST_PAGE})
            found += _records(answer.get("results"))
            if not answer.get("next"):
                return found
            page += 1

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> requests.Response:
        access = self._tokens.access
        try:
            return send(method, path, language=self._language, access=access, body=body, query=query)
        except SignedOut:
            # A request refused for its token did nothing, so it may be sent again.
            access = self._tokens.renew(access)
            return send(method, path, language=self._language, access=access, body=body, query=query)


def _record(answer: requests.Response) -> Record:
    said = _json_object(answer)
    if not said:
        raise Unreachable("the answer is not the API's")
    return said


def _records(said: Any) -> list[Record]:
    if not isinstance(said, Sequence):
        raise Unreachable("the answer is not the API's")
    return list(said)
