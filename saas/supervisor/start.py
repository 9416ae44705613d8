"""From an empty DATA_DIR to a running platform, and what is told about it."""

import os
import sys
from collections.abc import Sequence

from django.conf import settings

from saas import environment
from saas.operator_account import take_password
from saas.supervisor import ports, redis_server
from saas.supervisor.journal import Journal
from saas.supervisor.keeper import Keeper
from saas.supervisor.lock import take_lock
from saas.supervisor.ports import Refused
from saas.supervisor.programs import EmbeddedRedis, Platform, loopback
from saas.supervisor.selection import Selection, parse
from saas.supervisor.texts import say

INTERRUPTED = 130


def main(arguments: Sequence[str] = ()) -> int:
    """Run the platform; the exit code. What is in the way of starting is told on the error output."""
    try:
        return run_platform(parse(arguments))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before anything was started
        return INTERRUPTED


def run_platform(selection: Selection) -> int:
    """Run until SIGINT or SIGTERM; the exit code. Raises Refused when something is in the way of starting."""
    # Databases hold password hashes and encrypted keys: what any process of the platform writes is its owner's alone.
    os.umask(0o077)
    # Before the settings are read: they fail without secrets.
    selection.check({**environment.read_env_file(environment.env_file()), **os.environ})
    if selection.is_whole:
        environment.write_missing_secrets()
    with take_lock(settings.DATA_DIR):
        platform = _describe_platform(selection)
        for wanted in platform.ports():
            ports.check(wanted)
        journal = Journal(settings.LOG_DIR)
        journal.show(say("starting", directory=settings.DATA_DIR))
        keeper = Keeper(platform.programs(), journal, lambda missing: _announce(journal, missing, platform))
        keeper.run()
        journal.say(say("stopped"))
        journal.close()
        return keeper.exit_code


def _describe_platform(selection: Selection) -> Platform:
    given = os.environ.get("REDIS_URL", "")
    if given:
        return Platform(settings, os.environ, given, None, selection)
    binary = redis_server.find_binary()
    if binary is None:
        raise Refused(say("no_redis"))
    password = os.environ["REDIS_PASSWORD"]
    configuration, url = redis_server.prepare_files(settings.DATA_DIR, redis_server.choose_port(), password)
    return Platform(settings, os.environ, url, EmbeddedRedis(binary, configuration), selection)


def _announce(journal: Journal, missing: list[str], platform: Platform) -> None:
    """Tell what runs and where it is. Passwords go to the terminal only, never to the log."""
    if missing:
        journal.say(say("not_ready", names=", ".join(missing), log=journal.path))
    if platform.is_whole:
        _show_addresses(journal)
    else:
        names = ", ".join(program.name for program in platform.programs() if not program.once)
        journal.show(say("runs_here", names=names, logs=settings.LOG_DIR))
    if password := take_password():
        journal.show(say("operator", email=settings.OPERATOR_EMAIL, password=password))
    journal.show(say("how_to_stop"))


def _show_addresses(journal: Journal) -> None:
    api = f"http://{loopback(settings.WEB_HOST)}:{settings.WEB_PORT}"
    journal.show(
        say(
            "addresses",
            dashboard=f"http://{loopback(settings.DASHBOARD_HOST)}:{settings.DASHBOARD_PORT}",
            api=f"{api}/api/docs/",
            admin=f"{api}/admin/",
            logs=settings.LOG_DIR,
        )
    )
    if settings.DEMO:
        journal.show(say("demo", email=settings.DEMO_EMAIL, password=settings.DEMO_PASSWORD))
