from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchanges.domain import Environment
from saas.clock import utc_now
from saas.errors import Invalid
from trades import halting
from trades.domain import HaltScope
from trades.halting import Target
from trades.models import Halt
from trades.own_bots import bot_model
from users.models import User

SCOPES = [scope.value for scope in HaltScope if scope is not HaltScope.KEY]


class Command(BaseCommand):
    help = (
        "Stop new entries, or allow them again, of the platform, an exchange, a user or a bot; exits go on. Without "
        "arguments, list what is stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("scope", nargs="?", choices=SCOPES)
        parser.add_argument(
            "name", nargs="?", default="", help="the exchange, the user's e-mail or the bot's id"
        )
        parser.add_argument("--environment", default="", choices=[each.value for each in Environment])
        parser.add_argument("--reason", default="", help="is shown to the users whom it concerns")
        parser.add_argument("--resume", action="store_true", help="allow new entries again")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["scope"] is None:
            self._list()
            return
        target = _find_target(options["scope"], options["name"], options["environment"])
        if options["resume"]:
            self._resume(target)
        else:
            halt = halting.halt_as_operator(target, None, options["reason"][:300], utc_now())
            self.stdout.write(f"New entries are stopped: {_describe(halt)}")

    def _resume(self, target: Target) -> None:
        lifted = halting.resume_as_operator(target)
        self.stdout.write(
            "New entries are allowed again." if lifted else "The operator had not stopped this."
        )
        self._list()

    def _list(self) -> None:
        halts = Halt.objects.select_related("owner", "bot", "halted_by")
        self.stdout.write("Stopped:" if halts else "Nothing is stopped.")
        for halt in halts:
            self.stdout.write(f"  {_describe(halt)}")


def _find_target(scope: str, name: str, environment: str) -> Target:
    if bool(name) != (scope != HaltScope.PLATFORM) or (environment and scope != HaltScope.EXCHANGE):
        raise CommandError("Say `platform`, `exchange NAME [--environment …]`, `user EMAIL` or `bot ID`.")
    if scope == HaltScope.PLATFORM:
        return halting.PLATFORM
    if scope == HaltScope.EXCHANGE:
        return _find_exchange(name, environment)
    return _find_user(name) if scope == HaltScope.USER else _find_bot(name)


def _find_exchange(name: str, environment: str) -> Target:
    try:
        return halting.exchange_target(name, environment)
    except Invalid:
        raise CommandError(f"There is no exchange {name} here.") from None


def _find_user(email: str) -> Target:
    try:
        return halting.user_target(User.objects.get_by_natural_key(email))
    except User.DoesNotExist:
        raise CommandError(f"Nobody has the e-mail {email}.") from None


def _find_bot(number: str) -> Target:
    bots: Any = bot_model().objects.all()
    bot = (
        bots.filter(pk=number).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    )
    if bot is None:
        raise CommandError(f"There is no bot {number}.")
    return halting.bot_target(bot)


def _describe(halt: Halt) -> str:
    named = halt.bot and f"{halt.bot_id} “{halt.bot.name}” of {halt.owner}"
    exchange = f"{halt.exchange} {halt.environment}".strip()
    by = f"operator {halt.halted_by or 'on the command line'}" if halt.by_operator else "its owner"
    what = " ".join(filter(None, [halt.scope, str(named or halt.owner or exchange or "")]))
    since = f"since {halt.halted_at:%Y-%m-%d %H:%M:%S} UTC by {by}"
    return ", ".join(filter(None, [what, since, halt.reason]))
