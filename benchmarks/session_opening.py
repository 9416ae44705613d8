"""Opens sessions in a process of its own and says on standard output what that took, as JSON.

`python -m benchmarks.session_opening WAY COUNT`, with the exchange's address in PAPER_EXCHANGE_URL. The first session of a
process also pays for imports; it is opened before anything is measured, whichever way.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import django
import requests

from benchmarks.rig.processes import parse_rollup

TIMEOUT_SECONDS = 30
ROLLUP = Path("/proc/self/smaps_rollup")


@dataclass(frozen=True, slots=True)
class Account:
    """One user's key at the exchange."""

    owner: int
    api_key: str
    secret_key: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What one session took while it was opened, in seconds, and what it takes while it is kept open, in bytes."""

    wall: float
    cpu: float
    size: float


def open_ours(account: Account) -> Callable[[], Any]:
    """The key's row as a run has it in its hands: the secret is decrypted each time. Returns what opens the session."""
    from exchanges.credentials import Credentials
    from users import encryption
    from users.keys import open_key_session
    from users.models import ExchangeAPIKey

    key = ExchangeAPIKey(
        owner_id=account.owner,
        exchange="binance",
        environment="paper",
        ciphertext=encryption.encrypt_credentials(
            Credentials(account.api_key, account.secret_key), account.owner
        ),
        fingerprint=encryption.fingerprints(account.api_key)[0],
    )
    return lambda: open_key_session(key)


def learn_limit() -> None:
    """An exchange tells with its instruments what it allows; until then no more is asked than a real one would answer."""
    from exchanges.domain import Environment, Venue
    from exchanges.gateway import load_instruments

    load_instruments(Venue("binance", Environment.PAPER))


def open_ours_asking(account: Account) -> Callable[[], Any]:
    opening = open_ours(account)

    def open_and_ask() -> Any:
        session = opening()
        session.fetch_balances()
        return session

    return open_and_ask


def construct(account: Account) -> Callable[[], Any]:
    """ccxt's own client, told to leave everything alone that is not needed for spot."""
    import ccxt

    base = f"{os.environ['PAPER_EXCHANGE_URL']}/api/v3"
    options = {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False}
    settings = {
        "apiKey": account.api_key,
        "secret": account.secret_key,
        "enableRateLimit": False,
        "urls": {"api": {"public": base, "private": base}},
        "options": options,
    }
    return lambda: ccxt.binance(settings)


def load(account: Account) -> Callable[[], Any]:
    opening = construct(account)

    def open_and_load() -> Any:
        client = opening()
        client.load_markets()
        return client

    return open_and_load


def load_asking(account: Account) -> Callable[[], Any]:
    opening = load(account)

    def open_load_and_ask() -> Any:
        client = opening()
        client.fetch_balance()
        return client

    return open_load_and_ask


WAYS: dict[str, Callable[[Account], Callable[[], Any]]] = {
    "ours": open_ours,
    "ours_asking": open_ours_asking,
    "constructor": construct,
    "loaded": load,
    "loaded_asking": load_asking,
}


def main(way: str, count: int) -> None:
    django.setup()
    accounts = open_accounts(count + 1) if way.endswith("_asking") else make_up_accounts(count + 1)
    if way == "ours_asking":
        learn_limit()
    first, *others = [WAYS[way](account) for account in accounts]
    kept = [first()]
    opening = measure(others, kept)
    json.dump(asdict(opening), sys.stdout)


def make_up_accounts(count: int) -> list[Account]:
    return [Account(number, f"{number:064}", f"{number:064}") for number in range(1, count + 1)]


def open_accounts(count: int) -> list[Account]:
    """At the exchange itself, by the paper exchange's own endpoint."""
    url = f"{os.environ['PAPER_EXCHANGE_URL']}/paper/accounts"
    accounts = []
    with requests.Session() as session:
        for number in range(1, count + 1):
            answer = session.post(url, json={"label": f"user {number}"}, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            made = answer.json()
            accounts.append(Account(number, made["apiKey"], made["secretKey"]))
    return accounts


def measure(openings: Sequence[Callable[[], Any]], kept: list[Any]) -> Opening:
    """All of them one after the other, and all kept open in `kept`; the mean of each figure."""
    gc.collect()
    size, wall, cpu = read_size(), time.perf_counter(), time.process_time()
    kept.extend(opening() for opening in openings)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    gc.collect()
    count = len(openings)
    return Opening(wall / count, cpu / count, (read_size() - size) / count)


def read_size() -> int:
    """This process's memory in bytes, pages shared with others by their share; 0 where the system does not tell."""
    with suppress(FileNotFoundError):
        return parse_rollup(ROLLUP.read_text(encoding="ascii"))["Pss"]
    return 0


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
