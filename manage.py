#!/usr/bin/env python3
"""Django's command line for Cardume; `manage.py up` runs every process of one machine."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    if sys.argv[1:2] == ["up"]:
        # The supervisor needs the settings and none of the apps: it starts two seconds sooner and 60 MB smaller.
        from saas.supervisor.start import main as run_supervisor

        sys.exit(run_supervisor(sys.argv[2:]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
