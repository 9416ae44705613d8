import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from users.installation import ForeignDatabase, claim


class Command(BaseCommand):
    help = "Compare this host's id and encryption keys with what the database was prepared with; `up` does it by itself."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accept", action="store_true", help="write down this host's from now on")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            claim(options["accept"])
        except ForeignDatabase as refusal:
            self.stderr.write(str(refusal))
            sys.exit(os.EX_CONFIG)  # which the supervisor takes for what it is, instead of trying again
