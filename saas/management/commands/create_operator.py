"""Makes the operator's account; `up` does it by itself. `manage.py changepassword` sets another password."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from saas.operator_account import create_operator, take_password


class Command(BaseCommand):
    help = "Make the operator's account (OPERATOR_EMAIL) where there is none."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--show-password", action="store_true", help="print the new password here, once")

    def handle(self, *_args: Any, **options: Any) -> None:
        made = create_operator()
        self.stdout.write(f"operator {settings.OPERATOR_EMAIL}: {'made' if made else 'there is one already'}")
        if options["show_password"]:
            self.stdout.write(take_password())
