"""Which processes this machine runs: all of them, or with `--only` the ones that are named, the rest being elsewhere."""

import argparse
from collections.abc import Mapping, Sequence

from saas.processes import KINDS, kind_of
from saas.supervisor.ports import Refused
from saas.supervisor.texts import say

NAMES = ("redis", "paper", "web", *KINDS, "dashboard")
# A machine that runs all of these shares nothing with another one.
ESSENTIAL = {"web", *KINDS}
# What every machine of an installation must have the same, and a machine that joins one cannot make up.
SHARED_SECRETS = ("SECRET_KEY", "JWT_SIGNING_KEY", "FIELD_ENCRYPTION_KEYS", "INSTALLATION_ID")
SHARED_SERVERS = ("DATABASE_URL", "REDIS_URL")


class Selection:
    """The kinds of processes to run; all where `names` is None."""

    def __init__(self, names: frozenset[str] | None = None) -> None:
        self._names = names

    def __contains__(self, program: object) -> bool:
        """Whether a program of this name runs here. Migrations have to be done wherever anything runs."""
        if self._names is None or program == "prepare":
            return True
        return isinstance(program, str) and kind_of(program) in self._names

    @property
    def is_whole(self) -> bool:
        return self._names is None or self._names >= ESSENTIAL

    def check(self, known: Mapping[str, str]) -> None:
        """Raises Refused, naming what is missing in these settings, when the rest of the installation is out of reach."""
        missing = [name for name in self._needed() if not known.get(name)]
        if missing:
            raise Refused(say("nothing_shared", names=", ".join(missing)))

    def _needed(self) -> tuple[str, ...]:
        if not self.is_whole:
            return (*SHARED_SERVERS, *SHARED_SECRETS)
        return () if "redis" in self else ("REDIS_URL",)


def parse(arguments: Sequence[str]) -> Selection:
    """The command line of `up`. Raises Refused, saying what is wrong with it."""
    parser = argparse.ArgumentParser(prog="manage.py up", exit_on_error=False, allow_abbrev=False)
    add_only(parser)
    try:
        options, rest = parser.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        raise Refused(say("wrong_use", reason=error, names=", ".join(NAMES))) from None
    if rest:
        raise Refused(say("unknown_option", option=" ".join(rest), names=", ".join(NAMES)))
    return choose(options.only)


def add_only(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", metavar="NAME[,NAME...]", help=", ".join(NAMES))


def choose(only: str | None) -> Selection:
    """Raises Refused for a name that no process has."""
    if only is None:
        return Selection()
    names = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        raise Refused(say("unknown_process", unknown=", ".join(unknown) or "--only", names=", ".join(NAMES)))
    return Selection(frozenset(names))
