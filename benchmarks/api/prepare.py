"""Fills the installation's empty database and says who can ask for what: a Size in JSON on standard input, Asked out.

Queries are counted here, in one process with the project's own request handling, because the served process is to be
measured as it is.
"""

import json
import sys
from dataclasses import asdict
from typing import Any

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from benchmarks.api.data import fill_database
    from benchmarks.api.prices import publish
    from benchmarks.api.size import Size
    from saas.clock import utc_now
    from users.tokens import issue_pair

    size = Size(**json.load(sys.stdin))
    users = fill_database(size, utc_now())
    publish(0)
    people = [{**_ids_of(user), "token": issue_pair(user).access} for user in users[: size.heavy_users]]
    answer = {
        "people": people,
        "size": asdict(size),
        "rows": _count_rows(),
        "queries": _count_queries(people[0]),
    }
    json.dump(answer, sys.stdout)


def _ids_of(user: Any) -> dict[str, int]:
    from bots.models import BotConfiguration
    from trades.models import Trade

    closed = Trade.objects.owned_by(user).filter(status="CLOSED")
    return {
        "bot": BotConfiguration.objects.owned_by(user).values_list("pk", flat=True)[0],
        "trade": closed.values_list("pk", flat=True)[0],
    }


def _count_rows() -> dict[str, int]:
    from trades.models import Fill, Order, Trade

    models = {"trades": Trade, "orders": Order, "fills": Fill}
    return {name: model._default_manager.count() for name, model in models.items()}


def _count_queries(person: dict[str, Any]) -> dict[str, int]:
    """By the name of the read."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from benchmarks.api.reads import READS

    client = Client(headers={"authorization": f"Bearer {person['token']}"})
    counts = {}
    for read in READS:
        b"".join(client.get(read.address(person), headers={"host": "localhost"}))
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(read.address(person), headers={"host": "localhost"})
            b"".join(answer)
        if answer.status_code != 200:
            raise RuntimeError(f"{read.path} answers {answer.status_code}")
        counts[read.name] = len(captured)
    return counts


if __name__ == "__main__":
    main()
