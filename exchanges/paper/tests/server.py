"""A paper exchange as a subprocess on a free port, and clients of it."""

import contextlib
import hashlib
import hmac
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import ccxt
import requests

REPOSITORY = Path(__file__).resolve().parents[3]
START_SECONDS = 120
STOP_SECONDS = 30
CALL_SECONDS = 20


class PaperServer:
    """One running exchange. `start` again after `kill` reuses its file and port."""

    def __init__(
        self, data: Path, *options: str, environment: dict[str, str] | None = None, quiet: bool = False
    ) -> None:
        self.data = data
        self.options = options
        self.environment = environment or {}
        self.quiet = quiet
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "PaperServer":
        command = [sys.executable, "-m", "exchanges.paper", "--port", str(self.port)]
        command += ["--data", str(self.data), *self.options]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PAPER_")}
        self.process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=inherited | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if self.quiet else None,
            text=True,
        )
        self.port = int(self._read_line().split("//127.0.0.1:")[1].split()[0])
        return self

    def kill(self) -> None:
        """End it the hard way."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self._reap()

    def stop(self) -> int:
        """End it politely and return its exit code."""
        assert self.process
        self.process.terminate()
        return self._reap()

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()

    def open_account(self, **content: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/paper/accounts", json=content, timeout=CALL_SECONDS)
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    def control(self, name: str, **content: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/paper/control/{name}", json=content, timeout=CALL_SECONDS)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def ledger(self, account: dict[str, Any]) -> dict[str, Any]:
        answer = self.get("/paper/control/ledger", apiKey=account["apiKey"])
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def get(self, path: str, **parameters: Any) -> requests.Response:
        return requests.get(self.url + path, params=parameters, timeout=CALL_SECONDS)

    def signed(self, account: dict[str, Any], method: str, path: str, **parameters: Any) -> requests.Response:
        """A signed call written by hand, for what ccxt would not send."""
        query = urlencode({"timestamp": int(time.time() * 1000), **parameters})
        signature = hmac.new(account["secretKey"].encode(), query.encode(), hashlib.sha256).hexdigest()
        return requests.request(
            method,
            f"{self.url}{path}?{query}&signature={signature}",
            headers={"X-MBX-APIKEY": account["apiKey"]},
            timeout=CALL_SECONDS,
        )

    def signed_bybit(self, account: dict[str, Any], method: str, path: str, **sent: Any) -> requests.Response:
        """A signed call of Bybit's dialect written by hand."""
        payload = urlencode(sent) if method == "GET" else json.dumps(sent)
        return self.send_bybit(account, method, path, payload, payload, {})

    def send_bybit(
        self,
        account: dict[str, Any],
        method: str,
        path: str,
        payload: str,
        signed: str,
        changed: dict[str, str],
    ) -> requests.Response:
        """Send a query or body with the signature of `signed`; `changed` replaces headers, also in what is signed."""
        now = str(int(time.time() * 1000))
        known = {"API-KEY": account["apiKey"], "TIMESTAMP": now, "RECV-WINDOW": "5000", **changed}
        origin = known["TIMESTAMP"] + known["API-KEY"] + known["RECV-WINDOW"] + signed
        known["SIGN"] = hmac.new(account["secretKey"].encode(), origin.encode(), hashlib.sha256).hexdigest()
        return requests.request(
            method,
            self.url + path + (f"?{payload}" if method == "GET" else ""),
            data=payload if method == "POST" else None,
            headers={f"X-BAPI-{name}": value for name, value in known.items()},
            timeout=CALL_SECONDS,
        )

    def _read_line(self) -> str:
        assert self.process
        assert self.process.stdout
        readable, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        line = self.process.stdout.readline() if readable else ""
        if "ready" not in line:
            self.kill()
            raise AssertionError(f"the paper exchange did not start: {line!r}")
        return line

    def _reap(self) -> int:
        assert self.process
        code = self.process.wait(STOP_SECONDS)
        if self.process.stdout:
            self.process.stdout.close()
        return code


def open_client(server: PaperServer, account: dict[str, Any] | None = None) -> ccxt.binance:
    """An unmodified ccxt client whose base URLs, all of them, are the paper exchange's."""
    keys = {"apiKey": account["apiKey"], "secret": account["secretKey"]} if account else {}
    client = ccxt.binance(
        {
            **keys,
            "enableRateLimit": False,
            "options": {
                "fetchCurrencies": False,
                "fetchMargins": False,
                "fetchMarkets": {"types": ["spot"]},
                "defaultType": "spot",
                "warnOnFetchOpenOrdersWithoutSymbol": False,
            },
        }
    )
    client.urls["api"] = {name: _rebase(url, server.url) for name, url in client.urls["api"].items()}
    return client


def open_bybit_client(server: PaperServer, account: dict[str, Any] | None = None) -> ccxt.bybit:
    """The same of Bybit's."""
    keys = {"apiKey": account["apiKey"], "secret": account["secretKey"]} if account else {}
    client = ccxt.bybit(
        {
            **keys,
            "enableRateLimit": False,
            "has": {"fetchCurrencies": False},
            "options": {"fetchMarkets": {"types": ["spot"]}, "defaultType": "spot"},
        }
    )
    client.urls["api"] = dict.fromkeys(client.urls["api"], server.url)
    return client


def _rebase(url: str, base: str) -> str:
    return base + "/" + url.split("/", 3)[3]


def wait_until(condition: Callable[[], object], seconds: float = 90) -> None:
    """Look again and again until it holds; fails where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


@contextlib.contextmanager
def running(server: PaperServer) -> Any:
    """Start a server and make sure it ends."""
    try:
        yield server.start()
    finally:
        server.close()
