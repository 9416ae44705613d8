"""A user who asks the exchange as fast as it can: buys, sells and reads the balance in a few threads, whatever comes back.

`python -m benchmarks.rig.looper KEY_ID SYMBOL QUANTITY SECONDS THREADS` runs in a platform's environment, through its own
gateway and budget. It prints a line when it begins, and at its end JSON: {"sent": requests, "refused": {code: times},
"orders": orders sent}. Whoever is refused asks again after 20 ms: faster than any bot may, and slow enough to leave the
machine to those that are measured.
"""

import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

PAUSE_SECONDS = 0.02
SIGN_WITHIN = timedelta(seconds=5)


def main(key_id: int, symbol: str, quantity: Decimal, seconds: float, threads: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    django.setup()
    from exchanges.gateway import prepare_clients
    from users.models import ExchangeAPIKey

    key = ExchangeAPIKey.objects.get(pk=key_id)
    prepare_clients([key.exchange])
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(threads) as pool:
        counted = list(pool.map(lambda number: loop(key, symbol, quantity, until, number), range(threads)))
    total: Counter[str] = sum(counted, Counter())
    refused = {
        name.removeprefix("refused "): count for name, count in total.items() if name.startswith("refused")
    }
    json.dump({"sent": total["sent"], "orders": total["orders"], "refused": refused}, sys.stdout)


def loop(key: Any, symbol: str, quantity: Decimal, until: float, number: int) -> Counter[str]:
    from exchanges.domain import Side
    from users.keys import open_key_session

    counts: Counter[str] = Counter()
    with open_key_session(key) as session:
        while time.monotonic() < until:
            turn = counts["turns"]
            counts["turns"] += 1
            side = Side.SELL if turn % 2 else Side.BUY
            name = f"looper-{number}-{os.getpid()}-{turn}"
            order(session, symbol, quantity, side, name, counts)
            read(session, counts)
    return counts


def order(session: Any, symbol: str, quantity: Decimal, side: Any, name: str, counts: Counter[str]) -> None:
    from exchanges.domain import OrderRequest, OrderType
    from exchanges.errors import OrderRefused, OrderStatusUnknown
    from saas.clock import utc_now

    request = OrderRequest(symbol, side, OrderType.MARKET, quantity, None, name)
    try:
        session.send_order(request, deadline=utc_now() + SIGN_WITHIN)
    except OrderRefused as refused:
        if refused.code == "not_sent":
            note_refusal(counts, refused.code)
            return
    except OrderStatusUnknown:
        counts["unknown"] += 1
    counts["orders"] += 1
    counts["sent"] += 1


def read(session: Any, counts: Counter[str]) -> None:
    from exchanges.errors import BudgetSpent, ExchangeError

    try:
        session.fetch_balances()
    except BudgetSpent as spent:
        note_refusal(counts, spent.code)
        return
    except ExchangeError as error:
        note_refusal(counts, error.code or type(error).__name__)
        return
    counts["sent"] += 1


def note_refusal(counts: Counter[str], code: str) -> None:
    counts[f"refused {code}"] += 1
    time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Decimal(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
