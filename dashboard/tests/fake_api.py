"""The API's contract, in memory, over real HTTP, with several users; it can be told to fail."""

import itertools
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dashboard.tests import sample_data
from dashboard.tests.sample_data import Record

PASSWORD = "s3cret-pass"


class Refusal(Exception):
    def __init__(self, status: int, code: str, detail: str, fields: Record | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "detail": detail} | ({"fields": fields} if fields else {})


@dataclass
class Failure:
    """What calls whose method and path match get instead of an answer; status 0 drops the connection."""

    pattern: re.Pattern[str]
    status: int
    body: bytes
    delay: float


@dataclass
class Account:
    """One user and all that is theirs."""

    id: int
    email: str
    password: str
    language: str
    display_currency: str = "BRL"
    keys: dict[int, Record] = field(default_factory=dict)
    bots: dict[int, Record] = field(default_factory=dict)
    trades: dict[int, Record] = field(default_factory=dict)
    orders: dict[int, Record] = field(default_factory=dict)
    halts: list[Record] = field(default_factory=list)
    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    reset_tokens: set[str] = field(default_factory=set)

    def described(self) -> Record:
        names = ("id", "email", "language", "display_currency")
        return {name: getattr(self, name) for name in names} | {"date_joined": "2026-11-20T17:00:00Z"}

    def issue_tokens(self) -> Record:
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.access.add(access)
        self.refresh.add(refresh)
        return {"access": access, "refresh": refresh}

    def end_all_tokens(self) -> None:
        self.access.clear()
        self.refresh.clear()


@dataclass
class Call:
    account: Account
    body: Record
    query: dict[str, str]
    id: int = 0


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_request: object) -> None:
        """A client that gave up on a delayed answer is no news here."""


