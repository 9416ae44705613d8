from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bots.demo import DemoForbidden, prepare_demo
from saas.errors import AppError


class Command(BaseCommand):
    help = "Make the demo user with a paper account and an active bot, where they are missing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            bot = prepare_demo()
        except DemoForbidden:
            raise CommandError("There is no demo here: DEMO is off, or this is production.") from None
        except AppError as error:
            raise CommandError(str(error.detail)) from None
        self.stdout.write(f"The demo bot is {bot.status}.")
