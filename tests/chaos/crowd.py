"""People whose bots trade all the time, over the API of the running platform."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from tests.platform import Platform

PASSWORD = "a-long-password-1"
TIMEOUT_SECONDS = 20
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT")
# What each person's bots trade: two of one symbol, and one that may hold two trades at once.
BOTS = (SYMBOLS[:1], SYMBOLS[1:2], SYMBOLS[2:])
# The prices stand a percent above or below their average; half of that is enough to buy and to sell.
RULE = {"timeframe": "1m", "window": 10, "threshold_percent": "0.3"}


@dataclass
class Trader:
    """One user with one paper account, whose key the driver knows, and a bot for each entry of BOTS."""

    platform: Platform
    exchange: str
    email: str
    api_key: str = ""
    key_id: int = 0
    bot_ids: list[int] = field(default_factory=list)
    _token: str = ""

    def join(self) -> None:
        """Sign up, open a paper account, make the bots."""
        self._call("POST", "auth/register/", {**self._login(), "language": "en"}, authenticated=False)
        self._add_key()
        self.bot_ids = [self._make_bot(symbols) for symbols in BOTS]

    def start_bots(self) -> None:
        for bot_id in self.bot_ids:
            self._call("POST", f"bots/{bot_id}/start/")

    def stop_bots(self) -> None:
        for bot_id in self.bot_ids:
            self._call("POST", f"bots/{bot_id}/stop/")

    def bots(self) -> list[dict[str, Any]]:
        return [self._call("GET", f"bots/{bot_id}/") for bot_id in self.bot_ids]

    def last_look(self) -> float:
        """When the one of their bots that waits longest last looked at the market, in Unix time.

        As the API tells it, for a quiet look is in no row; 0 for never, and while nobody can be asked.
        """
        try:
            bots = self._call("GET", "bots/")["results"]
        except (requests.RequestException, AssertionError):
            return 0.0
        times = [bot["last_run_at"] for bot in bots]
        return min(datetime.fromisoformat(at).timestamp() if at else 0.0 for at in times)

    def key(self) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", f"exchange-keys/{self.key_id}/")
        return found

    def _add_key(self) -> None:
        url = f"{self.platform.paper_url}/paper/accounts"
        opened = requests.post(url, json={"label": self.email}, timeout=TIMEOUT_SECONDS).json()
        self.api_key = opened["apiKey"]
        content = {
            "exchange": self.exchange,
            "environment": "paper",
            "label": "paper",
            "api_key": opened["apiKey"],
            "secret_key": opened["secretKey"],
        }
        self.key_id = self._call("POST", "exchange-keys/", content)["id"]
        checked = self._call("POST", f"exchange-keys/{self.key_id}/check/")
        assert checked["state"] == "valid", checked

    def _make_bot(self, symbols: tuple[str, ...]) -> int:
        content = {
            "name": " ".join(symbols),
            "exchange_key": self.key_id,
            "symbols": list(symbols),
            "strategy": "buy_below_average",
            "parameters": RULE,
            "capital": str(200 * len(symbols)),
            "capital_currency": "USDT",
            "interval_seconds": 1,
            "max_open_trades": len(symbols),
            "take_profit_percent": "0.5",
            # Who bought just before the rise would else wait for ever.
            "stop_loss_percent": "1",
        }
        return int(self._call("POST", "bots/", content)["id"])

    def _login(self) -> dict[str, str]:
        return {"email": self.email, "password": PASSWORD}

    def _call(self, method: str, path: str, content: Any = None, authenticated: bool = True) -> Any:
        """The JSON that the API answers; a token that has expired is replaced once."""
        answer = self._send(method, path, content, authenticated)
        if authenticated and answer.status_code == requests.codes.unauthorized:
            self._token = self._send("POST", "auth/token/", self._login(), False).json()["access"]
            answer = self._send(method, path, content, authenticated)
        assert answer.ok, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, content: Any, authenticated: bool) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token}"} if authenticated else {}
        url = f"{self.platform.api_url}/api/{path}"
        return requests.request(method, url, json=content, headers=headers, timeout=TIMEOUT_SECONDS)


def gather(platform: Platform, exchanges: tuple[str, ...], people: int) -> list[Trader]:
    """So many people on each exchange, their bots running."""
    names = [(exchange, number) for number in range(people) for exchange in exchanges]
    crowd = [Trader(platform, exchange, f"{exchange}-{number}@example.com") for exchange, number in names]
    for trader in crowd:
        trader.join()
        trader.start_bots()
    return crowd
