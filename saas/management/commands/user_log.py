import contextlib
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from saas.log_reader import follow, read_last


class Command(BaseCommand):
    help = "Show what the logs have about one user: requests, bots, errors, of all processes, in the order of time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--lines", type=int, default=100, help="how many at most (100)")
        parser.add_argument("--follow", action="store_true", help="go on with new lines until interrupted")

    def handle(self, *_: Any, **options: Any) -> None:
        users = get_user_model()
        try:
            user = users.objects.get_by_natural_key(options["email"])
        except users.DoesNotExist:
            raise CommandError(f"Nobody has the e-mail {options['email']}.") from None
        for entry in read_last(settings.LOG_DIR, user.pk, max(0, options["lines"])):
            self.stdout.write(entry.text)
        if options["follow"]:
            with contextlib.suppress(KeyboardInterrupt):
                for entry in follow(settings.LOG_DIR, user.pk):
                    self.stdout.write(entry.text)
                    self.stdout.flush()
