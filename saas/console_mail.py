"""E-mail where no server for it is set up: shown on the terminal, and written into no file, for it may hold secrets."""

import os
from typing import Any

from django.core.mail.backends import console

from saas.console import ONLY_SHOWN
from saas.processes import NAME_VARIABLE


class EmailBackend(console.EmailBackend):
    def write_message(self, message: Any) -> None:
        """Whole, and in one piece: other threads write here as well."""
        text = message.message().as_string()
        lines = ["", *text.splitlines(), ""]
        mark = ONLY_SHOWN if NAME_VARIABLE in os.environ else ""
        self.stream.write("".join(f"{mark}{line}\n" for line in lines))
