"""Selling everything of a user's: every bot that holds something is asked, and each says what came of it."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from bots import selectors, services
from bots.models import BotConfiguration
from saas.errors import AppError
from saas.logging import bound
from users.models import User

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    SELLING = "selling"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sale:
    """What came of asking one bot. A `code` says why it could not be asked."""

    bot_id: int
    name: str
    outcome: Outcome
    detail: str
    code: str = ""


def request_all(user: User, now: datetime) -> list[Sale]:
    """Ask each bot that holds something to sell it and to stop. One that cannot be asked keeps no other from it."""
    bots = selectors.holding_bots(user)
    in_doubt = selectors.count_in_doubt(user)
    return [_request(bot, in_doubt.get(bot.pk, 0), now) for bot in bots]


def _request(bot: BotConfiguration, in_doubt: int, now: datetime) -> Sale:
    with bound(user=bot.owner_id, bot=bot.pk):
        try:
            services.request_close_all(bot, now)
        except AppError as error:
            return _failed(bot, error.detail, error.code)
        except Http404:
            return _failed(bot, _("The bot was deleted."), "not_found")
        except Exception:
            error_id = secrets.token_hex(4)
            logger.exception("a bot could not be asked to sell error_id=%s", error_id)
            detail = _("Something failed in Cardume; the operator's log has it under {error_id}.")
            return _failed(bot, detail.format(error_id=error_id), "server_error")
    return Sale(bot.pk, bot.name, *_promise(in_doubt))


def _promise(in_doubt: int) -> tuple[Outcome, str]:
    if in_doubt:
        detail = _(
            "It sells at its next run; where an order is in doubt, as soon as the exchange has told what became of it. "
            "It stops when all is sold."
        )
        return Outcome.WAITING, detail
    return Outcome.SELLING, _("It sells at its next run and stops when all is sold.")


def _failed(bot: BotConfiguration, detail: str | Promise, code: str) -> Sale:
    return Sale(bot.pk, bot.name, Outcome.FAILED, str(detail), code)
