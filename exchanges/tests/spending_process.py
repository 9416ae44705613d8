"""A process that takes from an account until it is refused, and prints what it was granted."""

import os
import sys

import django


def main(redis_url: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.conf import settings

    from exchanges.domain import RateLimit
    from exchanges.rate_budget import Purpose, shared
    from exchanges.tests.conftest import BINANCE

    settings.REDIS_URL = redis_url
    wanted = shared.Wanted(BINANCE, RateLimit(1_000, 60, 70), 10, Purpose.MARKET_DATA, "", "")
    granted = 0
    while shared.take(wanted).kind == shared.GRANTED:
        granted += wanted.weight
    sys.stdout.write(f"{granted}\n")


if __name__ == "__main__":
    main(sys.argv[1])
