"""Fills a platform's database: a Size in JSON on standard input; out come a log-in and the bot to look at."""

import json
import sys

import django

PASSWORD = "many-trades-to-look-at"  # noqa: S105  # of an installation that lasts as long as the benchmark


def main() -> None:
    django.setup()
    from benchmarks.api.data import fill_database
    from benchmarks.api.size import Size
    from bots.models import BotConfiguration
    from saas.clock import utc_now
    from users.models import Language

    user = fill_database(Size(**json.load(sys.stdin)), utc_now())[0]
    user.set_password(PASSWORD)
    user.language = Language.ENGLISH
    user.save(update_fields=["password", "language"])
    bot = BotConfiguration.objects.owned_by(user).values_list("pk", flat=True)[0]
    json.dump({"email": user.email, "password": PASSWORD, "bot": bot}, sys.stdout)


if __name__ == "__main__":
    main()