class FakeApi:
    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.failures: list[Failure] = []
        self.seen: list[str] = []
        self.portfolio_changes: Record = {}
        self.lock = Lock()
        self._ids = itertools.count(1)
        self._server = QuietServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["FakeApi"]:
        thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def fail(
        self, pattern: str, status: int, body: Record | list[Record] | str = "", delay: float = 0
    ) -> None:
        """From now on, calls such as `GET /api/bots/` that match are answered so."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.failures.append(Failure(re.compile(pattern), status, text.encode(), delay))

    def reset(self) -> None:
        with self.lock:
            self.accounts.clear()
            self.failures.clear()
            self.seen.clear()
            self.portfolio_changes.clear()

    def next_id(self) -> int:
        return next(self._ids)

    def add_account(self, email: str, password: str = PASSWORD, language: str = "pt-br") -> Account:
        account = Account(self.next_id(), email, password, language)
        self.accounts[email] = account
        return account

    def add_paper_key(
        self, account: Account, label: str = "Conta simulada", exchange: str = "binance"
    ) -> Record:
        return self.add_key(account, label, exchange, "paper")

    def add_key(self, account: Account, label: str, exchange: str, environment: str) -> Record:
        body = {"exchange": exchange, "environment": environment, "label": label, "api_key": "somekey7LFx"}
        key = sample_data.make_key(self.next_id(), body, checked=True)
        account.keys[key["id"]] = key
        return key

    def add_bot(self, account: Account, name: str, **changes: Any) -> Record:
        key = next(iter(account.keys.values()), None) or self.add_paper_key(account)
        body = {
            "name": name,
            "exchange_key": key["id"],
            "symbols": ["BTC/USDT"],
            "strategy": "buy_below_average",
            "parameters": {
                "timeframe": "1s",
                "window": 30,
                "threshold_percent": "0.25",
                "sell_at_average": False,
            },
            "capital": "100",
            "capital_currency": "BRL",
            "interval_seconds": 1,
            "max_open_trades": 1,
            "take_profit_percent": "1.5",
            "stop_loss_percent": None,
            "trailing_stop_percent": None,
        }
        bot = sample_data.make_bot(self.next_id(), body) | changes
        account.bots[bot["id"]] = bot
        return bot

    def add_trade(self, account: Account, bot: Record, *, closed: bool) -> Record:
        trade = sample_data.make_trade(self.next_id(), bot, closed=closed)
        key = account.keys[bot["exchange_key"]]
        trade |= {"environment": key["environment"], "simulated": key["simulated"]}
        account.trades[trade["id"]] = trade
        bot["open_trades"] += not closed
        return trade

    def add_order_in_doubt(self, account: Account, bot: Record, **changes: Any) -> Record:
        order = sample_data.make_order_in_doubt(self.next_id(), bot) | changes
        account.orders[order["id"]] = order
        bot["orders_in_doubt"] += 1
        return order

    def halt(self, account: Account, **changes: Any) -> Record:
        """As the operator, unless `changes` say otherwise."""
        halt = sample_data.make_halt() | changes
        account.halts.append(halt)
        return halt

    def account_with(self, token: str, kind: str) -> Account:
        for account in self.accounts.values():
            if token in getattr(account, kind):
                return account
        raise Refusal(401, "token_not_valid", "Sessão expirada.")

    def failure_for(self, call: str) -> Failure | None:
        return next((failure for failure in self.failures if failure.pattern.search(call)), None)


def register(api: FakeApi, body: Record) -> tuple[int, Any]:
    if "@" not in body["email"]:
        raise Refusal(400, "invalid", "Confira os campos.", {"email": ["Informe um e-mail válido."]})
    if len(body["password"]) < 8:
        raise Refusal(400, "invalid", "Confira os campos.", {"password": ["Esta senha é muito curta."]})
    account = api.add_account(body["email"], body["password"], body.get("language", "pt-br"))
    return 201, account.described()


def obtain_tokens(api: FakeApi, body: Record) -> tuple[int, Any]:
    account = api.accounts.get(body["email"])
    if account is None or account.password != body["password"]:
        raise Refusal(401, "no_active_account", "E-mail ou senha incorretos.")
    return 200, account.issue_tokens()


def refresh_tokens(api: FakeApi, body: Record) -> tuple[int, Any]:
    account = api.account_with(body["refresh"], "refresh")
    account.refresh.remove(body["refresh"])
    return 200, account.issue_tokens()


def log_out(api: FakeApi, body: Record) -> tuple[int, Any]:
    api.account_with(body["refresh"], "refresh").end_all_tokens()
    return 204, None


def ask_for_password_reset(api: FakeApi, body: Record) -> tuple[int, Any]:
    if "@" not in body["email"]:
        raise Refusal(400, "invalid", "Confira os campos.", {"email": ["Informe um e-mail válido."]})
    if account := api.accounts.get(body["email"]):
        account.reset_tokens.add(secrets.token_hex(8))
    return 202, None


def reset_password(api: FakeApi, body: Record) -> tuple[int, Any]:
    account = next((found for found in api.accounts.values() if str(found.id) == body["uid"]), None)
    if account is None or body["token"] not in account.reset_tokens:
        raise Refusal(400, "reset_link_not_valid", "Este link já foi usado ou expirou. Peça um novo.")
    if len(body["new_password"]) < 8:
        raise Refusal(400, "invalid", "Confira os campos.", {"new_password": ["Esta senha é muito curta."]})
    account.password = body["new_password"]
    account.reset_tokens.clear()
    account.end_all_tokens()
    return 204, None


OPEN_ROUTES: dict[str, Callable[[FakeApi, Record], tuple[int, Any]]] = {
    "POST /api/auth/register/": register,
    "POST /api/auth/token/": obtain_tokens,
    "POST /api/auth/token/refresh/": refresh_tokens,
    "POST /api/auth/token/logout/": log_out,
    "POST /api/auth/password-reset/": ask_for_password_reset,
    "POST /api/auth/password-reset/confirm/": reset_password,
}


def check_bot(body: Record) -> None:
    """The refusals that the tests provoke."""
    errors: Record = {}
    if not body["name"].strip():
        errors["name"] = ["Este campo não pode ficar em branco."]
    try:
        if Decimal(body["capital"]) < 25:
            errors["capital"] = ["O capital mínimo para estes pares é R$ 25,00."]
    except InvalidOperation:
        errors["capital"] = ["Informe um número válido."]
    if body["parameters"].get("window", 2) < 2:
        errors["parameters.window"] = ["O valor mínimo é 2."]
    if errors:
        raise Refusal(400, "invalid", "Confira os campos.", errors)


def answer(
    api: FakeApi, method: str, path: str, token: str, body: Record, query: dict[str, str]
) -> tuple[int, Any]:
    from dashboard.tests.fake_routes import ROUTES

    if public := OPEN_ROUTES.get(f"{method} {path}"):
        return public(api, body)
    call = Call(api.account_with(token, "access"), body, query)
    generic = re.sub(r"/(\d+)/", "/{id}/", path)
    if found := re.search(r"/(\d+)/", path):
        call.id = int(found[1])
    route = ROUTES.get(f"{method} {generic}")
    if route is None:
        raise Refusal(404, "not_found", "Não encontrado.")
    return route(api, call)


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Answers are two writes; without this each would wait for the other side's delayed acknowledgement.
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            with api.lock:
                api.seen.append(f"{self.command} {self.path}")
            failure = api.failure_for(f"{self.command} {url.path}")
            if failure:
                self.fail_as_told(failure)
                return
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            self.reply(*self.outcome(url.path, token, json.loads(body or b"{}"), query))

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 - http.server's names

        def outcome(self, path: str, token: str, body: Record, query: dict[str, str]) -> tuple[int, Any]:
            try:
                with api.lock:
                    return answer(api, self.command, path, token, body, query)
            except Refusal as refusal:
                return refusal.status, refusal.body

        def fail_as_told(self, failure: Failure) -> None:
            time.sleep(failure.delay)
            if failure.status == 0:
                self.close_connection = True
                return
            self.reply(failure.status, failure.body)

        def reply(self, status: int, said: Any) -> None:
            raw = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            # A cookie that a shared connection must not carry over to the next user.
            self.send_header("Set-Cookie", f"seen={secrets.token_hex(4)}; Path=/")
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: object) -> None:
            """Tests read `api.seen` instead."""

    return Handler
